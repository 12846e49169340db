"""A table filled in online: kept on the server, shared, checked, made a deposit."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.publishing import grid_actions
from ckanext.odlocale.publishing.grid_core import MAX_ROWS
from ckanext.odlocale.publishing.grid_model import Grid, GridRow
from ckanext.odlocale.publishing.hooks import after_merger
from tests.integration.publishing.conftest import Town, call_as

SCHEMA = "subventions"


def call(town: Town, name: str, user: str | None = None, **data: Any) -> Any:
    place = {"org_id": town.org_id, "schema": SCHEMA}
    who = town.agent if user is None else user
    return call_as(who, f"odlocale_grid_{name}", **{**place, **data})


def begin(town: Town, *rows: dict[str, str], **data: Any) -> list[str]:
    """Add rows; return their identifiers."""
    added = call(town, "rows", add=[{"cells": row} for row in rows], **data)
    return list(added["added"])


def colleague(town: Town) -> str:
    """Another agent of the same commune."""
    from ckan.tests import factories

    user = factories.User(fullname="Maël Le Goff")
    member = {"id": town.org_id, "username": user["name"], "role": "editor"}
    tk.get_action("organization_member_create")({"ignore_auth": True}, member)
    return str(user["name"])


@pytest.mark.parametrize("action", grid_actions.__all__)
@pytest.mark.parametrize("who", ["anonymous", "stranger", "neighbour"])
def test_nobody_else_touches_a_draft(
    action: str, who: str, mende: Town, town: Callable[[], Town]
) -> None:
    from ckan.tests import factories

    begin(mende, {"objet": "secret"})
    user = {
        "anonymous": lambda: "",
        "stranger": lambda: str(factories.User()["name"]),
        "neighbour": lambda: town().agent,
    }[who]()
    with pytest.raises(tk.NotAuthorized):
        call(mende, action.removeprefix("odlocale_grid_"), user, text="a", rows=[])


def test_a_draft_not_begun_knows_whose_it_is(mende: Town) -> None:
    shown = call(mende, "show")
    assert (shown["version"], shown["rows"]) == (0, [])
    assert shown["constants"] == {
        "nomAttribuant": mende.name,
        "idAttribuant": mende.siret,
    }
    assert Grid.find(mende.org_id, SCHEMA, "brouillon") is None


def test_what_is_typed_is_found_again(mende: Town) -> None:
    first, second = begin(mende, {"objet": "fête"}, {})
    changes = [
        {"row": second, "field": "montant", "value": "12"},
        {"row": first, "field": "objet", "value": ""},
    ]
    saved = call(mende, "save", version=1, changes=changes)
    assert saved["version"] == 2
    shown = call(mende, "show")
    assert [row["cells"] for row in shown["rows"]] == [{}, {"montant": "12"}]


def test_rows_are_put_before_another_taken_out_and_brought_back(mende: Town) -> None:
    last, end = begin(mende, {"objet": "c"}, {"objet": "d"})
    first, _second = begin(mende, {"objet": "a"}, {"objet": "b"}, before=last)
    call(mende, "rows", remove=[end, first])

    def words() -> list[str]:
        return [row["cells"]["objet"] for row in call(mende, "show")["rows"]]

    assert words() == ["b", "c"]
    call(mende, "rows", restore=[first])
    assert words() == ["a", "b", "c"]


def test_the_same_request_twice_adds_its_rows_once(mende: Town) -> None:
    add = [{"id": "window-1-1", "cells": {"objet": "a"}}]
    call(mende, "rows", add=add)
    change = {"row": "window-1-1", "field": "objet", "value": "b"}
    call(mende, "save", version=1, changes=[change])
    assert call(mende, "rows", add=add)["added"] == []
    assert [r["cells"] for r in call(mende, "show")["rows"]] == [{"objet": "b"}]


def test_two_agents_in_one_cell_lose_nothing(mende: Town) -> None:
    (row,) = begin(mende, {"objet": "fête"})
    other = colleague(mende)
    seen = call(mende, "show")["version"]
    theirs = [{"row": row, "field": "objet", "value": "fête du port"}]
    call(mende, "save", other, version=seen, changes=theirs)
    mine = [
        {"row": row, "field": "objet", "value": "fête de la mer"},
        {"row": row, "field": "montant", "value": "12"},
    ]
    saved = call(mende, "save", version=seen, changes=mine)
    (conflict,) = saved["conflicts"]
    assert conflict["mine"] == "fête de la mer"
    assert conflict["theirs"] == "fête du port"
    assert conflict["name"] == "Maël Le Goff"
    cells = {"objet": "fête du port", "montant": "12"}
    assert saved["rows"][0]["cells"] == cells
    assert call(mende, "show", other)["conflicts"] == []

    choice = {"row": row, "field": "objet"}
    kept = call(mende, "settle", choices=[{**choice, "keep": "theirs"}])
    assert kept["conflicts"] == []
    assert kept["rows"][0]["cells"] == cells
    call(mende, "save", version=seen, changes=mine)
    settled = call(mende, "settle", choices=[{**choice, "keep": "mine"}])
    assert settled["rows"][0]["cells"]["objet"] == "fête de la mer"
    assert settled["conflicts"] == []


def test_a_row_that_another_took_out_comes_back_if_one_keeps_ones_own(
    mende: Town,
) -> None:
    row, _ = begin(mende, {"objet": "a"}, {"objet": "b"})
    call(mende, "rows", colleague(mende), remove=[row])
    change = {"row": row, "field": "objet", "value": "c"}
    (conflict,) = call(mende, "save", version=1, changes=[change])["conflicts"]
    assert conflict["removed"]
    choice = {"row": row, "field": "objet", "keep": "mine"}
    settled = call(mende, "settle", choices=[choice])
    assert settled["rows"][0]["cells"] == {"objet": "c"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"changes": [{"row": "x", "field": "non", "value": "1"}]}, "“non”"),
        ({"changes": [{"row": "x", "field": "objet", "value": "a\0"}]}, "sign"),
        ({"changes": [{"row": "nope", "field": "objet", "value": "1"}]}, "row"),
        ({"changes": [{"row": "x", "field": "objet", "value": "é" * 10_001}]}, "10001"),
        ({"constants": {"non": "1"}}, "“non”"),
        ({"schema": "licornes"}, "not known"),
        ({"key": "../x"}, "address"),
    ],
    ids=["column", "sign", "row", "long", "constant", "schema", "key"],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is(
    data: dict[str, Any], said: str, mende: Town
) -> None:
    call(mende, "rows", add=[{"id": "x", "cells": {"objet": "là"}}])
    good = {"row": "x", "field": "objet", "value": "effacé"}
    data = {**data, "changes": [good, *data.get("changes", [])]}
    with pytest.raises(tk.ValidationError) as refused:
        call(mende, "save", version=1, **data)
    assert said in str(refused.value.error_dict)
    assert call(mende, "show")["rows"][0]["cells"] == {"objet": "là"}
    assert call(mende, "show")["version"] == 1


def test_a_table_has_an_end(mende: Town) -> None:
    call(mende, "rows", add=[{"cells": {"objet": "a"}}] * MAX_ROWS)
    with pytest.raises(tk.ValidationError):
        begin(mende, {})
    assert len(call(mende, "show")["rows"]) == MAX_ROWS
    long = {"objet": "é" * 10_000}
    with pytest.raises(tk.ValidationError) as refused:
        begin(mende, *[long] * 401, key="autre")
    assert refused.value.error_dict["refusal"] == ["characters"]


def test_both_begin_at_once_and_share_one_draft(mende: Town, app: Any) -> None:
    ids = ["hand-a", "hand-b"]
    failed: list[BaseException] = []
    # The application's context is made here: its creation is not thread-safe.
    contexts = {one: app.flask_app.test_request_context() for one in ids}

    def work(one: str) -> None:
        try:
            with contexts[one]:
                call(mende, "rows", add=[{"id": one, "cells": {"objet": one}}])
        except BaseException as error:
            failed.append(error)
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=work, args=(one,)) for one in ids]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failed
    shown = call(mende, "show")
    assert sorted(row["id"] for row in shown["rows"]) == ids
    assert shown["version"] == 2


def test_a_row_is_checked_alone(mende: Town) -> None:
    wrong, _ = begin(mende, {"montant": "abc"}, {"montant": "x"})
    found = call(mende, "check", rows=[wrong])
    assert found["checked"] == [wrong]
    faults = {(one["row"], one["field"]): one for one in found["findings"]}
    assert {row for row, _ in faults} == {wrong}
    assert faults[wrong, "montant"]["code"] == "number.wrong"
    assert not any(field == "idAttribuant" for _, field in faults)


def test_the_number_of_another_commune_is_found(
    mende: Town, town: Callable[[], Town]
) -> None:
    other = town()
    call(mende, "save", constants={"idAttribuant": ""})
    begin(mende, {"idAttribuant": other.siret, "montant": "12"})
    codes = {one["code"] for one in call(mende, "check")["findings"]}
    assert "siret.foreign" in codes


def test_the_clipboard_is_read_and_nothing_is_kept(mende: Town) -> None:
    read = call(mende, "paste", text="Montant\tObjet\n12,5\tfête\n")
    assert read["rows"] == [{"montant": "12.5", "objet": "fête"}]
    assert call(mende, "show")["rows"] == []
    with pytest.raises(tk.ValidationError) as refused:
        call(mende, "paste", text="2,15E+13", columns=["objet"])
    assert refused.value.error_dict["refusal"] == ["cut"]


WHOLE = {
    "dateConvention": "2024-04-03",
    "referenceDecision": "2024-12",
    "nomBeneficiaire": "Association des amis du port",
    "idBeneficiaire": "21560046100010",
    "objet": "Fête du port",
    "montant": "1200",
    "nature": "aide en numéraire",
    "conditionsVersement": "unique",
    "datesPeriodeVersement": "2024-04-03",
    "notificationUE": "non",
    "pourcentageSubvention": "1",
}


def test_a_draft_becomes_a_deposit_with_the_same_cells(mende: Town) -> None:
    begin(mende, WHOLE, {}, {**WHOLE, "montant": "80"})
    sent = call(mende, "deposit")
    assert (sent["schema"], sent["rows"], sent["key"]) == (SCHEMA, 2, "2024")
    assert sent["org_id"] == mende.org_id
    again = call(mende, "deposit")
    assert again["id"] != sent["id"]
    with pytest.raises(tk.ObjectNotFound):
        call_as(mende.agent, "odlocale_deposit_show", id=sent["id"])
    assert call(mende, "show")["deposit_id"] == again["id"]


def test_what_is_typed_is_published_at_its_permanent_address(
    mende: Town, app: Any
) -> None:
    begin(mende, {**WHOLE, "dateConvention": "03/04/2024", "montant": "1 200,50 €"})
    sent = call(mende, "deposit")
    call_as(mende.agent, "odlocale_deposit_correct", id=sent["id"])
    call_as(mende.agent, "odlocale_deposit_publish", id=sent["id"])
    answer = app.get(f"/donnees/{mende.code}/subventions/2024.csv")
    (row,) = csv.DictReader(io.StringIO(answer.body))
    assert (row["dateConvention"], row["montant"]) == ("2024-04-03", "1200.50")
    assert (row["objet"], row["idAttribuant"]) == (WHOLE["objet"], mende.siret)
    # The draft stays, to be completed and published again.
    begin(mende, {**WHOLE, "objet": "Régate"})
    again = call(mende, "deposit")
    assert again["online"] == sent["id"]
    assert again["step"] in ("verifier", "remplacer")


def test_an_empty_draft_makes_no_deposit(mende: Town) -> None:
    begin(mende, {})
    with pytest.raises(tk.ValidationError):
        call(mende, "deposit")
    assert call_as(mende.agent, "odlocale_deposit_list", org_id=mende.org_id) == []


def test_what_was_taken_out_is_erased_once_the_table_is_checked(mende: Town) -> None:
    row, _ = begin(mende, {"objet": "Madame Unetelle"}, WHOLE)
    call(mende, "rows", remove=[row])
    call(mende, "deposit")
    grid = Grid.find(mende.org_id, SCHEMA, "brouillon")
    assert grid is not None
    assert [one.cells["objet"] for one in GridRow.of(grid.id)] == [WHOLE["objet"]]


def test_a_draft_is_erased_whole(mende: Town) -> None:
    begin(mende, WHOLE)
    grid = Grid.find(mende.org_id, SCHEMA, "brouillon")
    assert grid is not None
    assert call(mende, "delete")["id"] == grid.id
    assert not GridRow.of(grid.id)
    assert call(mende, "delete")["id"] is None
    assert call(mende, "list") == []


def test_a_merger_moves_the_drafts_and_loses_none(
    mende: Town, town: Callable[[], Town]
) -> None:
    heir = town()
    begin(mende, {"objet": "de Mende"})
    begin(heir, {"objet": "de l'héritière"})
    after_merger(mende.org_id, heir.org_id, mende.siren, heir.siren)
    model.Session.commit()
    listed = call(heir, "list")
    assert len(listed) == 2
    words = {
        call(heir, "show", key=one["key"])["rows"][0]["cells"]["objet"]
        for one in listed
    }
    assert words == {"de Mende", "de l'héritière"}
