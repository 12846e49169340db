"""Personal data in a table: which columns may hold some, and the findings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import polars as pl

from . import personal_words as lists
from .catalogue import Field, TableSchema
from .grouping import group_cells
from .personal import Doubt, Role, judge
from .progress import expect, stride
from .report import FindingGroup
from .table import Table
from .values import is_empty
from .words import fold, fold_name

#: A first name given less often than this in a year may point at a child: the
#: national statistics show none (Insee, *Fichier des prénoms*).
RARE_NAME = 3

#: Rows sifted together: what is folded of them is held at once.
_SIFTED = 50_000

_NUMBERS = ("integer", "number", "year", "date", "datetime", "time", "boolean")
# What a column's name says of it, the first that fits: folded words, whole or begun.
_NAMED: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("url", ("url", "lien", "uri", "web", "site", "www")),
    ("email", ("mail", "courriel", "email", "emel")),
    ("phone", ("tel", "telephone", "phone", "mobile", "portable")),
    (
        "number",
        (
            "siret",
            "siren",
            "insee",
            "code",
            "id",
            "uid",
            "rna",
            "nature",
            "date",
            "dates",
        ),
    ),
    ("company", ("titulaire", "raison", "amenageur", "operateur", "exploitant")),
    ("official", ("signataire", "signature", "elu", "organigramme", "fonction")),
    ("beneficiary", ("beneficiaire", "nombeneficiaire", "attributaire")),
    ("subject", ("objet", "intitule", "libelle")),
)
_PLACES = ("voie", "nomvoie", "equip", "lieudit", "commune", "coll", "station")
# Beneath these, an «objet» says what somebody was given money for.
_GRANT_FIELDS = frozenset({"nombeneficiaire", "montant"})


def role_of(field: Field, others: Iterable[str] = ()) -> Role:
    """Return what a field holds, by its type, then by the words of its name.

    :param others: the names of the other fields of its schema
    """
    if field.type in _NUMBERS or field.type.startswith("geo") or field.enum:
        return "number"
    if field.format == "email":
        return "email"
    words = _split_name(field.name)
    role = next((role for role, names in _NAMED if _fits(words, names)), None)
    if role in (None, "number") and field.format == "uri":
        return "url"
    if role == "subject" and {fold_name(one) for one in others} >= _GRANT_FIELDS:
        return "purpose"
    if role is not None:
        return role
    if "complement" not in words and ("nom" in words or _fits(words, _PLACES)):
        return "place"
    return "text"


def asked_role(field: Field, others: Iterable[str] = ()) -> Role | None:
    """Return what a field holds, nothing where no person can be in it.

    A figure or a word of a list that says anything else is at fault already.
    """
    if field.type in _NUMBERS or field.enum:
        return None
    return role_of(field, others)


#: Words of a title that announce people's own data, and those that tell whose name.
_INTIMATE = frozenset(
    "naissance nee ne secu securite nir iban rib bic domicile portable mobile mail "
    "mails email emel courriel tel telephone adresse prenom prenoms patronyme sexe age "
    "nationalite handicap revenu revenus quotient enfant enfants parent parents "
    "responsable demandeur demandeuse allocataire eleve eleves signature".split()
)
_NAMES = frozenset({"nom", "noms", "civilite", "titre"})


def tells_of_people(header: str) -> bool:
    """Tell whether a title announces people's own data, whatever its cells hold.

    A column that no model expects, of birth dates or of bare surnames, would be
    published for nothing: no cell of it says enough by itself to be asked about.

    >>> tells_of_people("Date de naissance"), tells_of_people("NOM")
    (True, True)
    >>> tells_of_people("Observations"), tells_of_people("Nom de l'équipement")
    (False, False)
    """
    words = _split_name(header)
    return any(word in _INTIMATE for word in words) or (
        bool(words) and all(word in _NAMES for word in words)
    )


def _split_name(name: str) -> list[str]:
    """Words of a field's name: snake_case, camelCase, spaces."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return fold(spaced).split()


def _fits(words: list[str], names: tuple[str, ...]) -> bool:
    # «tel1», «expt_tel1», «EQUIP_TEL»
    return any(re.sub(r"[0-9]+$", "", word) in names for word in words)


def find_personal(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    asked: Collection[str],
) -> Iterator[FindingGroup]:
    """Yield what may be somebody's personal data, one group for each cause and column.

    :param chosen: column name (made unique) to field name
    :param view: the fields' values
    :param asked: fields that :func:`sift` lets something of through
    """
    names = [field.name for field in schema.fields]
    roles = {
        name: role
        for name, target in chosen.items()
        if target in asked and (role := asked_role(schema.field(target), names))
    }
    expect(view.height, len(roles))
    for name, role in roles.items():
        yield from _find_in_column(table, name, chosen[name], role, view)
    yield from _find_rare_names(table, chosen, view)


def _find_in_column(
    table: Table, name: str, target: str, role: Role, view: pl.DataFrame
) -> Iterator[FindingGroup]:
    column = view.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"),
        pl.col(target).alias("value"),
    )
    sieve = sift(pl.col("value"), role)
    asked = pl.concat(rows.filter(sieve) for rows in column.iter_slices(_SIFTED))
    if not asked.height:
        return
    doubts = {
        value: doubt
        for value in stride(asked["value"].unique(maintain_order=True), view.height)
        if (doubt := judge(role, value)) is not None
    }
    if not doubts:
        return
    cells = asked.filter(pl.col("value").is_in(list(doubts)))
    if role == "beneficiary":
        cells = _without_number(cells, view, doubts)
    for doubt in sorted(set(doubts.values()), key=lambda one: (one.code, one.certain)):
        values = [value for value, found in doubts.items() if found == doubt]
        part = cells.filter(pl.col("value").is_in(values))
        if part.height:
            yield _group(table, name, target, doubt, part)


