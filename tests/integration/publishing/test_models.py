"""Models brought in by an ATD, their new versions, and the files that follow."""

from __future__ import annotations

import copy
import io
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from markupsafe import escape

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.publishing import republishing, schema_actions
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.tables import PerimeterMember
from tests.integration.publishing.conftest import Desk, Town, call_as

Make = Callable[..., Any]

ROWS = b"ID,ESPECE,ETAT\n1,Tilleul,bon\n2,Orme,moyen\n"


@pytest.fixture
def trees() -> dict[str, Any]:
    """A model that no other test knows: as published, its name is its own."""
    name = f"arbres-{uuid.uuid4().hex[:8]}"
    mark = name[-8:].upper()
    return {
        "name": name,
        "title": f"Arbres {mark}",
        "version": "1.0.0",
        "fields": [
            {"name": "ID", "constraints": {"required": True}},
            {"name": f"ESPECE_{mark}", "constraints": {"required": True}},
            {"name": f"ETAT_{mark}", "constraints": {"enum": ["bon", "moyen"]}},
        ],
    }


def later(trees: dict[str, Any], *rules: dict[str, str]) -> dict[str, Any]:
    """Its next version: a column is renamed, a value is written otherwise."""
    found = copy.deepcopy(trees)
    found["version"] = "2.0.0"
    species, state = found["fields"][1], found["fields"][2]
    species["name"] = species["name"].replace("ESPECE", "TAXON")
    state["constraints"]["enum"] = ["bon", "correct"]
    found["odlocale"] = {"migrations": [{"from": "1.0.0", "rules": list(rules)}]}
    return found


def follow(trees: dict[str, Any]) -> dict[str, Any]:
    species, state = trees["fields"][1]["name"], trees["fields"][2]["name"]
    return later(
        trees,
        {"rename": species, "to": species.replace("ESPECE", "TAXON")},
        {"value": "moyen", "in": state, "to": "correct"},
    )


def rows(trees: dict[str, Any], state: str = "moyen") -> bytes:
    names = ",".join(field["name"] for field in trees["fields"])
    return f"{names}\n1,Tilleul,bon\n2,Orme,{state}\n".encode()


def add(user: str, description: dict[str, Any], **options: Any) -> dict[str, Any]:
    text = json.dumps(description)
    return dict(call_as(user, "odlocale_schema_add", description=text, **options))


def publish(town: Town, content: bytes) -> dict[str, Any]:
    sent = call_as(
        town.agent, "odlocale_deposit_create", org_id=town.org_id,
        upload=io.BytesIO(content), filename="arbres.csv",
    )  # fmt: skip
    assert sent["schema"], sent["analysis"]
    return dict(call_as(town.agent, "odlocale_deposit_publish", id=sent["id"]))


def online(town: Town, slug: str) -> Deposit:
    model.Session.expire_all()
    query = sa.select(Deposit).where(
        Deposit.siren == town.siren,
        Deposit.schema == slug,
        Deposit.state == "published",
    )
    return model.Session.scalars(query).one()


# --- A new model ----------------------------------------------------------------------


def test_a_model_added_is_recognised_checked_and_shown_at_once(
    mende: Town, atd: Make, trees: dict[str, Any], app: Any
) -> None:
    helper = atd(mende)
    seen = add(helper.animator, trees, dry_run=True)
    slugs = [one["slug"] for one in call_as("", "odlocale_schema_list")]
    assert seen["slug"] not in slugs
    added = add(helper.animator, trees)
    shown = call_as("", "odlocale_schema_show", id=added["slug"])
    assert (shown["added_by"], shown["versions"]) == (helper.siren, ["1.0.0"])
    published = publish(mende, rows(trees))
    assert published["schema"] == added["slug"]
    for page in ("", "template.xlsx", "example.csv", "schema.json"):
        app.get(f"/schemas/{added['id']}/1.0.0/{page}", status=200)
    address = published["address"].partition("//")[2].partition("/")[2]
    assert b"Tilleul" in app.get(f"/{address}", status=200).data


def test_every_fault_of_a_model_is_told_and_nothing_is_kept(
    mende: Town, atd: Make, trees: dict[str, Any]
) -> None:
    helper = atd(mende)
    trees["fields"][0]["type"] = "nombre"
    trees["fields"][2]["constraints"]["pattern"] = "(["
    with pytest.raises(tk.ValidationError) as refused:
        add(helper.animator, trees)
    assert len(refused.value.error_dict["description"]) == 2


