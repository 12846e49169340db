"""Every sentence of the checks, by finding code, in English for gettext.

Names in braces are filled by :mod:`ckanext.odlocale.scdl.messages`: ``count``,
``row``, ``letter`` (Excel's), ``header`` (the agent's own), ``before``, ``after``…
"""

from __future__ import annotations

Pair = tuple[str, str]


def N_(message: str) -> str:  # noqa: N802 (gettext's own name)
    """Mark a message for extraction."""
    return message


def ngettext(singular: str, plural: str) -> Pair:
    """Mark a message and its plural for extraction."""
    return singular, plural


UNKNOWN = ngettext(
    "Row {row}, column {letter}: “{before}” is not expected.",
    "{count} rows, column {letter}: values such as “{before}” are not expected.",
)

SENTENCES: dict[str, Pair] = {
    # The file
    "encoding.repaired": ngettext(
        "Accents restored in the whole file. Example: {example}.",
        "Accents restored in the whole file. Example: {example}.",
    ),
    "quote.open": ngettext(
        "A quotation mark is opened and never closed.",
        "A quotation mark is opened and never closed.",
    ),
    "header.found": ngettext(
        "Column titles found on row {row}. The rows above are left out.",
        "Column titles found on row {row}. The rows above are left out.",
    ),
    "row.blank": ngettext("{count} empty row removed.", "{count} empty rows removed."),
    "row.short": ngettext(
        "Row {row}: its last cells were missing. They are empty.",
        "{count} rows: their last cells were missing. They are empty.",
    ),
    "row.padded": ngettext(
        "Row {row}: empty cells removed after the last column.",
        "{count} rows: empty cells removed after the last column.",
    ),
    "row.long": ngettext(
        "Row {row}: it has more cells than the table has columns.",
        "{count} rows have more cells than the table has columns.",
    ),
    "column.blank": ngettext(
        "Empty columns removed on the right of the table.",
        "Empty columns removed on the right of the table.",
    ),
    # The columns
    "column.missing": ngettext(
        "The column “{title}” is missing.", "The column “{title}” is missing."
    ),
    "column.renamed": ngettext(
        "Column {letter}: the title “{header}” is written “{column}”.",
        "Column {letter}: the title “{header}” is written “{column}”.",
    ),
    "column.extra": ngettext(
        "Column {letter}, “{header}”, is not expected. It will not be published.",
        "Column {letter}, “{header}”, is not expected. It will not be published.",
    ),
    "column.repeated": ngettext(
        "The column “{header}” is there {count} times: {letters}.",
        "The column “{header}” is there {count} times: {letters}.",
    ),
    # The cells
    "required.empty": ngettext(
        "Row {row}: the column “{header}” is empty.",
        "{count} rows have nothing in the column “{header}”.",
    ),
    "required.empty.several": ngettext(
        "Row {row} is incomplete: {columns}.", "{count} rows are incomplete: {columns}."
    ),
    "enum.case": ngettext(
        "Row {row}, column {letter}: “{before}” is written “{after}”.",
        "{count} rows, column {letter}: “{before}” is written “{after}”.",
    ),
    "enum.case.several": ngettext(
        "Row {row}, column {letter}: the value is written “{after}”.",
        "{count} rows, column {letter}: values to write as in the list, "
        "such as “{after}”.",
    ),
    "enum.near": ngettext(
        "Row {row}, {header}: “{before}” is not in the list. Is it “{after}”?",
        "{count} rows, {header}: “{before}” is not in the list. Is it “{after}”?",
    ),
    "enum.near.several": ngettext(
        "Row {row}, {header}: the value is not in the list.",
        "{count} rows, {header}: the values are not in the list.",
    ),
    "enum.unknown": ngettext(
        "Row {row}, {header}: “{before}” is not in the list.",
        "{count} rows, {header}: values are not in the list, such as “{before}”.",
    ),
    "cell.spaces": ngettext(
        "Row {row}, column {letter}: the cell holds only spaces.",
        "{count} cells, column {letter}, hold only spaces.",
    ),
    "text.blanks": ngettext(
        "Row {row}, column {letter}: a space too many around “{after}”.",
        "{count} rows, column {letter}: spaces too many around the text.",
    ),
    "text.apostrophe": ngettext(
        "Row {row}, column {letter}: the apostrophe of “{before}” is a curved one.",
        "{count} rows, column {letter}: the apostrophes are curved ones.",
    ),
    "text.case": ngettext(
        "Row {row}, column {letter}: capitals to change. “{before}” becomes “{after}”.",
        "{count} rows, column {letter}: capitals to change. “{before}” becomes "
        "“{after}”.",
    ),
    "siret.spaces": ngettext(
        "Row {row}, column {letter}: the SIRET is written in one piece.",
        "{count} rows, column {letter}: the SIRET is written in one piece.",
    ),
    "siret.zero": ngettext(
        "Row {row}, {header}: 13 digits, 14 are needed. Excel has probably removed "
        "the first zero.",
        "{count} rows, {header}: 13 digits, 14 are needed. Excel has probably removed "
        "the first zero.",
    ),
    "siret.scientific": ngettext(
        "Row {row}, {header}: Excel has cut the digits ({before}).",
        "{count} rows, {header}: Excel has cut the digits ({before}).",
    ),
    "siret.luhn": ngettext(
        "Row {row}, {header}: one digit is wrong ({before}).",
        "{count} rows, {header}: one digit is wrong ({before}).",
    ),
    "siret.length": ngettext(
        "Row {row}, {header}: {digits} digits, 14 are needed.",
        "{count} rows, {header}: {digits} digits, 14 are needed.",
    ),
    "siret.siren": ngettext(
        "Row {row}, {header}: this is a SIREN (9 digits). The SIRET has 14.",
        "{count} rows, {header}: SIREN numbers (9 digits). The SIRET has 14.",
    ),
    "siret.letters": ngettext(
        "Row {row}, {header}: “{before}” is not a SIRET.",
        "{count} rows, {header}: “{before}” is not a SIRET.",
    ),
    "siret.foreign": ngettext(
        "Row {row}: this SIRET ({value}) is another collectivité's.",
        "{count} rows: this SIRET ({value}) is another collectivité's.",
    ),
    "insee.foreign": ngettext(
        "Row {row}: this INSEE code ({value}) is another commune's.",
        "{count} rows: this INSEE code ({value}) is another commune's.",
    ),
    "siren.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a SIREN.",
        "{count} rows, {header}: “{before}” is not a SIREN.",
    ),
    "date.french": ngettext(
        "Row {row}, column {letter}: we read “{before}” as {after}.",
        "{count} dates such as {before}, column {letter}: we read {after}.",
    ),
    "date.serial": ngettext(
        "Column {letter}: Excel has changed a date into a number. {before} is {after}.",
        "Column {letter}: Excel has changed {count} dates into numbers. "
        "{before} is {after}.",
    ),
    "date.short_year": ngettext(
        "Row {row}, column {letter}: the year of {before} is short. Is it {after}?",
        "{count} dates, column {letter}: the year is short. Is {before} {after}?",
    ),
    "date.american": ngettext(
        "Row {row}, column {letter}: {before} has no such month. Is it {after}?",
        "{count} dates, column {letter}: month and day swapped. Is {before} {after}?",
    ),
    "date.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a date. The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a date. The cells will be empty.",
    ),
    "datetime.no_time": ngettext(
        "Row {row}, column {letter}: {before} has no time. Is it midnight?",
        "{count} rows, column {letter}: no time after the date. Is it midnight?",
    ),
    "datetime.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a date and time. "
        "The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a date and time. "
        "The cells will be empty.",
    ),
    "number.french": ngettext(
        "Row {row}, column {letter}: “{before}” is written {after}. "
        "Its value does not change.",
        "{count} amounts, column {letter}, have a comma, a space or “€”. "
        "Their value does not change.",
    ),
    "number.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a number. The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a number. The cells will be empty.",
    ),
    "integer.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a whole number. "
        "The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a whole number. "
        "The cells will be empty.",
    ),
    "percent.over_one": ngettext(
        "Row {row}, {header}: “{before}” becomes {after}.",
        "{count} percentages, {header}: “{before}” becomes {after}.",
    ),
    "year.decimal": ngettext(
        "Row {row}, column {letter}: the year is written {after}.",
        "{count} years, column {letter}: {before} is written {after}.",
    ),
    "year.words": ngettext(
        "Row {row}, column {letter}: the year is written {after}.",
        "{count} years, column {letter}: {before} is written {after}.",
    ),
    "year.date": ngettext(
        "Row {row}, {header}: a year is enough. Is it {after}?",
        "{count} rows, {header}: a year is enough. Is {before} {after}?",
    ),
    "year.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a year. The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a year. The cells will be empty.",
    ),
    "boolean.words": ngettext(
        "Row {row}, column {letter}: “{before}” is written “{after}”.",
        "{count} rows, column {letter}: “{before}” is written “{after}”.",
    ),
    "boolean.wrong": ngettext(
        "Row {row}, {header}: “{before}” is neither yes nor no. "
        "The cell will be empty.",
        "{count} rows, {header}: “{before}” is neither yes nor no. "
        "The cells will be empty.",
    ),
    "array.written": ngettext(
        "Row {row}, column {letter}: the list is written {after}.",
        "{count} lists, column {letter}, are written like {after}.",
    ),
    "array.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a list of expected values. "
        "The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a list of expected values. "
        "The cells will be empty.",
    ),
    "uri.scheme": ngettext(
        "Row {row}, {header}: the address has no https://. Is it {after}?",
        "{count} addresses, {header}, have no https://. Is it {after}?",
    ),
    "uri.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a web address.",
        "{count} rows, {header}: “{before}” is not a web address.",
    ),
    "email.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not an e-mail address.",
        "{count} rows, {header}: “{before}” is not an e-mail address.",
    ),
    "code.spaces": ngettext(
        "Row {row}, column {letter}: “{before}” is written {after}.",
        "{count} rows, column {letter}: “{before}” is written {after}.",
    ),
    "code.zero": ngettext(
        "Row {row}, {header}: Excel has probably removed the first zero. "
        "Is it {after}?",
        "{count} rows, {header}: Excel has probably removed the first zero. "
        "Is {before} {after}?",
    ),
    "pattern.mismatch": ngettext(
        "Row {row}, {header}: “{before}” is not written as expected.",
        "{count} rows, {header}: values not written as expected, such as “{before}”.",
    ),
    "length.long": ngettext(
        "Row {row}, {header}: the text is too long.",
        "{count} rows, {header}: the text is too long.",
    ),
    "length.short": ngettext(
        "Row {row}, {header}: “{before}” is too short.",
        "{count} rows, {header}: values too short, such as “{before}”.",
    ),
    "value.low": ngettext(
        "Row {row}, {header}: {before} is too small.",
        "{count} rows, {header}: values too small, such as {before}.",
    ),
    "value.high": ngettext(
        "Row {row}, {header}: {before} is too big.",
        "{count} rows, {header}: values too big, such as {before}.",
    ),
    "interval.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not two years in order.",
        "{count} rows, {header}: “{before}” is not two years in order.",
    ),
    "subject.written": ngettext(
        "Row {row}, column {letter}: the subject is written “{after}”.",
        "{count} subjects, column {letter}, are written like “{after}”.",
    ),
    "subject.unknown": ngettext(
        "Row {row}, {header}: “{before}” is not a subject of the national list.",
        "{count} rows, {header}: “{before}” is not a subject of the national list.",
    ),
    "unique.repeated": ngettext(
        "Row {row}, {header}: “{value}” is there twice.",
        "{count} rows, {header}: same value, such as “{value}”.",
    ),
    # Several columns
    "columns.incomplete": ngettext(
        "Row {row}: these columns are filled together or not at all: {columns}.",
        "{count} rows: these columns are filled together or not at all: {columns}.",
    ),
    "columns.incomplete_absent": ngettext(
        "These columns go together, some are missing: {columns}.",
        "These columns go together, some are missing: {columns}.",
    ),
    "columns.order.after.dates": ngettext(
        "Row {row}: “{first}” is before “{second}”.",
        "{count} rows: “{first}” is before “{second}”.",
    ),
    "columns.order.before.dates": ngettext(
        "Row {row}: “{first}” is after “{second}”.",
        "{count} rows: “{first}” is after “{second}”.",
    ),
    "columns.order.equal.dates": ngettext(
        "Row {row}: “{first}” and “{second}” differ.",
        "{count} rows: “{first}” and “{second}” differ.",
    ),
    "columns.order.after.numbers": ngettext(
        "Row {row}: “{first}” is smaller than “{second}”.",
        "{count} rows: “{first}” is smaller than “{second}”.",
    ),
    "columns.order.before.numbers": ngettext(
        "Row {row}: “{first}” is bigger than “{second}”.",
        "{count} rows: “{first}” is bigger than “{second}”.",
    ),
    "columns.order.equal.numbers": ngettext(
        "Row {row}: “{first}” and “{second}” differ.",
        "{count} rows: “{first}” and “{second}” differ.",
    ),
    "columns.sum": ngettext(
        "Row {row}: “{first}” is not the sum of {others}.",
        "{count} rows: “{first}” is not the sum of {others}.",
    ),
    "columns.one_required": ngettext(
        "Row {row}: neither “{first}” nor “{second}” is given.",
        "{count} rows: neither “{first}” nor “{second}” is given.",
    ),
    "columns.one_required_absent": ngettext(
        "The columns “{first}” and “{second}” are both missing.",
        "The columns “{first}” and “{second}” are both missing.",
    ),
}
