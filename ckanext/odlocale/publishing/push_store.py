"""Reading a file that a software sent, and finding what is there already."""

from __future__ import annotations

from dataclasses import replace

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.people.token_help import deposit_path
from ckanext.odlocale.people.tokens import Bearer
from ckanext.odlocale.publishing.analysing import analyse_deposit, store_analysis
from ckanext.odlocale.publishing.analysis import Analysis
from ckanext.odlocale.publishing.answers import Answers
from ckanext.odlocale.publishing.drafts import open_desk
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import source_of
from ckanext.odlocale.publishing.push_core import says_its_key, suffix_of, too_large
from ckanext.odlocale.publishing.push_refusals import NO_TABLE, PushRefused
from ckanext.odlocale.publishing.release import absolute
from ckanext.odlocale.publishing.states import DRAFT_STATES
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.messages import render_unreadable
from ckanext.odlocale.scdl.unreadable import Unreadable
from ckanext.odlocale.territory.tables import Collectivity

CHANNEL = "push"

#: Of a permanent address: SIREN, schema, key.
Place = tuple[str, str, str]


def owner_of(org_id: str, siren: str) -> Collectivity:
    """Return who answers for an address, where it is the organisation's own.

    :param siren: of whose address it is: the organisation's, or one's it took in
    :raises PushRefused: ``other_collectivity``
    """
    owner = open_desk(org_id, hold=False)
    named = model.Session.get(Collectivity, siren)
    if named is None or named.heir().org_id != org_id:
        raise PushRefused("other_collectivity")
    return owner


def read_sent(
    deposit: Deposit, schema: str, key: str, owner: Collectivity, lang: str
) -> Analysis:
    """Check a file against its address, with its sure corrections, and write on the
    deposit what was found.

    :param deposit: not yet in the session, in the name of whose address it is
    :param schema: slug of the model of the address
    :param key: of the address
    :raises PushRefused: it is no table, or it belongs to another address
    """
    asked = deposit.siren
    answers = Answers(expected=schema)
    deposit.answers = answers.to_dict()
    analysis = analyse_deposit(deposit)
    _refuse_unreadable(analysis, lang)
    if analysis.schema is None:
        # Nothing is recognised: the address says what it is.
        answers = replace(answers, chosen=schema)
        deposit.answers = answers.to_dict()
        analysis = analyse_deposit(deposit)
    if analysis.report is not None and analysis.report.safe:
        deposit.corrections = [[one.id for one in analysis.report.safe]]
        analysis = analyse_deposit(deposit)
    store_analysis(deposit, analysis)
    right = _right_address(deposit, analysis, owner)
    if analysis.schema is not None and analysis.schema.slug != schema:
        raise PushRefused("other_model", {"label": analysis.schema.label}, right)
    if deposit.siren != asked:
        named = source_of(deposit, owner).name
        raise PushRefused("other_owner", {"name": named}, right)
    suffix = _suffix(analysis, key, right)
    if suffix:
        deposit.answers = replace(answers, key_suffix=suffix).to_dict()
        store_analysis(deposit, analysis)
    return analysis


def _refuse_unreadable(analysis: Analysis, lang: str) -> None:
    if analysis.is_postponed:
        raise PushRefused("busy")
    if analysis.problem is not None:
        code, params = analysis.problem
        if code == "too_large" and isinstance(params.get("limit"), int):
            raise too_large(int(params["limit"]))
        told = render_unreadable(Unreadable(code, **params), lang)  # type: ignore[arg-type]
        refused = "not_table" if code in NO_TABLE else "unreadable"
        said = f"{told.sentence} {told.remedy}".strip()
        raise PushRefused(refused, more={"problem": code}, said=said)
    if analysis.national is not None:
        homes = {one.slug: one.home for one in load_catalogue().recognised_only}
        home = homes[analysis.national]
        raise PushRefused("national", {"home": home.name if home else ""})


def _right_address(
    deposit: Deposit, analysis: Analysis, owner: Collectivity
) -> dict[str, str]:
    """Return where a file belongs, as its own data say."""
    assert analysis.schema is not None
    own = str((deposit.report or {}).get("key") or "")
    code = source_of(deposit, owner).code
    there = absolute(deposit_path(code, analysis.schema.slug, own))
    return {"address": there, "key": own}


def _suffix(analysis: Analysis, key: str, right: dict[str, str]) -> str:
    """Return what the address adds to the key of the data.

    :raises PushRefused: the file belongs to another address
    """
    assert analysis.schema is not None
    assert analysis.report is not None
    suffix = suffix_of(key, right["key"])
    if suffix is not None:
        return suffix
    found = set(analysis.report.mapping.values())
    if analysis.report.blocking and not says_its_key(analysis.schema, found):
        # Its key cannot be known before a person says where the columns are.
        return ""
    raise PushRefused("other_key", {"key": right["key"]}, right)


def last_sent(bearer: Bearer, place: Place) -> Deposit | None:
    """Return the last deposit that a software made at an address, by any token."""
    return _last(*_sent_by(bearer, place))


def drafts_of(bearer: Bearer, place: Place) -> list[Deposit]:
    """Return the drafts that a software left under a key and that nobody has touched.

    Locked: a person who opens one meanwhile waits.
    """
    query = (
        sa.select(Deposit)
        .where(
            *_sent_by(bearer, place),
            Deposit.state.in_(DRAFT_STATES),
            Deposit.version == 1,
        )
        .order_by(Deposit.created_at)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(model.Session.scalars(query))


def draft_in_hands(bearer: Bearer, place: Place, sha256: str) -> Deposit | None:
    """Return the draft of the same bytes on which a person works, if any."""
    return _last(
        *_sent_by(bearer, place),
        Deposit.state.in_(DRAFT_STATES),
        Deposit.version > 1,
        Deposit.original_sha256 == sha256,
    )


def _sent_by(bearer: Bearer, place: Place) -> tuple[sa.ColumnElement[bool], ...]:
    siren, schema, key = place
    return (
        Deposit.org_id == bearer.org_id,
        Deposit.siren == siren,
        Deposit.channel == CHANNEL,
        sa.func.lower(Deposit.software) == bearer.name.lower(),
        Deposit.schema == schema,
        Deposit.key == key,
    )


def _last(*conditions: sa.ColumnElement[bool]) -> Deposit | None:
    query = (
        sa.select(Deposit)
        .where(*conditions)
        .order_by(Deposit.created_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    found: Deposit | None = model.Session.scalars(query).one_or_none()
    return found


def limit_bytes() -> int:
    """Return the size of the largest file, in bytes."""
    return int(tk.config["ckanext.odlocale.max_deposit_bytes"])


def language() -> str:
    """Return the language of the sentences."""
    return str(tk.h.lang())
