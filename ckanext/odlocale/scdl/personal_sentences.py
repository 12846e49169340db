"""Every sentence about personal data, by finding code, in English for gettext.

The facts in braces are those of :mod:`ckanext.odlocale.scdl.sentences`. The agent is
asked, never accused: she knows who is behind a name, the portal does not.
"""

from __future__ import annotations

from .sentences import N_, Pair, ngettext

PERSONAL_SENTENCES: dict[str, Pair] = {
    "personal.nir": ngettext(
        "Row {row}, column {letter}: a social security number seems to be there.",
        "{count} rows, column {letter}: social security numbers seem to be there.",
    ),
    "personal.bank": ngettext(
        "Row {row}, column {letter}: a bank account number seems to be there.",
        "{count} rows, column {letter}: bank account numbers seem to be there.",
    ),
    "personal.birth": ngettext(
        "Row {row}, column {letter}: somebody’s birth date seems to be there.",
        "{count} rows, column {letter}: birth dates seem to be there.",
    ),
    "personal.email": ngettext(
        "Row {row}: the address “{before}” seems to be somebody’s own.",
        "{count} rows: addresses such as “{before}” seem to be somebody’s own.",
    ),
    "personal.phone": ngettext(
        "Row {row}: “{before}” is a mobile number. Is it somebody’s own?",
        "{count} rows: mobile numbers, such as “{before}”. Are they somebody’s own?",
    ),
    "personal.address": ngettext(
        "Row {row}: “{before}” gives somebody’s name and address.",
        "{count} rows give somebody’s name and address, such as “{before}”.",
    ),
    "personal.person": ngettext(
        "Row {row}: “{before}” seems to name a private person.",
        "{count} rows seem to name private persons, such as “{before}”.",
    ),
    "personal.beneficiary": ngettext(
        "Row {row}: the beneficiary “{before}” has no SIRET. Is it a private person?",
        "{count} beneficiaries have no SIRET, such as “{before}”. Are they private "
        "persons?",
    ),
    "personal.sole_trader": ngettext(
        "Row {row}: “{before}” is somebody alone in business.",
        "{count} rows: somebody alone in business, such as “{before}”.",
    ),
    "personal.aid": ngettext(
        "Row {row}: “{before}” names who receives social aid.",
        "{count} rows name who receives social aid, such as “{before}”.",
    ),
    "personal.staff": ngettext(
        "Row {row}: “{before}” is about one member of staff.",
        "{count} rows are about one member of staff, such as “{before}”.",
    ),
    "personal.conduct": ngettext(
        "Row {row}: “{before}” tells of somebody’s debts or faults.",
        "{count} rows tell of somebody’s debts or faults, such as “{before}”.",
    ),
    "personal.sale": ngettext(
        "Row {row}: “{before}” names a buyer or a seller.",
        "{count} rows name a buyer or a seller, such as “{before}”.",
    ),
    "personal.parcel": ngettext(
        "Row {row}: the plot in “{before}” can lead to its owner.",
        "{count} rows: the plots can lead to their owners, such as “{before}”.",
    ),
    "personal.child": ngettext(
        "Row {row}: “{before}” seems to tell of a child.",
        "{count} rows seem to tell of a child, such as “{before}”.",
    ),
    "personal.url": ngettext(
        "Row {row}: the name of the file “{before}” seems to hold somebody’s name.",
        "{count} file names seem to hold somebody’s name, such as “{before}”.",
    ),
    "personal.rare_name": ngettext(
        "Row {row}: the first name “{before}” was given less than three times.",
        "{count} first names were given less than three times, such as “{before}”.",
    ),
}

PERSONAL_REMEDIES: dict[str, str] = {
    "personal.nir": N_("Remove it from your file. It must never be published."),
    "personal.bank": N_("Remove it, unless it is the town hall’s own."),
    "personal.birth": N_("Remove it from your file."),
    "personal.email": N_("Give the town hall’s address instead."),
    "personal.phone": N_("Give the town hall’s number, or say that it is a service’s."),
    "personal.address": N_("Keep what the money was for, and nothing of the person."),
    "personal.person": N_(
        "Write “personne physique” instead, or remove the row. An elected member may "
        "be named."
    ),
    "personal.beneficiary": N_(
        "An association or a firm: add its SIRET. A private person: write “personne "
        "physique”, or remove the row."
    ),
    "personal.sole_trader": N_("Publish the name only if its owner agreed."),
    "personal.aid": N_("Write the subject without the name."),
    "personal.staff": N_("Write the subject without the name."),
    "personal.conduct": N_("Write the subject without the name."),
    "personal.sale": N_("Write the subject without the name. A firm may be named."),
    "personal.parcel": N_("Publish it if the sale is the commune’s own business."),
    "personal.child": N_("Remove what tells of the child."),
    "personal.url": N_("Rename the document without the name."),
    "personal.rare_name": N_("Remove these rows, or check that families agree."),
}
