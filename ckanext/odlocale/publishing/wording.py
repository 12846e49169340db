"""Names that the desk gives to what an agent deposits, in French.

They are stored with the data (a resource's name) as well as shown, so they are made
here once, from the key, rather than on each screen.
"""

from __future__ import annotations

import re

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.scdl.catalogue import TableSchema

_KEY = re.compile(
    r"(?P<period>\d{4}(?:-\d{4}|-\d{2})?)"
    r"(?:-(?P<kind>[a-z][a-z-]*?))?"
    r"(?:-(?P<nic>\d{5}))?"
    r"(?:-(?P<number>\d{1,3}))?"
)
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def name_release(schema: TableSchema, key: str) -> str:
    """Name what one key holds: «Budget primitif 2022».

    :param key: last part of the permanent address; one that has neither a period
        nor a kind of document gives the model's own name.
    """
    found = _KEY.fullmatch(key)
    if found is None:
        return schema.label
    kind = _spell_kind(schema, found["kind"] or "")
    name = f"{kind[:1].upper()}{kind[1:]} {_spell_period(found['period'])}"
    if found["number"]:
        name += f" ({int(found['number'])})"
    return name


def name_release_fully(schema: TableSchema, key: str, name: str) -> str:
    """Name what one key holds among all those of all collectivités.

    :param name: the collectivité's name («Crach»)
    """
    return name_establishment(f"{name_release(schema, key)} – {name}", key)


def name_establishment(name: str, key: str) -> str:
    """Add the establishment that a key tells to a name, if it tells one.

    A commune's main budget and its annexe differ only by it.
    """
    found = _KEY.fullmatch(key)
    if found is None or not found["nic"]:
        return name
    gettext = translator("fr").gettext
    return gettext("{name} (establishment {nic})").format(name=name, nic=found["nic"])


def name_unless_main(name: str, key: str, siret: str) -> str:
    """Add the establishment to a name where it is not the main one: an annexe's.

    :param siret: of the main establishment

    >>> name_unless_main("Budget 2022", "2022-budget-primitif-00010", "21560046100010")
    'Budget 2022'
    """
    found = _KEY.fullmatch(key)
    if found is None or not found["nic"] or siret.endswith(found["nic"]):
        return name
    return name_establishment(name, key)


def name_of_former(name: str, former: str) -> str:
    """Say that a file is a commune's that merged: «Budget primitif 2022 – Pers».

    :param former: that commune's name
    """
    return f"{name} – {former}"


def describe_release(
    schema: TableSchema, name: str, rows: int, incomplete: int = 0
) -> str:
    """Describe one file for a reuser, and say whether it lacks something.

    :param name: what the file holds, as :func:`name_release_fully` writes it
    :param incomplete: rows that lack a required value
    """
    ngettext = translator("fr").ngettext
    sentence = ngettext(
        "{name}: {count} row, checked against the national model {model}.",
        "{name}: {count} rows, checked against the national model {model}.",
        rows,
    )
    model = f"{schema.id} {schema.version}"
    said = str(sentence.format(name=name, count=rows, model=model))
    if not incomplete:
        return said
    lacking = ngettext(
        "{count} row lacks a required value.",
        "{count} rows lack a required value.",
        incomplete,
    )
    return f"{said} {lacking.format(count=incomplete)}"


def town_hall(full_name: str) -> str:
    """Name who works at the desk: «Mairie de Crach», «Lorient Agglomération».

    :param full_name: the collectivité's full name («Commune de Crach»)

    >>> town_hall("Commune d'Auray")
    "Mairie d'Auray"
    """
    if not full_name.startswith("Commune "):
        return full_name
    return "Mairie " + full_name.removeprefix("Commune ")


def _spell_kind(schema: TableSchema, kind: str) -> str:
    # The key has no accent: the model's own list has the right spelling.
    if not kind:
        return schema.label
    for field in schema.fields:
        for value in field.enum:
            if slugify(value) == kind:
                return value
    return kind.replace("-", " ")


def _spell_period(period: str) -> str:
    month = _MONTH.fullmatch(period)
    if month:
        return f"{month[2]}/{month[1]}"
    return period.replace("-", "–")
