"""Perimeters on a real portal: who defines them, what is refused, what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan
from ckan.plugins import toolkit as tk
from ckan.tests import helpers

from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory import planning
from ckanext.odlocale.territory.identifiers import is_siren
from ckanext.odlocale.territory.refresh import Cause, Refreshed
from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity

Call = Callable[..., Any]
# Mayotte: nobody else's in these tests.
MAYOTTE, MAMOUDZOU, PAMANDZI = "976", "97611", "97615"


def register_head() -> str:
    head = planning.load_register().head(MAYOTTE)
    assert head is not None
    return head.siren


@pytest.fixture
def act(sysadmin: dict[str, Any]) -> Call:
    def call(action: str, **data: Any) -> Any:
        done = tk.get_action(action)({"user": sysadmin["name"]}, data)
        model.Session.expire_all()
        return done

    return call


@pytest.fixture
def head(act: Call) -> Iterator[str]:
    """The département of Mayotte, which covers all of it before and after."""
    siren = register_head()
    whole = {"include": [{"kind": "departement", "code": MAYOTTE}]}
    act("odlocale_perimeter_set", atd_siren=siren, definition=whole)
    act("odlocale_territory_apply", perimeters=[siren])
    yield siren
    model.Session.rollback()
    act("odlocale_perimeter_set", atd_siren=siren, definition=whole)
    act("odlocale_territory_apply", perimeters=[siren])


def part(kind: str, code: str) -> dict[str, str]:
    return {"kind": kind, "code": code}


def test_a_perimeter_is_kept_as_it_is_given(act: Call, head: str) -> None:
    definition = {
        "include": [part("departement", MAYOTTE)],
        "exclude": [part("commune", PAMANDZI)],
        "others": [],
    }
    done = act(
        "odlocale_perimeter_set",
        atd_siren=head,
        name="Mayotte numérique",
        colour="#004A8F",
        definition=definition,
    )
    shown = act("odlocale_perimeter_show", atd_siren=head)
    assert done == shown
    assert (shown["name"], shown["definition"]) == ("Mayotte numérique", definition)
    assert str(shown["colour"]).lower() == "#004a8f"
    assert shown["organization"]["id"] == Collectivity.by_code(head).org_id
    assert shown in act("odlocale_perimeter_list")


def test_a_commune_taken_out_of_a_perimeter_is_released(act: Call, head: str) -> None:
    definition = {
        "include": [part("departement", MAYOTTE)],
        "exclude": [part("commune", PAMANDZI)],
    }
    act("odlocale_perimeter_set", atd_siren=head, definition=definition)
    made = act("odlocale_territory_apply", perimeters=[head])
    (step,) = [s for s in made["steps"] if s["insee"] == PAMANDZI]
    assert (step["verdict"], step["reason"]) == ("update", "left_perimeter")
    org = model.Group.get(Collectivity.by_code(PAMANDZI).org_id)
    above = {g.id for g in org.get_parent_group_hierarchy(type="organization")}
    assert Collectivity.by_code(head).org_id not in above
    assert org.state == "active"


BAD = {
    "unknown département": {"include": [part("departement", "99")]},
    "unknown commune": {"include": [part("commune", "97699")]},
    "unknown EPCI": {"include": [part("epci", "215600461")]},
    "wrong SIREN": {"include": [part("siren", "123456789")]},
    "unknown kind": {"include": [part("pays", "FR")]},
    "empty": {"include": []},
    "nothing left": {
        "include": [part("commune", PAMANDZI)],
        "exclude": [part("departement", MAYOTTE)],
        "wrong": [],
    },
    "no definition": {},
    "not an object": ["976"],
    "text": "976",
    "nested": {"include": [[part("departement", MAYOTTE)]]},
    "numbers": {"include": [{"kind": 3, "code": 4}]},
    "nul": {"include": [part("commune", "97\0")]},
}


@pytest.mark.parametrize("bad", BAD)
def test_a_perimeter_that_cannot_be_is_refused_and_the_former_one_stays(
    act: Call, head: str, bad: str
) -> None:
    before = act("odlocale_perimeter_show", atd_siren=head)
    with pytest.raises(tk.ValidationError) as caught:
        act("odlocale_perimeter_set", atd_siren=head, definition=BAD[bad])
    assert "definition" in caught.value.error_dict
    model.Session.rollback()
    assert act("odlocale_perimeter_show", atd_siren=head) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"atd_siren": "123456789"},
        {"atd_siren": ""},
        {"atd_siren": "356000000"},
        {"name": "x" * 201},
        {"name": "\0"},
        {"colour": "bleu"},
        {"colour": "#ffff00"},
    ],
    ids=["wrong", "none", "not a collectivité", "long", "nul", "word", "unreadable"],
)
def test_an_atd_that_cannot_be_is_refused(
    act: Call, head: str, fields: dict[str, str]
) -> None:
    whole = {"include": [part("departement", MAYOTTE)]}
    wanted = {"atd_siren": head, "definition": whole, **fields}
    with pytest.raises(tk.ValidationError):
        act("odlocale_perimeter_set", **wanted)


def test_a_syndicat_becomes_an_atd(act: Call, head: str) -> None:
    siren = next(f"25976{n:04}" for n in range(9999) if is_siren(f"25976{n:04}"))
    other = {"siren": siren, "name": "Syndicat de Mayotte", "kind": "syndicat"}
    act(
        "odlocale_perimeter_set",
        atd_siren=siren,
        definition={"include": [part("commune", PAMANDZI)], "others": [other]},
    )
    done = act("odlocale_territory_apply", perimeters=[siren])
    assert done["counts"]["create"] == 1
    org = model.Group.get(Collectivity.by_code(siren).org_id)
    assert org.title == "Syndicat de Mayotte"
    commune = model.Group.get(Collectivity.by_code(PAMANDZI).org_id)
    above = {g.id for g in commune.get_parent_group_hierarchy(type="organization")}
    assert {org.id, Collectivity.by_code(head).org_id} <= above
    act("odlocale_perimeter_delete", atd_siren=siren)
    assert model.Session.get(AtdPerimeter, siren) is None


def test_an_atd_that_is_not_registered_is_named(act: Call) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        act("odlocale_territory_plan", perimeters=["211300553"])
    assert "211300553" in str(caught.value.error_dict["perimeters"])


def test_an_atd_whose_perimeter_is_damaged_hinders_only_itself(
    act: Call, head: str
) -> None:
    damaged = model.Session.get(AtdPerimeter, head)
    damaged.definition = {"include": [part("departement", "99")]}
    model.repo.commit()
    communes = planning.load_register().communes(MAYOTTE)
    epci = str(communes[0].epci_siren)
    act(
        "odlocale_perimeter_set",
        atd_siren=epci,
        definition={"include": [part("epci", epci)]},
    )
    # Its rights stay what they were when it was last applied.
    made = act("odlocale_territory_plan", perimeters=[epci])
    parents = {step["siren"]: step["parents"] for step in made["steps"]}
    assert parents[epci] == [head]
    with pytest.raises(tk.ValidationError) as caught:
        act("odlocale_territory_plan", perimeters=[head])
    assert "definition" in caught.value.error_dict
    act("odlocale_perimeter_delete", atd_siren=epci)


def test_a_departement_outside_the_perimeter_of_its_head_is_refused(
    act: Call, head: str
) -> None:
    only = {"include": [part("siren", head)]}
    act("odlocale_perimeter_set", atd_siren=head, definition=only)
    with pytest.raises(tk.ValidationError) as caught:
        act("odlocale_territory_plan", departement=MAYOTTE)
    assert MAYOTTE in str(caught.value.error_dict["departement"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vintage", 1999),
        ("vintage", "x"),
        ("vintage", [2026]),
        ("live", [1]),
        ("perimeters", []),
        ("perimeters", [{"a": 1}]),
        ("departement", {"a": 1}),
        ("digest", ["x"]),
    ],
)
def test_malformed_questions_are_refused(
    act: Call, head: str, field: str, value: object
) -> None:
    data: dict[str, Any] = {} if field == "departement" else {"perimeters": [head]}
    with pytest.raises(tk.ValidationError) as caught:
        act("odlocale_territory_apply", **{**data, field: value})
    assert field in caught.value.error_dict


@pytest.mark.parametrize("source", ["api-geo", "shipped-offline"])
def test_a_live_plan_says_where_its_register_comes_from(
    act: Call, head: str, monkeypatch: pytest.MonkeyPatch, source: Any
) -> None:
    asked: list[Any] = []

    def refresh(_client: object, register: Any, codes: Any, **_: Any) -> Refreshed:
        asked.extend(codes)
        cause = None if source == "api-geo" else Cause("no_answer", "976", "HTML")
        return Refreshed(register, source, cause)

    monkeypatch.setattr(planning, "refresh_register", refresh)
    made = act("odlocale_territory_plan", perimeters=[head], live=True)
    assert (made["source"], asked) == (source, [MAYOTTE])
    told = made["cause"]
    assert (told and (told["code"], told["detail"])) == (
        None if source == "api-geo" else ("no_answer", "département 976: HTML")
    )


def test_an_apply_sends_as_many_statements_for_two_communes_as_for_ten(
    act: Call, head: str
) -> None:
    codes = [c.insee for c in planning.load_register().communes(MAYOTTE)][:12]

    def statements_for(some: list[str | None]) -> int:
        for code in some:
            act("organization_purge", id=Collectivity.by_code(code).org_id)
        sent: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        engine = model.meta.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            done = act("odlocale_territory_apply", perimeters=[head])
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        assert done["counts"]["create"] == len(some)
        return len(sent)

    assert statements_for(codes[:2]) == statements_for(codes[2:])


@pytest.fixture
def run(cli: Any, portal: None) -> Call:
    def invoke(*arguments: str, **options: Any) -> Any:
        return cli.invoke(ckan, ["odlocale", "territory", *arguments], **options)

    return invoke


def test_the_command_sets_shows_lists_and_removes_a_perimeter(
    run: Call, act: Call, head: str, tmp_path: Path
) -> None:
    listed = tmp_path / "communes.csv"
    listed.write_text(f"code_insee;commune\n{MAMOUDZOU};Mamoudzou\n", "utf-8")
    result = run("perimeter", "set", head, "--list", str(listed), "--name", "Essai")
    assert result.exit_code == 0, result.output
    assert MAMOUDZOU in run("perimeter", "show", head).stdout
    assert "Essai" in run("perimeter", "list").stdout
    refused = run("perimeter", "remove", head, input="n\n")
    assert refused.exit_code == 1
    assert model.Session.get(AtdPerimeter, head) is not None
    result = run("perimeter", "remove", head, "--yes")
    assert result.exit_code == 0, result.output
    model.Session.expire_all()
    assert model.Session.get(AtdPerimeter, head) is None


def test_a_list_with_a_wrong_siren_is_refused_whole(
    run: Call, head: str, tmp_path: Path
) -> None:
    listed = tmp_path / "communes.csv"
    listed.write_text(f"siren\n{head}\n123456789\n", "utf-8")
    result = run("perimeter", "set", head, "--list", str(listed))
    assert result.exit_code == 2
    assert "123456789" in result.stderr
    whole = helpers.call_action("odlocale_perimeter_show", atd_siren=head)
    assert whole["definition"]["include"] == [part("departement", MAYOTTE)]


def test_a_perimeter_given_to_plan_is_registered_by_apply_only(
    run: Call, act: Call, head: str
) -> None:
    epci = next(
        one.epci_siren
        for one in planning.load_register().communes(MAYOTTE)
        if one.insee == MAMOUDZOU
    )
    result = run("plan", "--epci", str(epci), "--format", "json")
    assert result.exit_code == 0, result.output
    assert epci not in {row.atd_siren for row in store.read_perimeters()}
    result = run("apply", "--epci", str(epci), "--except-commune", PAMANDZI)
    assert result.exit_code == 0, result.output
    model.Session.expire_all()
    registered = {row.atd_siren: row.definition for row in store.read_perimeters()}
    assert registered[epci]["include"] == [part("epci", str(epci))]
    # It has a perimeter now: another is not guessed from options.
    result = run("plan", "--epci", str(epci))
    assert result.exit_code == 2
    act("odlocale_perimeter_delete", atd_siren=epci)


def test_reindexing_by_hand_says_how_much_was_done(run: Call) -> None:
    # The first does what other tests left.
    results = [run("reindex") for _ in range(2)]
    assert [result.exit_code for result in results] == [0, 0]
    assert "0" in results[1].stderr
