"""The words of a template's guide: what to do, then what each column expects."""

from __future__ import annotations

from dataclasses import dataclass

from ..base.french import french_spaces
from ..base.language import translator
from .sentences import N_
from .table_schema import Field, TableSchema
from .template_columns import (
    MAX_CELL,
    choose_kind,
    clean,
    is_siret_field,
    shorten,
    show_example,
)

#: Values of a list that the guide writes; the drop-down list has all of them.
MAX_LISTED = 40

HEADINGS = (
    N_("Column"),
    N_("What to write"),
    N_("Compulsory"),
    N_("Form expected"),
    N_("Values accepted"),
    N_("Example cell"),
    N_("Caution"),
)

_STEPS = (
    N_("Fill in the sheet “{sheet}”: one line for each item, from the second line."),
    N_("Keep the titles of the first line as they are."),
    N_("Dark titles are compulsory columns. The others may stay empty."),
    N_("Where a cell has an arrow, choose in its list."),
    N_("Where you do not know, leave the cell empty."),
    N_("The sheet “{example}” shows lines already filled in."),
    N_("Save this file, then deposit it as it is."),
    N_("Nothing is published before you agree."),
)
_PREFILLED = (
    N_("Your number or name is already written on the first lines."),
    N_("Lines that hold nothing else do not count."),
)
_PERSONS = N_(
    "Never write the name, address, e-mail or telephone number of a private person."
)
_TITLE = N_("{label}: how to fill in this file")
_MODEL = N_("Model {id}, version {version}: {url}")
_MORE = N_("… There are {count} of them, in the list of the cell.")

_FORMS = {
    "date": N_("A date, like 28/03/2024"),
    "year": N_("A year, in four figures"),
    "yearmonth": N_("A year and a month: 2024-03"),
    "datetime": N_("A date and a time: 2024-03-28T09:00:00Z"),
    "time": N_("A time: 09:00:00"),
    "integer": N_("A whole number"),
    "number": N_("A number, with the decimal mark of your spreadsheet"),
    "boolean": N_("A choice in the list"),
    "geopoint": N_("A longitude, then a latitude"),
    "array": N_('Values between brackets: ["value", "other value"]'),
    "uri": N_("A web address, from https://"),
    "email": N_("An e-mail address"),
}
_CHOICE = N_("One of the values accepted")
_SEVERAL = N_("One or several of these values, with “{separator}” between them")
_SIRET = N_("A SIRET: 14 figures, without spaces")
_AT_MOST = N_("A text, longest length: {count}")
_TEXT = N_("A text")
_YES, _NO = N_("Yes, compulsory"), N_("No, optional")


@dataclass(frozen=True)
class Guide:
    """The guide of a template, as texts.

    :ivar lines: what each column expects, under :attr:`headings`
    """

    title: str
    purpose: str
    steps: tuple[str, ...]
    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    model: str


def write_guide(
    schema: TableSchema,
    sheet: str,
    example: str,
    *,
    prefilled: bool,
    lang: str = "fr",
) -> Guide:
    """Return the words of a template's guide.

    :param sheet: name of the sheet to fill in
    :param example: name of the sheet that shows lines
    :param prefilled: whether lines already hold the collectivité's number or name
    """
    speak = translator(lang).gettext
    chosen = list(_STEPS)
    if prefilled:
        chosen[1:1] = _PREFILLED
    if any(field.personal.risk != "none" for field in schema.fields):
        chosen.insert(-2, _PERSONS)
    steps = (speak(one).format(sheet=sheet, example=example) for one in chosen)
    model = speak(_MODEL).format(
        id=schema.id, version=schema.version, url=schema.schema_url
    )
    return Guide(
        title=french_spaces(speak(_TITLE).format(label=clean(schema.label))),
        purpose=french_spaces(clean(schema.purpose)),
        steps=tuple(french_spaces(one) for one in steps),
        headings=tuple(speak(one) for one in HEADINGS),
        lines=tuple(_describe(schema, field, lang) for field in schema.fields),
        model=clean(model),
    )


def _describe(schema: TableSchema, field: Field, lang: str) -> tuple[str, ...]:
    speak = translator(lang).gettext
    what = field.title if field.title != field.name else ""
    told = "\n".join(one for one in (what, field.description) if one)
    cells = (
        field.name,
        told,
        speak(_YES if field.required else _NO),
        describe_form(schema, field, lang),
        _list_values(field, lang),
        show_example(field, choose_kind(schema, field), lang),
        field.personal.reason,
    )
    return cells[0], *(shorten(one, MAX_CELL) if one else "" for one in cells[1:])


def describe_form(schema: TableSchema, field: Field, lang: str = "fr") -> str:
    """Return in a few words the form that the cells of a column have."""
    speak = translator(lang).gettext
    if is_siret_field(schema, field):
        return french_spaces(speak(_SIRET))
    if field.item_enum and field.type != "array":
        return french_spaces(speak(_SEVERAL).format(separator=field.separator))
    if field.enum:
        return speak(_CHOICE)
    known = _FORMS.get(field.format) or _FORMS.get(field.type)
    if known is not None:
        return french_spaces(speak(known))
    if field.max_length is not None:
        return french_spaces(speak(_AT_MOST).format(count=field.max_length))
    return speak(_TEXT)


def _list_values(field: Field, lang: str) -> str:
    values = field.enum or field.item_enum
    if not values and field.type == "boolean":
        values = (*field.true_values[:1], *field.false_values[:1])
    lines = list(values[:MAX_LISTED])
    if len(values) > MAX_LISTED:
        more = translator(lang).gettext(_MORE)
        lines.append(more.format(count=len(values)))
    return "\n".join(lines)
