"""Sentences and remedies of positions, times, opening hours, codes and keys.

English for gettext; the facts in braces are those of
:mod:`ckanext.odlocale.scdl.messages`.
"""

from __future__ import annotations

from .sentences import N_, Pair, ngettext

FORMAT_SENTENCES: dict[str, Pair] = {
    "geopoint.written": ngettext(
        "Row {row}, column {letter}: the position is written {after}.",
        "{count} positions, column {letter}, are written like {after}.",
    ),
    "geopoint.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a position. The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a position. The cells will "
        "be empty.",
    ),
    "gps.swapped": ngettext(
        "Row {row}, {header}: latitude and longitude look swapped. Is it {after}?",
        "{count} rows, {header}: latitude and longitude look swapped, as in {before}.",
    ),
    "gps.outside": ngettext(
        "Row {row}, {header}: this position is not in France ({before}).",
        "{count} rows, {header}: positions that are not in France, such as {before}.",
    ),
    "time.written": ngettext(
        "Row {row}, column {letter}: the time is written {after}.",
        "{count} times, column {letter}, are written like {after}.",
    ),
    "time.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a time. The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a time. The cells will be empty.",
    ),
    "duration.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a duration. The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a duration. The cells will "
        "be empty.",
    ),
    "yearmonth.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a month. The cell will be empty.",
        "{count} rows, {header}: “{before}” is not a month. The cells will be empty.",
    ),
    "object.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a JSON object.",
        "{count} rows, {header}: “{before}” is not a JSON object.",
    ),
    "geojson.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a GeoJSON shape.",
        "{count} rows, {header}: “{before}” is not a GeoJSON shape.",
    ),
    "uuid.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a universal identifier.",
        "{count} rows, {header}: “{before}” is not a universal identifier.",
    ),
    "hours.written": ngettext(
        "Row {row}, {header}: we read these opening hours as {after}. Is it right?",
        "{count} rows, {header}: we read these opening hours as {after}. Is it right?",
    ),
    "hours.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not written as opening hours are.",
        "{count} rows, {header}: opening hours not written as expected, such as "
        "“{before}”.",
    ),
    "phone.written": ngettext(
        "Row {row}, column {letter}: the telephone number is written {after}.",
        "{count} telephone numbers, column {letter}, are written like {after}.",
    ),
    "phone.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a telephone number.",
        "{count} rows, {header}: values that are not telephone numbers, such as "
        "“{before}”.",
    ),
    "code.wrong": ngettext(
        "Row {row}, {header}: “{before}” is not a code of the official list.",
        "{count} rows, {header}: codes that are not in the official list, such "
        "as “{before}”.",
    ),
    "list.written": ngettext(
        "Row {row}, column {letter}: the list is written {after}.",
        "{count} lists, column {letter}, are written like {after}.",
    ),
    "key.empty": ngettext(
        "Row {row}: the identifier “{header}” is empty.",
        "{count} rows have no identifier in “{header}”.",
    ),
    "key.repeated": ngettext(
        "Row {row}: same values as another row in {columns}.",
        "{count} rows have the same values in {columns}.",
    ),
}

FORMAT_REMEDIES: dict[str, str] = {
    "geopoint.wrong": N_(
        "Write the longitude, then the latitude, as in the example of this column."
    ),
    "gps.outside": N_("Check the longitude and the latitude."),
    "time.wrong": N_("Write the time as 14:30:00."),
    "duration.wrong": N_("Write the duration as PT1H30M."),
    "yearmonth.wrong": N_("Write the month as 2024-04."),
    "object.wrong": N_("Look at the example of this column."),
    "geojson.wrong": N_("Look at the example of this column."),
    "uuid.wrong": N_(
        "Copy the 32 digits and letters, as in the example of this column."
    ),
    "hours.wrong": N_(
        "Write for example Mo-Fr 09:00-12:00,14:00-18:00; Sa 09:00-12:00."
    ),
    "phone.wrong": N_("Write its ten digits, or the international number."),
    "code.wrong": N_("Compare it with your document."),
    "key.empty": N_("Give each row its own."),
    "key.repeated": N_("Each row has its own: change one of them."),
}
