"""What the desk of one collectivité shows."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from ckanext.odlocale.publishing.next_step import Duty, ReaderReport
from ckanext.odlocale.publishing.screens import Known, build_home, list_files
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.targets import Place

CATALOGUE = load_catalogue()
TODAY = datetime.date(2026, 11, 23)
COUNT = sum(schema.core for schema in CATALOGUE)


def deposit(**changes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "siren": "215600461",
        "code": "56046",
        "former": None,
        "schema": "budget",
        "key": "2022-budget-primitif-00010",
        "state": "published",
        "filename": "b.csv",
        "rows": 201,
        "version": 1,
        "updated_at": "2026-11-02T10:00:00+00:00",
        "published_at": "2026-11-02T10:00:00+00:00",
        **changes,
    }


def test_the_first_day_welcomes_and_lists_every_model() -> None:
    home = build_home([], CATALOGUE, TODAY)
    assert home.card.kind == "welcome"
    assert (len(home.published), len(home.possible)) == (0, COUNT)
    assert len(home.optional) == len(CATALOGUE) - COUNT


def test_the_socle_commun_is_told_from_the_rest() -> None:
    home = build_home([], CATALOGUE, TODAY)
    assert {"budget", "subventions"} <= {line.schema for line in home.possible}
    assert {"dae", "irve"} <= {line.schema for line in home.optional}


def test_a_published_data_leaves_the_list_of_the_possible() -> None:
    home = build_home([deposit()], CATALOGUE, TODAY)
    assert [line.schema for line in home.published] == ["budget"]
    assert len(home.possible) == COUNT - 1


def test_a_year_late_is_the_next_step_until_it_is_answered() -> None:
    # The budget of 2026 was expected by 15 May; that of 2022 came in November.
    home = build_home([deposit()], CATALOGUE, TODAY)
    assert (home.card.kind, home.card.line and home.card.line.name) == (
        "late",
        "Budget 2026",
    )
    answered = Known(answered={"budget": frozenset({2026})})
    home = build_home([deposit()], CATALOGUE, TODAY, answered)
    assert home.card.kind == "nothing"
    assert home.card.day == datetime.date(2027, 5, 15)


def test_what_the_law_asks_is_to_publish_even_outside_the_socle() -> None:
    asked = Known(duties={"hautes-remunerations": Duty(True, "plus de 40 000")})
    home = build_home([deposit(key="2026-budget-primitif")], CATALOGUE, TODAY, asked)
    assert "hautes-remunerations" in {line.schema for line in home.possible}
    assert (home.card.kind, home.card.line and home.card.line.schema) == (
        "obliged",
        "hautes-remunerations",
    )


def test_what_is_only_presumed_does_not_lengthen_the_list() -> None:
    asked = Known(duties={"taxis": Duty(False, ""), "prenoms": Duty(False, "")})
    home = build_home([], CATALOGUE, TODAY, asked)
    listed = {line.schema for line in home.possible}
    assert "taxis" not in listed
    assert "prenoms" in listed


def test_a_table_begun_online_is_a_draft_until_it_is_sent() -> None:
    grid = {
        "schema": "equipements",
        "key": "brouillon",
        "deposit_id": None,
        "updated_at": "2026-11-20T10:00:00+00:00",
    }
    home = build_home([], CATALOGUE, TODAY, Known(grids=[grid]))
    assert [one.draft.grid_key for one in home.drafts] == ["brouillon"]
    sent = Known(grids=[{**grid, "deposit_id": "1"}])
    assert build_home([], CATALOGUE, TODAY, sent).card.kind == "welcome"


def test_a_draft_is_named_by_its_content_or_by_its_file() -> None:
    drafts = [
        deposit(id="1", state="checked", published_at=None),
        deposit(id="2", state="draft", schema=None, key=None, published_at=None),
    ]
    home = build_home(drafts, CATALOGUE, TODAY)
    assert [one.name for one in home.drafts] == ["Budget primitif 2022", "b.csv"]
    assert home.card.draft == home.drafts[0].draft


def test_a_file_keeps_the_releases_that_it_replaced() -> None:
    schema = CATALOGUE.get("budget")
    deposits = [
        deposit(id="3"),
        deposit(id="2", state="replaced", filename="ancien.csv"),
        deposit(id="1", state="replaced", key="2021-budget-primitif-00010"),
        deposit(id="0", state="withdrawn"),
    ]
    (file,) = list_files(schema, deposits)
    assert file.deposit_id == "3"
    assert [old.filename for old in file.former] == ["ancien.csv"]


def test_two_establishments_are_told_apart_only_where_they_must_be() -> None:
    schema = CATALOGUE.get("budget")
    main, annexe = deposit(), deposit(id="2", key="2022-budget-primitif-00085")
    assert [one.name for one in list_files(schema, [main])] == ["Budget primitif 2022"]
    names = [one.name for one in list_files(schema, [main, annexe])]
    assert "00010" in names[0]
    assert "00085" in names[1]


def test_drafts_of_two_establishments_are_told_apart() -> None:
    keys = ("2021-compte-administratif-00010", "2021-compte-administratif-00085")
    drafts = [
        deposit(id=key, key=key, state="checked", published_at=None) for key in keys
    ]
    names = [one.name for one in build_home(drafts, CATALOGUE, TODAY).drafts]
    assert [name.partition("établissement ")[2] for name in names] == [
        "00010)",
        "00085)",
    ]


def test_what_is_published_elsewhere_is_not_asked_for_here() -> None:
    away = {
        "prenoms": Place("datagouv", None, "chosen"),
        "budget": Place("datagouv", None, "general"),
        "bal": Place("elsewhere", "https://adresse.example.fr/56046", "national"),
    }
    home = build_home([deposit()], CATALOGUE, TODAY, Known(elsewhere=away))
    listed = {line.schema for line in (*home.possible, *home.optional)}
    assert "prenoms" not in listed
    assert [(slug, name) for slug, name, _ in home.elsewhere] == [
        ("prenoms", CATALOGUE.get("prenoms").label),
        ("bal", ""),
    ]
    # A file online here still shows, wherever the next one goes.
    assert [line.schema for line in home.published] == ["budget"]


def test_the_home_warns_of_what_waits_before_the_next_step() -> None:
    grid = {
        "schema": "budget",
        "key": "2022",
        "deposit_id": None,
        "updated_at": "2026-11-02T10:00:00+00:00",
    }
    reports = [ReaderReport(str(at), "budget", "2022") for at in range(3)]
    known = Known(
        grids=[{**grid, "conflicts": 2}, {**grid, "key": "2021", "conflicts": 0}],
        bounced=True,
        reports=reports,
    )
    alerts = build_home([], CATALOGUE, TODAY, known).alerts
    assert [one.kind for one in alerts] == ["conflict", "bounced", "reports"]
    assert (alerts[0].name, alerts[0].key) == ("Budget 2022", "2022")
    # The first report is the next step.
    assert alerts[2].count == 2
    quiet = replace(known, grids=known.grids[1:], bounced=False, reports=reports[:1])
    assert build_home([], CATALOGUE, TODAY, quiet).alerts == ()
