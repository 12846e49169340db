"""What a person reads of a hand-over: each refusal, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from ckanext.odlocale.handover.opening import PackRefused
from ckanext.odlocale.handover.plan import Step

Gettext = Callable[[str], str]


def say_conflict(step: Step, gettext: Gettext) -> str:
    """Say why a step needs a decision, and which."""
    _ = gettext
    sentence = {
        "former_is_active": _(
            "{name} was merged there, and still exists here. Plan and apply the"
            " territory first."
        ),
        "is_gone_here": _(
            "{name} was merged or closed here. Plan and apply the territory there"
            " first, then make the pack again."
        ),
        "insee_taken": _(
            "The code {insee} belongs here to the SIREN {siren}. Plan and apply the"
            " territory on both portals first."
        ),
        "name_taken": _(
            "Another organization has the address {name} here. Give it another one"
            " first."
        ),
        "other_datasets": _(
            "This collectivité already has {count} other data here. Add"
            " --accept other_datasets to keep both."
        ),
        "dataset_elsewhere": _(
            "This data already belongs to {organization} here. Delete it there first."
        ),
        "dataset_name_taken": _(
            "Another data has the address {name} here. Give it another one first."
        ),
        "deposit_elsewhere": _("This file already belongs to another collectivité."),
        "address_taken": _(
            "Another file is online here for {schema}, {key}. Withdraw it first."
        ),
        "file_missing": _("The file itself was not sent. Send the pack again."),
        "alias_taken": _("The former code or name {value} belongs to {siren} here."),
    }[step.reason]
    return sentence.format(**step.params)


def say_refused(error: PackRefused, gettext: Gettext) -> str:
    """Say why a pack is not taken in."""
    _ = gettext
    sentence = {
        "not_a_pack": _("This is not a pack of a collectivité ({detail})."),
        "version": _(
            "This pack has a version that this portal does not know. It reads"
            " version {detail}. Update the portal, or make the pack again."
        ),
        "unexpected": _("This pack holds something that it must not: {detail}."),
        "missing": _("This pack is not whole: {detail} is missing."),
        "altered": _("This pack was altered or cut short: {detail}."),
        "too_large": _("This pack is too large: {detail}."),
        "unreadable": _("This pack cannot be read: {detail}."),
        "record": _("This pack says something that cannot be: {detail}."),
    }[error.code]
    advice = _("Nothing was changed. Make the pack again on the other portal.")
    return f"{sentence.format(detail=error.detail)} {advice}"


def say_receipt(code: str, gettext: Gettext) -> str:
    """Say why a receipt is refused."""
    _ = gettext
    return {
        "unreadable": _("This is not a receipt, or a sign of it was lost."),
        "siren": _("This receipt is for another collectivité."),
        "content": _(
            "This receipt is not for what was sent last. Hand over again: only what"
            " changed is sent."
        ),
        "portal": _("This receipt does not name the address of another portal."),
    }[code]