@pytest.mark.parametrize("action", schema_actions.__all__)
def test_strangers_agents_and_anonymous_callers_are_refused(
    action: str, mende: Town, atd: Make, trees: dict[str, Any]
) -> None:
    helper = atd(mende)
    slug = add(helper.animator, trees)["slug"]
    asked = {"description": json.dumps(trees), "schema": slug}
    for user in ("", mende.agent, factories.User()["name"]):
        with pytest.raises(tk.NotAuthorized):
            call_as(user, action, **asked)


def test_another_atd_never_changes_a_model(
    mende: Town, atd: Make, trees: dict[str, Any]
) -> None:
    helper, other = atd(mende), atd()
    slug = add(helper.animator, trees)["slug"]
    for dry_run in (True, False):
        with pytest.raises(tk.NotAuthorized):
            add(other.animator, follow(trees), dry_run=dry_run)
    assert call_as("", "odlocale_schema_show", id=slug)["version"] == "1.0.0"
    add(factories.Sysadmin()["name"], follow(trees))
    assert call_as("", "odlocale_schema_show", id=slug)["version"] == "2.0.0"


def test_a_model_that_ships_is_changed_by_the_whole_portal_only(
    mende: Town, atd: Make
) -> None:
    shown = call_as("", "odlocale_schema_show", id="budget")
    description = {
        "version": "99.0.0",
        "fields": [{"name": field["name"]} for field in shown["fields"]],
        "odlocale": {"id": shown["id"]},
    }
    with pytest.raises(tk.NotAuthorized):
        add(atd(mende).animator, description, dry_run=True)


# --- A new version --------------------------------------------------------------------


def test_files_follow_and_keep_their_address(
    mende: Town, atd: Make, trees: dict[str, Any], app: Any
) -> None:
    helper = atd(mende)
    slug = add(helper.animator, trees)["slug"]
    published = publish(mende, rows(trees))
    told = add(helper.animator, follow(trees))
    assert told["behind"] == 1
    assert any(one["breaking"] for one in told["changes"])
    plan = call_as(helper.animator, "odlocale_schema_plan", schema=slug)
    assert [one["verdict"] for one in plan["files"]] == ["follows"]
    done = call_as(helper.animator, "odlocale_schema_migrate", schema=slug)
    assert (done["follows"], done["after"]) == (1, None)
    moved = online(mende, slug)
    assert (moved.key, moved.schema_version) == (published["key"], "2.0.0")
    path = published["address"].partition("//")[2].partition("/")[2]
    body = app.get(f"/{path}", status=200).data
    assert b"TAXON" in body
    assert b"2,Orme,correct" in body
    model.Session.expire_all()
    assert Deposit.load(published["id"]).state == "replaced"
    again = call_as(helper.animator, "odlocale_schema_migrate", schema=slug)
    assert again["follows"] == again["gone"] == 0
    lines = model.Session.scalars(
        sa.select(JournalLine).where(JournalLine.object_id == published["id"])
    )
    assert "migrated" in {line.verb for line in lines}


def test_files_that_would_break_stay_and_are_told(
    mende: Town, town: Make, atd: Make, trees: dict[str, Any]
) -> None:
    second = town()
    helper = atd(mende, second)
    slug = add(helper.animator, trees)["slug"]
    publish(mende, rows(trees))
    publish(second, rows(trees, "bon"))
    species = trees["fields"][1]["name"]
    rename = {"rename": species, "to": species.replace("ESPECE", "TAXON")}
    add(helper.animator, later(trees, rename))
    plan = call_as(helper.animator, "odlocale_schema_plan", schema=slug)
    by_code = {one["code"]: one for one in plan["files"]}
    assert by_code[mende.code]["verdict"] == "breaks"
    assert "moyen" in by_code[mende.code]["faults"][0]
    done = call_as(helper.animator, "odlocale_schema_migrate", schema=slug)
    assert (done["follows"], done["breaks"]) == (1, 1)
    assert online(mende, slug).schema_version == "1.0.0"
    assert online(second, slug).schema_version == "2.0.0"


def test_another_territory_is_neither_told_nor_moved(
    mende: Town, town: Make, atd: Make, trees: dict[str, Any]
) -> None:
    elsewhere = town()
    helper = atd(mende)
    atd(elsewhere)
    slug = add(helper.animator, trees)["slug"]
    publish(elsewhere, rows(trees))
    add(helper.animator, follow(trees))
    assert call_as(helper.animator, "odlocale_schema_plan", schema=slug)["count"] == 0
    call_as(helper.animator, "odlocale_schema_migrate", schema=slug)
    assert online(elsewhere, slug).schema_version == "1.0.0"


