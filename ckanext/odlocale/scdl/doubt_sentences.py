"""Sentences and remedies about what is probably not meant, by finding code."""

from __future__ import annotations

from .sentences import N_, Pair, ngettext

DOUBT_SENTENCES: dict[str, Pair] = {
    "row.total": ngettext(
        "Row {row}: “{before}” is probably a total. Totals are not published.",
        "{count} rows are probably totals, such as “{before}”. "
        "Totals are not published.",
    ),
    "row.twice": ngettext(
        "Row {row} repeats an earlier one, cell for cell.",
        "{count} rows repeat earlier ones, cell for cell.",
    ),
    "gps.exchanged": ngettext(
        "Row {row} falls outside France: latitude and longitude are exchanged.",
        "{count} rows fall outside France: latitude and longitude are exchanged.",
    ),
    "gps.abroad": ngettext(
        "Row {row}: this position falls outside France.",
        "{count} rows: these positions fall outside France.",
    ),
    "year.coming": ngettext(
        "Row {row}, {header}: {before} is still to come. Is it {after}?",
        "{count} rows, {header}: {before} is still to come. Is it {after}?",
    ),
    "year.coming.several": ngettext(
        "Row {row}, {header}: {before} is far in the future.",
        "{count} rows, {header}: values far in the future, such as {before}.",
    ),
    "percent.one": ngettext(
        "Row {row}, {header}: does “{before}” mean {before} % or {whole} %?",
        "{count} rows, {header}: does “{before}” mean {before} % or {whole} %?",
    ),
    "value.deduced": ngettext(
        "Row {row} without “{title}”. The column “{source}” tells it: “{after}”.",
        "{empty} rows without “{title}”. The column “{source}” tells {count} of them.",
    ),
    "siret.own": ngettext(
        "Row {row}: the SIRET of the collectivité is missing. Is it {siret}?",
        "{count} rows without the SIRET of the collectivité. Is it {siret}?",
    ),
    "siret.absent": ngettext(
        "The SIRET of the collectivité is missing. Is it {siret}?",
        "The SIRET of the collectivité is missing. Is it {siret}?",
    ),
}

DOUBT_REMEDIES: dict[str, str] = {
    "row.total": N_("Withdraw the row, or keep it if it is not a total."),
    "row.twice": N_("Withdraw what repeats, or keep it knowingly."),
    "gps.abroad": N_("Compare latitude and longitude with your document."),
    "year.coming.several": N_("Compare it with your document."),
    "percent.one": N_("In the same column, other values are above 1."),
    "siret.absent": N_("Fill the column with it, or say which column holds it."),
}
