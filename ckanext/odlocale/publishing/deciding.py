"""Keeping answers to findings on a draft, and showing every row they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.publishing.analysing import analyse_deposit, store_analysis
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.paging import page_rows
from ckanext.odlocale.publishing.replaying import write_pass
from ckanext.odlocale.scdl.decision_refusals import DecisionRefused
from ckanext.odlocale.scdl.decisions import Decision
from ckanext.odlocale.territory.refusals import language


def keep_decisions(deposit: Deposit, given: Sequence[object]) -> None:
    """Add answers to a draft, as one pass, and check its file again.

    :raises ckan.plugins.toolkit.ValidationError: one fits nothing; nothing changes
    """
    try:
        decisions = tuple(Decision.from_dict(one) for one in given)
        if decisions:
            passes = [*(deposit.corrections or []), write_pass(decisions)]
            deposit.corrections = passes
            store_analysis(deposit, analyse_deposit(deposit, strict=True))
    except DecisionRefused as refused:
        model.Session.rollback()
        said = refused.say(language())
        raise tk.ValidationError({"message": [said]}) from refused


def list_rows(deposit: Deposit, group_id: str, page: int) -> dict[str, Any]:
    """Return one page of the rows of a group of findings.

    The file is read again: what is stored of a check keeps the first rows only.

    :raises ckan.plugins.toolkit.ObjectNotFound: no such group any more
    """
    report = analyse_deposit(deposit).report
    groups = report.groups if report else ()
    group = next((one for one in groups if one.id == group_id), None)
    if group is None:
        raise tk.ObjectNotFound(tk._("This finding is no longer there."))
    return page_rows(group, page)


def list_people(deposit_id: str) -> list[dict[str, Any]]:
    """Return the first rows of each finding that may be about a person.

    The file is read once for all of them. The caller may see the deposit.

    :returns: as :func:`list_rows`, for each
    """
    deposit = Deposit.load(deposit_id)
    report = analyse_deposit(deposit).report if deposit is not None else None
    groups = report.by_severity("personal") if report else ()
    return [page_rows(group, 1) for group in groups]