def test_a_perimeter_without_rights_moves_nothing(
    mende: Town, atd: Make, trees: dict[str, Any]
) -> None:
    helper = atd()
    model.Session.add(PerimeterMember(atd_siren=helper.siren, siren=mende.siren))
    model.Session.commit()
    slug = add(helper.animator, trees)["slug"]
    publish(mende, rows(trees))
    add(helper.animator, follow(trees))
    with pytest.raises(tk.NotAuthorized):
        call_as(helper.animator, "odlocale_schema_migrate", schema=slug)
    assert online(mende, slug).schema_version == "1.0.0"


def test_a_run_that_dies_half_way_goes_on(
    mende: Town, town: Make, atd: Make, trees: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    second = town()
    helper = atd(mende, second)
    slug = add(helper.animator, trees)["slug"]
    for one in (mende, second):
        publish(one, rows(trees))
    add(helper.animator, follow(trees))
    put, calls = republishing.put_online, []

    def die_after_one(*arguments: Any) -> None:
        calls.append(arguments)
        put(*arguments)
        if len(calls) == 2:
            raise SystemExit("killed")

    monkeypatch.setattr(republishing, "put_online", die_after_one)
    with pytest.raises(SystemExit):
        call_as(helper.animator, "odlocale_schema_migrate", schema=slug)
    versions = sorted(str(online(one, slug).schema_version) for one in (mende, second))
    assert versions == ["1.0.0", "2.0.0"]
    monkeypatch.undo()
    done = call_as(helper.animator, "odlocale_schema_migrate", schema=slug)
    assert done["follows"] == 1
    for one in (mende, second):
        assert online(one, slug).schema_version == "2.0.0"


def test_two_animators_at_once_move_each_file_once(
    mende: Town, atd: Make, trees: dict[str, Any], app: Any
) -> None:
    helper = atd(mende)
    slug = add(helper.animator, trees)["slug"]
    publish(mende, rows(trees))
    add(helper.animator, follow(trees))
    done: list[dict[str, Any]] = []

    def move() -> None:
        with app.flask_app.test_request_context():
            asked = {"schema": slug}
            done.append(call_as(helper.animator, "odlocale_schema_migrate", **asked))
            model.Session.remove()

    threads = [threading.Thread(target=move) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(one["follows"] for one in done) == 1
    assert online(mende, slug).schema_version == "2.0.0"


# --- The page and the command ---------------------------------------------------------


def test_the_page_asks_then_adds_and_loses_nothing(
    mende: Town, atd: Make, trees: dict[str, Any], desk_of: Callable[..., Desk]
) -> None:
    helper = atd(mende)
    desk = desk_of(helper.animator).get("/animer/modeles")
    assert "Budget" in desk.page
    wrong = json.dumps({**trees, "fields": "aucun"}).encode()
    desk.post("/animer/modeles/verifier", {"file": (io.BytesIO(wrong), "a.json")})
    assert "aucun" in desk.page
    file = (io.BytesIO(json.dumps(trees).encode()), "arbres.json")
    desk.post("/animer/modeles/verifier", {"file": file, "label": "Nos arbres"})
    assert "Nos arbres" in desk.page
    desk.post(
        "/animer/modeles/ajouter",
        {"description": json.dumps(trees), "label": "Nos arbres"},
    )
    assert desk.address == f"/animer/modeles/{trees['name']}"
    publish(mende, rows(trees))
    add(helper.animator, follow(trees))
    desk.get(f"/animer/modeles/{trees['name']}")
    assert escape(mende.name) in desk.page
    desk.post(f"/animer/modeles/{trees['name']}/suivre", {})
    assert online(mende, trees["name"]).schema_version == "2.0.0"


def test_nobody_else_reads_the_page(mende: Town, desk_of: Callable[..., Desk]) -> None:
    assert desk_of(mende.agent).get("/animer/modeles").response.status_code == 403
    asked = desk_of(None)
    asked.get("/animer/modeles", follow_redirects=True)
    assert asked.address == "/user/login"


def test_the_command_plans_then_moves(
    mende: Town, atd: Make, trees: dict[str, Any], cli: Any
) -> None:
    helper = atd(mende)
    slug = add(helper.animator, trees)["slug"]
    publish(mende, rows(trees))
    add(helper.animator, follow(trees))
    told = cli.invoke(
        ckan, ["odlocale", "publishing", "plan", slug, "--format", "json"]
    )
    assert json.loads(told.stdout)["files"][0]["verdict"] == "follows"
    done = cli.invoke(ckan, ["odlocale", "publishing", "migrate", slug])
    assert done.exit_code == 0, done.output
    assert online(mende, slug).schema_version == "2.0.0"
    assert cli.invoke(ckan, ["odlocale", "publishing", "plan", "aucun"]).exit_code == 2
