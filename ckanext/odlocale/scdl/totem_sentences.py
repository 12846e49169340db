"""Every sentence about a budget converted from TotEM, in English for gettext.

The facts in braces are those of :mod:`ckanext.odlocale.scdl.sentences`.
"""

from __future__ import annotations

from .sentences import N_, Pair, ngettext

TOTEM_SENTENCES: dict[str, Pair] = {
    "totem.read": ngettext(
        "Budget read from your software’s file: {count} line. Its annexes, which name "
        "people, are left out.",
        "Budget read from your software’s file: {count} lines. Its annexes, which name "
        "people, are left out.",
    ),
    "totem.several": ngettext(
        "This file holds {count} budget: {columns}.",
        "This file holds {count} budgets: {columns}.",
    ),
    "totem.calculated": ngettext(
        "{count} line added up by your software left out: a total is not published.",
        "{count} lines added up by your software left out: totals are not published.",
    ),
    "totem.chapter": ngettext(
        "Row {row}: the chapter was missing. The account gives it.",
        "{count} rows: the chapter was missing. The account gives it.",
    ),
    "totem.account": ngettext(
        "Row {row}: this account is not in the chart of accounts. Its name is your "
        "software’s, or empty.",
        "{count} rows: these accounts are not in the chart of accounts. Their names "
        "are your software’s, or empty.",
    ),
    "totem.chart_near": ngettext(
        "The chart of accounts {chart} of {year} is not known here. {known} names "
        "the accounts.",
        "The chart of accounts {chart} of {year} is not known here. {known} names "
        "the accounts.",
    ),
    "totem.chart_unknown": ngettext(
        "The chart of accounts “{chart}” is not known here: the accounts have no name.",
        "The chart of accounts “{chart}” is not known here: the accounts have no name.",
    ),
    "totem.draft": ngettext(
        "Your software says that this budget is a draft, not voted yet.",
        "Your software says that this budget is a draft, not voted yet.",
    ),
    "totem.step": ngettext(
        "Your software gives a step that is not known: “{value}”.",
        "Your software gives a step that is not known: “{value}”.",
    ),
}

TOTEM_REMEDIES: dict[str, str] = {
    "totem.several": N_("Check that all of them are to be published together."),
    "totem.account": N_("Look whether the account is right, and name it."),
    "totem.chart_near": N_("Look at the accounts opened since: they have no name."),
    "totem.chart_unknown": N_("Ask your animator to add this chart of accounts."),
    "totem.draft": N_("Publish it once it is voted."),
    "totem.step": N_("Choose the step in the list."),
}
