"""What to do about a finding or a refused file, in English for gettext.

The facts in braces are those of :mod:`ckanext.odlocale.scdl.sentences`.
"""

from __future__ import annotations

from .sentences import N_, Pair

#: Of required cells left empty, where whoever helps asks that they be filled.
FILL_IN = N_("Fill them in, then deposit the file again.")

#: By finding code; a code that is not here says in its sentence what to do.
REMEDIES: dict[str, str] = {
    "quote.open": N_("Look for a lone quotation mark and remove it."),
    "row.long": N_("Check these rows: the cells too many will not be published."),
    "column.missing": N_("Say which column holds it, or add it to your file."),
    "column.repeated": N_("Choose the one to keep."),
    "required.empty": N_("Fill them if you can. They can be published as they are."),
    "required.empty.several": N_(
        "Fill them if you can. They can be published as they are."
    ),
    "enum.unknown": N_("Choose a value of the list."),
    "enum.near.several": N_("Choose values of the list."),
    "siret.zero": N_("Add the zero: the check digit agrees."),
    "siret.scientific": N_("Deposit the original Excel file (.xlsx)."),
    "siret.luhn": N_("Compare it with your document."),
    "siret.length": N_("Compare it with your document."),
    "siret.siren": N_("Add the five digits of the establishment."),
    "siret.letters": N_("Write its 14 digits."),
    "siret.foreign": N_("Deposit another file, or change the SIRET."),
    "insee.foreign": N_("Deposit another file, or change the INSEE code."),
    "siren.wrong": N_("Compare it with your document."),
    "date.wrong": N_("Write the date as 2024-04-03."),
    "datetime.wrong": N_("Write the date and time as 2024-04-03T14:30:00Z."),
    "number.wrong": N_("Write digits only, with a dot for the cents."),
    "integer.wrong": N_("Write digits only."),
    "year.wrong": N_("Write four digits."),
    "boolean.wrong": N_("Write yes or no, as the list says."),
    "array.wrong": N_("Choose values of the list."),
    "uri.wrong": N_("Write the full address, with https://."),
    "email.wrong": N_("Write an address such as mairie@example.fr."),
    "pattern.mismatch": N_("Look at the example of this column."),
    "length.long": N_("Shorten it."),
    "length.short": N_("Complete it."),
    "value.low": N_("Check the value."),
    "value.high": N_("Check the value."),
    "interval.wrong": N_("Write 2024, or 2024/2025."),
    "subject.unknown": N_(
        "Write the first level, a slash, then the second, without spaces."
    ),
    "unique.repeated": N_("Each row has its own: change one of them."),
    "columns.incomplete": N_("Complete them, or empty them all."),
    "columns.incomplete_absent": N_("Add the missing columns, or remove the others."),
    "columns.order.after.dates": N_("Check both values."),
    "columns.order.after.numbers": N_("Check both values."),
    "columns.order.before.dates": N_("Check both values."),
    "columns.order.before.numbers": N_("Check both values."),
    "columns.order.equal.dates": N_("Check both values."),
    "columns.order.equal.numbers": N_("Check both values."),
    "columns.sum": N_("Check the figures."),
    "columns.one_required": N_("Give one of the two."),
    "columns.one_required_absent": N_("Add one of the two."),
}

#: Why a file is refused, and what to do, by code of ``Unreadable``.
REFUSALS: dict[str, Pair] = {
    "missing": (
        N_("The file “{name}” cannot be opened."),
        N_("Check its name and its place."),
    ),
    "empty": (N_("This file is empty."), N_("Deposit another file.")),
    "no_rows": (
        N_("This file has column titles but no row."),
        N_("Fill it, then deposit it again."),
    ),
    "binary": (
        N_("This file is not a table."),
        N_("Deposit an Excel, LibreOffice or CSV file."),
    ),
    "not_table": (
        N_("This file holds text, not a table."),
        N_("Deposit an Excel, LibreOffice or CSV file."),
    ),
    "damaged": (
        N_("This file is damaged: it cannot be opened."),
        N_("Open it in Excel, save it, then deposit it again."),
    ),
    "protected": (
        N_("This file is protected."),
        N_("Save it without a password, then deposit it."),
    ),
    "too_large": (
        N_("This file is too big: {size_mb} MB, the limit is {limit_mb} MB."),
        N_("Cut it into several files, by year for example."),
    ),
    "too_many_cells": (
        N_("This table is too big: it has too many cells."),
        N_("Cut it into several files, by year for example."),
    ),
    "too_many_columns": (
        N_("This table has {count} columns: the limit is {limit}."),
        N_("Keep only the columns to publish."),
    ),
    "cell_too_long": (
        N_("Row {row}: a cell is far too long. A quotation mark is probably missing."),
        N_("Correct this row, then deposit the file again."),
    ),
    "zip_bomb": (
        N_("This file is far too big once opened."),
        N_("Save the table alone in a new file, then deposit it."),
    ),
    "busy": (
        N_("Too many files are being opened at this moment."),
        N_("Deposit it again in a minute."),
    ),
    "no_converter": (
        N_("This file comes from business software, which is not read here."),
        N_("Install: pip install ckanext-odlocale[{extra}]."),
    ),
    "zip_many": (
        N_("This archive does not hold exactly one table."),
        N_("Deposit the files one by one, without compressing them."),
    ),
}
