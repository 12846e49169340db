"""A fragment is written with its dataset, or not at all."""

from __future__ import annotations

from typing import Any
from unittest import mock

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories, helpers
from click.testing import CliRunner

from ckanext.odlocale.datagouv import feed, hooks
from ckanext.odlocale.datagouv import model as tables
from ckanext.odlocale.datagouv.cli import datagouv
from ckanext.odlocale.datagouv.model import Fragment


def stored(package_id: str) -> Fragment | None:
    model.Session.expire_all()
    return model.Session.get(Fragment, package_id)


def stored_text(package_id: str) -> str:
    fragment = stored(package_id)
    assert fragment is not None
    return fragment.ntriples


def tell(package_id: str, **values: Any) -> None:
    model.Session.execute(
        sa.update(Fragment).where(Fragment.package_id == package_id).values(**values)
    )
    model.Session.commit()


def test_a_dataset_and_its_fragment_are_committed_together(
    commune: Any, act: Any
) -> None:
    dataset = commune.publish()
    fragment = stored(dataset["id"])
    assert fragment is not None
    assert fragment.org_id == commune.org_id
    assert dataset["id"] in fragment.ntriples


def test_a_creation_rolled_back_leaves_no_fragment(commune: Any) -> None:
    user = helpers.call_action("get_site_user")["name"]
    context = {"ignore_auth": True, "user": user, "defer_commit": True}
    values = {"name": "jamais-publie", "title": "Jamais", "owner_org": commune.org_id}
    dataset = tk.get_action("package_create")(context, values)
    assert model.Session.get(Fragment, dataset["id"]) is not None
    model.Session.rollback()
    assert stored(dataset["id"]) is None


def test_a_change_rolled_back_leaves_the_fragment_of_before(
    commune: Any, act: Any
) -> None:
    dataset = commune.publish(title="Avant")
    user = helpers.call_action("get_site_user")["name"]
    context = {"ignore_auth": True, "user": user, "defer_commit": True}
    patch = {"id": dataset["id"], "title": "Après"}
    tk.get_action("package_patch")(context, patch)
    model.Session.rollback()
    assert '"Avant"' in stored_text(dataset["id"])


def test_our_hooks_never_commit(commune: Any) -> None:
    dataset = commune.publish()
    with mock.patch.object(model.Session, "commit") as commit:
        hooks.after_dataset_update({}, {"id": dataset["id"]})
        hooks.after_dataset_delete({}, {"id": dataset["id"]})
        hooks.after_organization_update(model.Group.get(commune.org_id))
    commit.assert_not_called()
    model.Session.rollback()


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_deleted_dataset_has_no_fragment(by: str, commune: Any, act: Any) -> None:
    dataset = commune.publish()
    act("package_delete", id=dataset[by])
    assert stored(dataset["id"]) is None


def test_a_restored_dataset_has_its_fragment_again(commune: Any, act: Any) -> None:
    dataset = commune.publish()
    act("package_delete", id=dataset["id"])
    act("package_patch", id=dataset["id"], state="active")
    assert stored(dataset["id"]) is not None


def test_private_and_draft_datasets_have_no_fragment(commune: Any, act: Any) -> None:
    private = commune.publish(private=True)
    draft = commune.publish(state="draft")
    assert stored(private["id"]) is None
    assert stored(draft["id"]) is None
    act("package_patch", id=draft["id"], state="active")
    assert stored(draft["id"]) is not None


def test_changes_to_files_reach_the_fragment(commune: Any, act: Any) -> None:
    dataset = commune.publish()
    url = "https://www.example.org/annexe.csv"
    resource = act("resource_create", package_id=dataset["id"], url=url)
    assert url in stored_text(dataset["id"])
    act("resource_patch", id=resource["id"], url=f"{url}.gz")
    assert f"{url}.gz" in stored_text(dataset["id"])
    act("resource_delete", id=resource["id"])
    assert url not in stored_text(dataset["id"])


def test_a_renamed_organisation_has_its_fragments_written_anew(
    commune: Any, act: Any
) -> None:
    dataset = commune.publish()
    organization = model.Group.get(commune.org_id)
    organization.title = "Kerlibre-sur-Mer"
    hooks.after_organization_update(organization)
    model.Session.commit()
    assert '"Kerlibre-sur-Mer"' in stored_text(dataset["id"])


