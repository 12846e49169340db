"""What an agent answers to findings: what it changes, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.odlocale.scdl.canonical import canonical_csv
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.corrected import Corrected
from ckanext.odlocale.scdl.decision_refusals import REFUSED_CODES, DecisionRefused
from ckanext.odlocale.scdl.decisions import Decision, apply_decisions, leave_kept
from ckanext.odlocale.scdl.fixing_commands import Accepted, fix
from ckanext.odlocale.scdl.masking import mask
from ckanext.odlocale.scdl.personal import judge
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import FindingGroup, Report
from ckanext.odlocale.scdl.table import Table
from ckanext.odlocale.scdl.table_schema import extend_schema

GRANTS = load_catalogue().get("subventions")
HEADERS = [field.name for field in GRANTS.fields]
SIRET = "21560046100010"


def grant(**cells: str) -> str:
    """One row of grants, correct but for what is given."""
    row = {
        "nomAttribuant": "Commune de Crach",
        "idAttribuant": SIRET,
        "dateConvention": "2024-04-03",
        "nomBeneficiaire": "Association des Ajoncs",
        "idBeneficiaire": SIRET,
        "objet": "Fonctionnement",
        "montant": "1200.0",
        "nature": "aide en numéraire",
        "conditionsVersement": "unique",
        "notificationUE": "non",
    } | cells
    return ",".join(row.get(name, "") for name in HEADERS)


def table_of(*rows: str) -> Table:
    return read("\n".join([",".join(HEADERS), *rows]).encode())


def one_group(report: Report, code: str) -> FindingGroup:
    (group,) = [group for group in report.groups if group.code == code]
    return group


PEOPLE = table_of(
    grant(),
    grant(nomBeneficiaire="Camille Modèle", idBeneficiaire=""),
    grant(nomBeneficiaire="Dominique Exemple", idBeneficiaire=""),
)
ASKED = "personal.beneficiary"


def decide(
    table: Table, option: str, rows: Sequence[int] | None = None, **more: Any
) -> Corrected:
    report = check(table, GRANTS)
    group = one_group(report, more.pop("code", ASKED))
    given = {"group": group.id, "option": option, "rows": rows, **more}
    return apply_decisions(table, GRANTS, report, [Decision.from_dict(given)])


def cells(corrected: Corrected, column: str) -> list[str]:
    return corrected.table.frame[column].to_list()


def test_a_private_person_leaves_with_his_row() -> None:
    done = decide(PEOPLE, "withdraw", [4])
    assert done.withdrawn == (4,)
    assert cells(done, "nomBeneficiaire") == [
        "Association des Ajoncs",
        "Camille Modèle",
    ]
    assert list(done.table.row_numbers) == [2, 3]
    assert done.changes == ()


def test_a_private_person_is_masked_and_his_number_goes() -> None:
    rows = [grant(nomBeneficiaire="M. Camille Modèle", idBeneficiaire="123")]
    table = table_of(grant(), *rows)
    done = decide(table, "mask", code="personal.person")
    assert cells(done, "nomBeneficiaire")[1] == "personne physique"
    assert cells(done, "idBeneficiaire") == [SIRET, ""]
    assert {(one.row, one.column) for one in done.changes} == {
        (3, "nomBeneficiaire"),
        (3, "idBeneficiaire"),
    }
    after = check(done.table, GRANTS, mapping=done.mapping)
    assert not after.by_severity("personal")


def test_a_value_replaces_the_cell_of_one_row() -> None:
    done = decide(PEOPLE, "replace", [3], value="=Comité des fêtes")
    assert cells(done, "nomBeneficiaire")[1:] == [
        "=Comité des fêtes",
        "Dominique Exemple",
    ]


def test_what_is_kept_is_not_asked_again() -> None:
    report = check(PEOPLE, GRANTS)
    group = one_group(report, ASKED)
    one = Decision(group.id, "keep", (3,))
    done = apply_decisions(PEOPLE, GRANTS, report, [one])
    assert done.changes == ()
    left = leave_kept(check(done.table, GRANTS), [one])
    assert one_group(left, ASKED).rows == (4,)
    assert one_group(left, ASKED).count == 1
    both = leave_kept(report, [Decision(group.id, "keep")])
    assert not both.by_severity("personal")


def test_keeping_does_not_make_a_file_conform() -> None:
    table = table_of(grant(nature="aide numeraire"))
    report = check(table, GRANTS)
    group = one_group(report, "enum.near")
    left = leave_kept(report, [Decision(group.id, "keep")])
    assert one_group(left, "enum.near").severity == "know"
    assert not left.valid


def test_a_correction_is_applied_to_some_rows_only() -> None:
    table = table_of(
        grant(dateConvention="03/04/2024"), grant(dateConvention="04/04/2024")
    )
    done = decide(table, "apply", [3], code="date.french")
    assert cells(done, "dateConvention") == ["03/04/2024", "2024-04-04"]


def test_the_order_of_answers_changes_nothing() -> None:
    table = table_of(
        grant(nomBeneficiaire="Camille Modèle", idBeneficiaire=""),
        grant(nomBeneficiaire="Dominique Exemple", idBeneficiaire=""),
        grant(dateConvention="03/04/2024"),
    )
    report = check(table, GRANTS)
    person = one_group(report, ASKED).id
    answers = [
        Decision(person, "withdraw", (2,)),
        Decision(person, "mask", (3,)),
        Decision(one_group(report, "date.french").id, "apply"),
    ]
    first = apply_decisions(table, GRANTS, report, answers)
    second = apply_decisions(table, GRANTS, report, answers[::-1])
    assert first.table.frame.equals(second.table.frame)
    assert first.changes == second.changes
    assert first.counts == second.counts


REFUSED = {
    "a group that is not there": ("group", {"group": "personal-beneficiary-0"}),
    "an answer that is not offered": ("option", {"option": "apply"}),
    "an answer that is none": ("shape", {"option": "burn"}),
    "a row of the file that is not at fault": ("row", {"rows": [2]}),
    "a row that is not in the file": ("row", {"rows": [10**12]}),
    "rows that are no numbers": ("shape", {"rows": ["3"]}),
    "a row that is yes": ("shape", {"rows": [True]}),
    "no value": ("no_value", {"option": "replace"}),
    "a value that is no text": ("shape", {"option": "replace", "value": 3}),
    "a value of several lines": ("value_signs", {"option": "replace", "value": "a\nb"}),
    "a hidden sign": ("value_signs", {"option": "replace", "value": "a\u202eb"}),
    "a value without end": ("value_long", {"option": "replace", "value": "a" * 32_768}),
}


@pytest.mark.parametrize(("code", "change"), REFUSED.values(), ids=REFUSED)
def test_an_answer_is_refused(code: str, change: dict[str, Any]) -> None:
    report = check(PEOPLE, GRANTS)
    sent = {"group": one_group(report, ASKED).id, "option": "keep", **change}
    with pytest.raises(DecisionRefused) as caught:
        apply_decisions(PEOPLE, GRANTS, report, [Decision.from_dict(sent)])
    assert caught.value.code == code
    assert "{" not in caught.value.say("fr")


@pytest.mark.parametrize("sent", [None, [], "keep", {}, {"group": 1, "option": "keep"}])
def test_what_is_no_answer_is_refused(sent: object) -> None:
    with pytest.raises(DecisionRefused, match="shape"):
        Decision.from_dict(sent)


def test_a_row_has_one_answer() -> None:
    report = check(PEOPLE, GRANTS)
    group = one_group(report, ASKED).id
    answers = [Decision(group, "keep"), Decision(group, "mask", (3,))]
    with pytest.raises(DecisionRefused, match="twice"):
        apply_decisions(PEOPLE, GRANTS, report, answers)


def test_a_name_that_stays_is_not_called_masked() -> None:
    # The plot is left, and leads to its owner.
    table = table_of(grant(objet="Vente du terrain AB 12 à M. Modèle"))
    report = check(table, GRANTS)
    (group,) = report.by_severity("personal")
    with pytest.raises(DecisionRefused) as caught:
        apply_decisions(table, GRANTS, report, [Decision(group.id, "mask")])
    assert caught.value.code == "unmasked"
    assert "2" in caught.value.say("fr")


def test_a_stored_report_no_longer_knows_its_rows() -> None:
    report = Report.from_dict(json.loads(json.dumps(check(PEOPLE, GRANTS).to_dict())))
    group = one_group(report, ASKED)
    with pytest.raises(ValueError, match="stored report"):
        apply_decisions(PEOPLE, GRANTS, report, [Decision(group.id, "keep")])


def test_an_answer_survives_being_stored() -> None:
    one = Decision("personal-beneficiary-0", "replace", (3, 4), "Comité")
    assert Decision.from_dict(json.loads(json.dumps(one.to_dict()))) == one


def test_every_refusal_is_said() -> None:
    facts: dict[str, Any] = {"group": "g", "row": 2, "option": "keep", "limit": 9}
    for code in REFUSED_CODES:
        assert DecisionRefused(code, **facts).say("fr")


@pytest.mark.parametrize(
    ("role", "text", "masked"),
    [
        ("beneficiary", "Camille Modèle", "personne physique"),
        ("subject", "Aide à Mme Modèle Camille, née le 01/02/1950", "Aide à [nom "
         "retiré]"),
        ("subject", "Concession à M. et Mme Modèle, 12 m²", "Concession à [nom "
         "retiré], 12 m²"),
        ("subject", "Aide à Camille DE LA TOUR", "Aide à [nom retiré]"),
        ("purpose", "Aide au permis de conduire de Camille Modèle",
         "Aide au permis de conduire de [nom retiré]"),
        ("purpose", "Secours à M. C. M. et Mme Modèle", "Secours à [nom retiré]"),
        ("purpose", "Mme Modèle : aide au loyer", "[nom retiré] : aide au loyer"),
        ("purpose", "Aide aux époux Modèle", "Aide aux époux [nom retiré]"),
        ("purpose", "Loyer de la famille de Mme Modèle (deux mois)",
         "Loyer de la famille de [nom retiré] (deux mois)"),
        ("purpose", "AIDE A MME MODELE CAMILLE", "AIDE A [nom retiré]"),
        ("email", "camille.modele@exemple.fr", ""),
        ("text", "Appeler le 06 00 00 00 00", "Appeler le"),
        ("subject", "Aide Sociale du Conseil Municipal", "Aide Sociale du Conseil "
         "Municipal"),
    ],
)  # fmt: skip
def test_a_person_is_hidden_and_the_rest_stays(
    role: Any, text: str, masked: str
) -> None:
    assert mask(role, text) == masked
    assert judge(role, masked) is None


NAMES = st.sampled_from(
    ["Camille Modèle", "Dominique Exemple", "Association des Ajoncs", "SARL Ajonc"]
)
DATES = st.sampled_from(["2024-04-03", "03/04/2024", "45385", "hier"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(NAMES, DATES), min_size=1, max_size=6), st.data())
def test_an_answer_changes_its_rows_and_nothing_else(
    drawn: list[tuple[str, str]], data: st.DataObject
) -> None:
    table = table_of(
        *(
            grant(nomBeneficiaire=name, dateConvention=day, idBeneficiaire="")
            for name, day in drawn
        )
    )
    report = check(table, GRANTS)
    decisions = []
    for group in report.groups:
        codes = [one.code for one in group.options if not one.needs_value]
        if codes and group.places is not None:
            rows = data.draw(
                st.lists(st.sampled_from(group.places.rows.to_list()), unique=True)
            )
            option = data.draw(st.sampled_from(codes))
            decisions.append(Decision(group.id, option, tuple(rows)))
    done = apply_decisions(table, GRANTS, report, decisions)
    again = apply_decisions(table, GRANTS, report, decisions)
    assert done.table.frame.equals(again.table.frame)
    touched = {row for one in decisions for row in one.rows or ()}
    numbers = table.row_numbers.to_list()
    kept = done.table.row_numbers.to_list()
    assert sorted({*kept, *done.withdrawn}) == numbers
    for row in kept:
        before = table.frame.row(numbers.index(row))
        after = done.table.frame.row(kept.index(row))
        assert before == after or row in touched
    # Nothing is asked again, of what was kept neither; what is wrong stays known.
    left = leave_kept(check(done.table, GRANTS, mapping=done.mapping), decisions)
    asked = {g.id: set(g.rows) for g in left.groups if g.severity == "personal"}
    for one in decisions:
        assert not asked.get(one.group, set()) & set(one.rows or ())


def widen(*cells: str, headers: str = "Observations") -> Table:
    """Two grants, with columns that the model does not expect."""
    lines = [",".join(HEADERS), grant(), grant()]
    ends = [headers, *cells]
    text = "\n".join(f"{a},{b}" for a, b in zip(lines, ends, strict=True))
    return read(text.encode())


def test_a_column_beyond_the_model_is_published_as_it_is_headed() -> None:
    table = widen("rien à dire", "vu avec Mme Ondine Fictive")
    report = check(table, GRANTS)
    extra = one_group(report, "column.extra")
    assert [one.code for one in extra.options] == ["publish"]
    done = apply_decisions(table, GRANTS, report, [Decision(extra.id, "publish")])
    assert done.published == ("Observations",)
    schema = extend_schema(GRANTS, done.published)
    assert extend_schema(GRANTS, done.published) is schema
    # A later version of the model may expect it.
    assert extend_schema(schema, done.published * 2) is schema
    # It is looked at for people as the others are, and found no more.
    again = check(done.table, schema, mapping=done.mapping)
    found = {(one.code, one.column) for one in again.groups}
    assert ("personal.person", "Observations") in found
    assert "column.extra" not in {code for code, _ in found}
    header = canonical_csv(done.table, schema, done.mapping).split(b"\n")[0]
    assert header.endswith(b",Observations")


@pytest.mark.parametrize("headers", ["Note,Note", "Note,NOTE"])
def test_a_column_without_a_header_of_its_own_is_not_published(headers: str) -> None:
    report = check(widen("1,2", "3,4", headers=headers), GRANTS)
    extra = [one for one in report.groups if one.code == "column.extra"]
    assert [one.options for one in extra] == [(), ()]


@pytest.mark.parametrize(
    "header",
    [
        "Date de naissance",
        "NOM",
        "Nom prénom",
        "adresseDemandeur",
        "N° de sécu",
        "E-mail",
    ],
)
def test_a_column_of_people_is_not_published(header: str) -> None:
    report = check(widen("a", "b", headers=header), GRANTS)
    assert one_group(report, "column.extra").options == ()


def test_the_command_publishes_a_column_too() -> None:
    table = widen("vu", "écrire à ondine.fictive@exemple.fr")
    fixed = fix(table, GRANTS, {"column.extra": Accepted("publish")})
    found = {one.code for one in fixed.report.groups}
    assert "personal.email" in found
    assert "column.extra" not in found
