"""How the territory's actions read what they are given, and say no."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NoReturn

import ckantoolkit as tk
from ckan import model
from ckan.lib import i18n
from ckan.types import Context
from flask import has_request_context
from sqlalchemy.exc import OperationalError

from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory import perimeter_reasons, planning
from ckanext.odlocale.territory.matching import WrongDecision
from ckanext.odlocale.territory.register import UnknownVintage, UnreadableRegister

#: How many faults of a definition are told at once.
SHOWN = 3


def validated(
    context: Context, data_dict: dict[str, Any], schema: dict[str, Any]
) -> dict[str, Any]:
    """Return what an action is given, read by its schema; absent fields are null.

    :raises ValidationError: with each field that is wrong.
    """
    data, errors = tk.navl_validate(dict(data_dict), schema, context)
    if errors:
        raise tk.ValidationError(errors)
    return {name: data.get(name) for name in schema}


def refuse(**messages: str) -> NoReturn:
    """Refuse, with a sentence for each field.

    :raises ValidationError: always.
    """
    raise tk.ValidationError({field: [text] for field, text in messages.items()})


def lock() -> None:
    """Hold the territory until the transaction ends.

    :raises ValidationError: somebody else holds it.
    """
    try:
        store.lock_territory()
    except OperationalError:
        model.Session.rollback()
        refuse(territory=tk._("Somebody is changing the territory. Try again later."))


def refuse_stale() -> NoReturn:
    """Refuse a plan that is out of date.

    :raises ValidationError: always.
    """
    refuse(digest=tk._("The portal has changed since this plan. Read it again."))


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Say in words why a plan cannot be made.

    :raises ValidationError: what, where and what to do.
    """
    try:
        yield
    except planning.UnknownDepartement as error:
        say = tk._("No département has the code {code}.")
        refuse(departement=say.format(code=error.code))
    except planning.UnknownAtd as error:
        say = tk._("The portal has no perimeter for the SIREN {siren}. Create it.")
        refuse(perimeters=say.format(siren=error.siren))
    except planning.NoAtd:
        refuse(perimeters=tk._("The portal has no perimeter yet. Create one."))
    except planning.NotCovered as error:
        say = tk._(
            "The perimeter of {name} does not hold the département {code}."
            " Add it there first."
        )
        refuse(departement=say.format(name=error.atd, code=error.code))
    except planning.HasPerimeter as error:
        say = tk._("{name} has another perimeter already. Change it there first.")
        refuse(perimeters=say.format(name=error.atd))
    except planning.WrongPerimeter as error:
        faults = perimeter_reasons.describe_faults(error.error, language())[:SHOWN]
        said = " ".join(f"{one['message']} {one['remedy']}" for one in faults)
        refuse(definition=f"{error.atd}{tk._(': ')}{said}")
    except WrongDecision as error:
        refuse(decisions=_describe_decision(error))
    except UnknownVintage as error:
        told = perimeter_reasons.describe_vintage(error, language())
        refuse(vintage=f"{told['message']} {told['remedy']}")
    except UnreadableRegister as error:
        say = tk._("The register {file} is damaged. Make it again.")
        refuse(vintage=say.format(file=error.path.name))


def _describe_decision(error: WrongDecision) -> str:
    messages: dict[str, str] = {
        "no_organisation": tk._(
            "The organization {organization} is no longer there to be decided on."
            " Read the plan again."
        ),
        "not_candidate": tk._(
            "{answer} is not a collectivité that waits for an organization in this"
            " plan. Read it again."
        ),
        "twice": tk._(
            "{answer} was chosen for two organizations. Keep one of the answers."
        ),
    }
    facts = {"organization": error.organisation, "answer": error.answer}
    return messages[error.fault].format(**facts)


def user_id(context: Context) -> str | None:
    """Return the id of the user who acts, if there is one."""
    user = model.User.get(context.get("user") or "")
    return user.id if user is not None else None


def language() -> str:
    """Return the visitor's language; the portal's where there is no visitor."""
    if has_request_context():
        return str(i18n.get_lang())
    return str(tk.config["ckan.locale_default"])