def _without_number(
    cells: pl.DataFrame, view: pl.DataFrame, doubts: Mapping[str, Doubt]
) -> pl.DataFrame:
    """Leave out beneficiaries that a SIRET or an association's number identifies."""
    fields = [one for one in ("idBeneficiaire", "rnaBeneficiaire") if one in view]
    if not fields:
        return cells
    known = view.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"),
        pl.any_horizontal([is_empty(pl.col(one)).not_() for one in fields]).alias("id"),
    )
    sure = [value for value, doubt in doubts.items() if doubt.certain]
    joined = cells.join(known, on="index", how="left", maintain_order="left")
    return joined.filter(pl.col("id").not_() | pl.col("value").is_in(sure)).drop("id")


def _find_rare_names(
    table: Table, chosen: Mapping[str, str], view: pl.DataFrame
) -> Iterator[FindingGroup]:
    if not {"ENFANT_PRENOM", "NOMBRE_OCCURRENCES"} <= set(view.columns):
        return
    count = pl.col("NOMBRE_OCCURRENCES").str.strip_chars()
    rare = view.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"),
        pl.col("ENFANT_PRENOM").alias("value"),
        count.cast(pl.Float64, strict=False).alias("count"),
    ).filter((pl.col("count") < RARE_NAME) & (pl.col("count") >= 0))
    if rare.height:
        target = "ENFANT_PRENOM"
        name = next(name for name, field in chosen.items() if field == target)
        doubt = Doubt("personal.rare_name", certain=False)
        yield _group(table, name, target, doubt, rare)


def _group(
    table: Table, name: str, target: str, doubt: Doubt, cells: pl.DataFrame
) -> FindingGroup:
    return group_cells(
        table,
        doubt.code,
        "personal",
        name=name,
        field=target,
        index=cells["index"],
        before=cells["value"],
        key="certain" if doubt.certain else "ask",
        params={"certain": doubt.certain},
    )


_SENSITIVE = (
    lists.AID_WORDS
    | lists.STAFF_WORDS
    | lists.CONDUCT_WORDS
    | lists.SALE_WORDS
    | lists.LIFE_WORDS
)
_TITLES = frozenset(
    "m. mr mm. mme mlle monsieur madame mademoiselle messieurs mesdames famille epoux "
    "epouse consorts veuve veuf heritiers hoirie indivision succession couple".split()
)
_IN_ADDRESS = _SENSITIVE | {"mr", "mme", "mlle", "monsieur", "madame", "famille"}
_IN_ADDRESS |= {"-m-", "_m_", "consorts"}
_CHILD = frozenset(
    "ps ms gs cp ce1 ce2 cm1 cm2 tps ulis pai allergi intol diab asthme "
    "handicap".split()
)
_ANYWHERE = frozenset({"@", "ne le", "nee", "nes", "ne(e)"})

#: Words, folded, one of which a value must hold for a judgement to be worth its time;
#: nothing where each value is judged. They may let too much through; they must leave
#: out nothing that :func:`judge` would find.
SIEVES: dict[Role, frozenset[str] | None] = {
    "beneficiary": None,
    "purpose": _ANYWHERE | _TITLES | _SENSITIVE,
    "subject": _ANYWHERE | _TITLES | _SENSITIVE,
    "text": _ANYWHERE | _TITLES | _CHILD | {"sans "},
    "url": _ANYWHERE | _IN_ADDRESS,
    "email": _ANYWHERE,
    "phone": _ANYWHERE,
    "place": _ANYWHERE,
    "official": _ANYWHERE,
    "company": _ANYWHERE,
    "number": _ANYWHERE,
}
# A mobile telephone, a social security number, a bank account, a birth date: all of
# them have eight figures, spaced by one sign at most.
FIGURES = r"(?:[0-9][^0-9a-zA-Z]{0,2}){7}[0-9]"
# Among codes, of which many are long: fifteen signs, Corsica's letters, an account.
IN_NUMBERS = (
    r"(?:[0-9][^0-9a-zA-Z]{0,2}){14}[0-9]"
    r"|[0-9][ .]?2[AaBb][ .]?[0-9]{3}"
    r"|FR[0-9]{2}"
)


def sift(column: pl.Expr, role: Role, folded: pl.Expr | None = None) -> pl.Expr:
    """Return which values of a column deserve a judgement, all at once.

    :param folded: the same values by :func:`fold_column`, where they are known
    """
    words = SIEVES[role]
    if words is None:
        return column != ""
    plain = folded
    if plain is None:
        plain = column.map_batches(fold_column, return_dtype=pl.String)
    if role == "number":
        figures = column.str.contains(IN_NUMBERS) | plain.str.contains(r"\bne [0-9]")
    else:
        figures = column.str.contains(FIGURES)
    return plain.str.contains_any(sorted(words)) | figures


def fold_column(column: pl.Series) -> pl.Series:
    """Fold values, those beyond ASCII at their own cost."""
    folded = column.str.to_lowercase()
    beyond = (folded.str.len_bytes() != folded.str.len_chars()).arg_true()
    if not len(beyond):
        return folded
    # A compound name is folded as one word: a space is a space.
    plain = (
        folded.gather(beyond)
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.replace_all("\u00a0", " ", literal=True)
    )
    return folded.scatter(beyond, plain)
