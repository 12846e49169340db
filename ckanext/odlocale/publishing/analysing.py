"""Reading a deposit's file again, under all that was decided about it.

This is shell: what is read and checked is decided by :mod:`~.analysis`; here is what
it needs to know of the collectivité, and what is written on the draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import ckantoolkit as tk

from ckanext.odlocale.base import storage
from ckanext.odlocale.publishing.analysis import Analysis, analyse
from ckanext.odlocale.publishing.answers import Answers, read_report, tally_of
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import file_under, owner_of_rows, siret_of
from ckanext.odlocale.publishing.remembering import ColumnAnswer
from ckanext.odlocale.publishing.replaying import (
    fill_columns,
    read_pass,
    write_pass,
)
from ckanext.odlocale.publishing.rule_model import who_asks_conformity
from ckanext.odlocale.publishing.states import state_after_check
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.options import ABSENT
from ckanext.odlocale.scdl.prefilled import prefill
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.territory.tables import Collectivity


def analyse_deposit(deposit: Deposit, *, strict: bool = False) -> Analysis:
    """Read a deposit's original again, under what the agent decided so far.

    :param strict: whether the last answers must fit what was found
    :raises DecisionRefused: see ``strict``
    :raises ckan.plugins.toolkit.ObjectNotFound: its file was erased
    """
    if deposit.original_sha256 is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    answers = Answers.from_dict(deposit.answers)
    passes = tuple(read_pass(one) for one in deposit.corrections or ())
    found = analyse(
        storage.open_path(deposit.original_sha256),
        deposit.filename or "",
        answers.choice(passes),
        load_catalogue(),
        owner=owner_of_rows(deposit),
        expected=answers.expected,
        strict=strict,
    )
    if found.report is None or found.schema is None:
        return found
    asked = who_asks_conformity(deposit.siren, found.schema.slug)
    return replace(found, report=found.report.ask_conformity()) if asked else found


def prepare_rows(
    deposit: Deposit,
    mapping: Mapping[str, str] | None = None,
    same: Mapping[str, str] | None = None,
) -> Analysis:
    """Read a draft's file, and fill in the columns whose value is known.

    Those that name the collectivité, and those that the agent says to be the same in
    every row. Both are answers as any other: listed, and undone by a button.

    :param mapping: columns of the file to the model's, just designated: remembered for
        the next file with the same titles
    :param same: fields of the model to the value of all rows
    """
    analysis = analyse_deposit(deposit)
    owner = Collectivity.by_org(deposit.org_id)
    report, schema = analysis.report, analysis.schema
    if owner is None or report is None or schema is None or analysis.table is None:
        return analysis
    folded = analysis.table.folded_headers
    if (
        not mapping
        and folded.keys() <= report.mapping.keys()
        and not any(group.code in ABSENT for group in report.groups)
    ):
        # Nearly always: every column is known, and none misses.
        return analysis
    designated = {
        folded[one]: to for one, to in (mapping or {}).items() if one in folded
    }
    ColumnAnswer.keep(deposit.siren, schema.slug, designated)
    recalled = analysis.recall(ColumnAnswer.of(deposit.siren).get(schema.slug, {}))
    if recalled:
        # Written with the draft's own answers: what was read again is what is
        # published, whatever a colleague answers of another file meanwhile.
        answers = Answers.from_dict(deposit.answers)
        whole = {**recalled, **answers.mapping}
        deposit.answers = replace(answers, mapping=whole).to_dict()
        analysis = analyse_deposit(deposit)
        report = analysis.report
        assert report is not None, "the same file, with more columns known"
    known = prefill(schema, siret_of(owner), owner.name, owner.insee)
    # Not the SIRET: a commune has several, and a water service's budget must not pass
    # for its own. That one is proposed, and accepted by a person.
    known.pop(schema.siret_field or "", None)
    filled = fill_columns(report, {**known, **(same or {})})
    if not filled:
        return analysis
    deposit.corrections = [*(deposit.corrections or []), write_pass(filled)]
    return analyse_deposit(deposit)


def check_again(deposit_id: str) -> Report | None:
    """Return the report of a deposit with all its rows, which none that is stored has.

    :returns: nothing where the file could not be checked
    """
    deposit = Deposit.load(deposit_id)
    return analyse_deposit(deposit).report if deposit is not None else None


def store_analysis(deposit: Deposit, analysis: Analysis) -> None:
    """Write on a draft what its analysis found."""
    answers = Answers.from_dict(deposit.answers)
    found = analysis.to_dict()
    schema = analysis.schema
    file_under(deposit, analysis.owner)
    deposit.report = found
    deposit.schema = schema.slug if schema else None
    deposit.schema_version = schema.version if schema else None
    deposit.rows = analysis.report.rows if analysis.report else None
    deposit.key = found["key"] + answers.key_suffix if found["key"] else None
    refresh_state(deposit)


def refresh_state(deposit: Deposit) -> None:
    """Write on a draft whether it may be published."""
    analysis = deposit.report or {}
    report = read_report(analysis)
    blocking = tally_of(report).blocking
    problem = (analysis.get("problem") or {}).get("code")
    deposit.state = state_after_check(problem, deposit.schema, blocking)