def test_a_group_or_a_dataset_that_changes_is_no_organisation(commune: Any) -> None:
    dataset = commune.publish()
    group = factories.Group()
    before = stored_text(dataset["id"])
    hooks.after_organization_update(model.Group.get(group["id"]))
    hooks.after_organization_update(model.Package.get(dataset["id"]))
    assert stored_text(dataset["id"]) == before


def test_a_reader_never_overwrites_what_was_written_meanwhile(commune: Any) -> None:
    dataset = commune.publish()
    tell(dataset["id"], stamp="old")
    (seen,) = tables.read_rows(tables.Scope(commune.org_id), None, 10)
    tell(dataset["id"], stamp="newer", ntriples="<urn:a> <urn:a> <urn:a> .\n")
    hooks.refresh(dataset["id"], seen=seen)
    model.Session.commit()
    assert "urn:a" in stored_text(dataset["id"])
    (seen,) = tables.read_rows(tables.Scope(commune.org_id), None, 10)
    hooks.refresh(dataset["id"], seen=seen)
    model.Session.commit()
    assert "urn:a" not in stored_text(dataset["id"])


def test_rebuilding_goes_on_where_it_stopped(
    commune: Any, act: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ckanext.odlocale.datagouv.actions.PAGE_SIZE", 2)
    ids = [commune.publish()["id"] for _ in range(3)]
    for package_id in ids:
        tell(package_id, ntriples="")
    first = act("odlocale_fragment_rebuild", id=commune.org_id)
    assert (first["rebuilt"], first["total"]) == (2, 3)
    assert first["next"] is not None
    last = act("odlocale_fragment_rebuild", id=commune.org_id, after=first["next"])
    assert (last["rebuilt"], last["next"]) == (1, None)
    assert all(stored_text(package_id) for package_id in ids)


def test_rebuilding_removes_what_is_not_public_any_more(commune: Any, act: Any) -> None:
    dataset = commune.publish()
    model.Session.execute(
        sa.update(model.Package)
        .where(model.Package.id == dataset["id"])
        .values(private=True)
    )
    model.Session.commit()
    assert stored(dataset["id"]) is not None
    outcome = act("odlocale_fragment_rebuild", id=commune.org_id)
    assert outcome["removed"] >= 1
    assert stored(dataset["id"]) is None


@pytest.mark.parametrize("role", ["anonymous", "stranger", "editor", "admin"])
def test_only_system_administrators_rebuild(role: str, commune: Any) -> None:
    name = ""
    if role != "anonymous":
        name = factories.User()["name"]
    if role in ("editor", "admin"):
        helpers.call_action(
            "organization_member_create",
            {"user": helpers.call_action("get_site_user")["name"]},
            id=commune.org_id,
            username=name,
            role=role,
        )
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("odlocale_fragment_rebuild")(
            {"user": name, "ignore_auth": False}, {"id": commune.org_id}
        )


def test_rebuilding_an_unknown_organisation_says_so(act: Any) -> None:
    with pytest.raises(tk.ObjectNotFound):
        act("odlocale_fragment_rebuild", id="nulle-part")


def test_rebuilding_after_nonsense_says_so(act: Any) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        act("odlocale_fragment_rebuild", after="nonsense")
    assert "after" in refused.value.error_dict


def test_the_command_rebuilds_page_after_page(
    commune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ckanext.odlocale.datagouv.actions.PAGE_SIZE", 2)
    for _ in range(3):
        commune.publish()
    name = commune.organization["name"]
    result = CliRunner().invoke(datagouv, ["rebuild", "--organization", name])
    assert result.exit_code == 0, result.output
    assert "3 fragments written" in result.output


def test_the_command_that_cannot_start_exits_2() -> None:
    result = CliRunner().invoke(datagouv, ["rebuild", "--organization", "nulle-part"])
    assert result.exit_code == 2


def test_a_page_costs_the_same_number_of_queries_whatever_its_length(
    commune: Any, app: Any
) -> None:
    def count() -> int:
        statements: list[str] = []

        def listen(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            statements.append(statement)

        engine = model.Session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", listen)
        try:
            app.get(commune.feed)
        finally:
            sa.event.remove(engine, "before_cursor_execute", listen)
        return len(statements)

    commune.publish()
    count()
    commune.publish()
    two = count()
    for _ in range(4):
        commune.publish()
    assert count() == two
    # The process still has the page: it only asks whether it is the one.
    assert count() < two - 3
    assert feed.PAGE_SIZE == 100
