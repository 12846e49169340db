"""What a merger does to the feeds: data.gouv.fr refuses a dataset of another owner."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, Namespace

from ckanext.odlocale.datagouv import feed
from ckanext.odlocale.territory.tables import Transfer
from tests.integration import mergers
from tests.integration.datagouv.conftest import Commune
from tests.integration.datagouv.test_feed import datasets

SITE = "http://test.ckan.net"
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")


def accept(act: Any, commune: Commune) -> int:
    return int(act("odlocale_transfer_accept", former=commune.code)["accepted"])


def portal_feed(app: Any) -> list[str]:
    """All the datasets of the portal's feed, as often as they are there."""
    found: list[str] = []
    address: str | None = "/catalogue/portail.ttl"
    while address:
        graph = Graph().parse(data=app.get(address).body, format="turtle")
        found += datasets(graph)
        view = graph.value(None, RDF.type, HYDRA.PartialCollectionView)
        following = graph.value(view, HYDRA.next)
        address = str(following).removeprefix(SITE) if following else None
    return found


@pytest.fixture
def third_commune() -> Commune:
    return Commune(name="Kerdernier")


def test_a_dataset_stays_in_the_formers_feed_until_its_transfer(
    commune: Any, other_commune: Any, read: Any, act: Any, app: Any
) -> None:
    moved, own = commune.publish(), other_commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    assert datasets(read(commune.feed)) == {moved["id"]}
    assert datasets(read(other_commune.feed)) == {own["id"]}
    listed = portal_feed(app)
    assert listed.count(moved["id"]) == listed.count(own["id"]) == 1
    assert accept(act, commune) == 1
    assert datasets(read(commune.feed)) == set()
    assert datasets(read(other_commune.feed)) == {own["id"], moved["id"]}
    assert portal_feed(app).count(moved["id"]) == 1


def test_a_heir_without_data_of_its_own_has_an_empty_feed_then_theirs(
    commune: Any, other_commune: Any, read: Any, act: Any
) -> None:
    moved = commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    assert datasets(read(other_commune.feed)) == set()
    accept(act, commune)
    assert datasets(read(other_commune.feed)) == {moved["id"]}


def test_the_formers_feed_names_it_and_its_data_name_the_heir(
    commune: Any, other_commune: Any, read: Any
) -> None:
    moved = commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    graph = read(commune.feed)
    catalogue = URIRef(f"{SITE}/catalogue/{commune.code}")
    assert "Kerlibre" in str(graph.value(catalogue, DCTERMS.title))
    dataset = URIRef(f"{SITE}/dataset/{moved['id']}")
    for subject in (catalogue, dataset):
        publisher = graph.value(subject, DCTERMS.publisher)
        assert graph.value(publisher, FOAF.name) == Literal("Ploumagique")
        said = graph.value(publisher, DCTERMS.identifier)
        assert said == Literal(other_commune.siren)


def test_files_keep_their_address_in_both_feeds(
    commune: Any, other_commune: Any, app: Any, act: Any
) -> None:
    commune.publish()
    address = f"/donnees/{commune.code}/budget/2022-budget-primitif-00010.csv"
    mergers.merge(commune.org_id, other_commune.org_id)
    assert address in app.get(commune.feed).body
    accept(act, commune)
    assert address in app.get(other_commune.feed).body


@pytest.mark.parametrize("extension", ["ttl", "rdf", "jsonld"])
def test_a_former_whose_data_all_moved_has_a_valid_empty_catalogue(
    extension: str, commune: Any, other_commune: Any, app: Any, act: Any
) -> None:
    commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    accept(act, commune)
    answer = app.get(
        f"/catalogue/{commune.code}.{extension}", follow_redirects=False, status=200
    )
    parser = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}[extension]
    graph = Graph().parse(data=answer.get_data(), format=parser)
    assert datasets(graph) == set()
    assert any(str(total) == "0" for total in graph.objects(None, HYDRA.totalItems))


def test_a_dataset_withdrawn_while_it_waits_is_in_no_feed(
    commune: Any, other_commune: Any, read: Any, act: Any
) -> None:
    deleted, hidden, kept = (commune.publish() for _ in range(3))
    mergers.merge(commune.org_id, other_commune.org_id)
    act("package_delete", id=deleted["id"])
    act("package_patch", id=hidden["id"], private=True)
    assert datasets(read(commune.feed)) == {kept["id"]}
    assert datasets(read(other_commune.feed)) == set()
    act("package_patch", id=hidden["id"], private=False)
    assert datasets(read(commune.feed)) == {kept["id"], hidden["id"]}


def test_a_dataset_deleted_before_the_merger_comes_back_where_it_was_known(
    commune: Any, other_commune: Any, read: Any, act: Any
) -> None:
    deleted = commune.publish()
    act("package_delete", id=deleted["id"])
    mergers.merge(commune.org_id, other_commune.org_id)
    assert datasets(read(commune.feed)) == set()
    act("package_patch", id=deleted["id"], state="active")
    assert datasets(read(commune.feed)) == {deleted["id"]}
    assert datasets(read(other_commune.feed)) == set()


def test_a_dataset_created_after_the_merger_is_the_heirs_at_once(
    commune: Any, other_commune: Any, read: Any
) -> None:
    mergers.merge(commune.org_id, other_commune.org_id)
    new = other_commune.publish()
    assert datasets(read(other_commune.feed)) == {new["id"]}


def test_a_private_dataset_waits_for_nothing(
    commune: Any, other_commune: Any, read: Any, act: Any
) -> None:
    private = commune.publish(private=True)
    mergers.merge(commune.org_id, other_commune.org_id)
    assert model.Session.get(Transfer, private["id"]) is None
    act("package_patch", id=private["id"], private=False)
    assert datasets(read(other_commune.feed)) == {private["id"]}


def test_a_second_merger_leaves_what_waits_where_it_waits(
    commune: Any, other_commune: Any, third_commune: Any, read: Any, act: Any, app: Any
) -> None:
    first, second = commune.publish(), other_commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    mergers.merge(other_commune.org_id, third_commune.org_id)
    assert datasets(read(commune.feed)) == {first["id"]}
    assert datasets(read(other_commune.feed)) == {second["id"]}
    assert datasets(read(third_commune.feed)) == set()
    assert accept(act, commune) == 1
    assert datasets(read(commune.feed)) == set()
    assert datasets(read(third_commune.feed)) == {first["id"]}
    listed = portal_feed(app)
    assert listed.count(first["id"]) == listed.count(second["id"]) == 1


def test_a_second_merger_after_the_first_transfer_waits_in_the_second_feed(
    commune: Any, other_commune: Any, third_commune: Any, read: Any, act: Any
) -> None:
    first = commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    accept(act, commune)
    mergers.merge(other_commune.org_id, third_commune.org_id)
    assert datasets(read(commune.feed)) == set()
    assert datasets(read(other_commune.feed)) == {first["id"]}
    assert datasets(read(third_commune.feed)) == set()
    assert accept(act, other_commune) == 1
    assert datasets(read(other_commune.feed)) == set()
    assert datasets(read(third_commune.feed)) == {first["id"]}


def test_a_commune_that_exists_again_has_its_data_in_its_feed(
    commune: Any, other_commune: Any, read: Any
) -> None:
    first, own = commune.publish(), other_commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    mergers.restore(commune.org_id)
    assert model.Session.get(Transfer, first["id"]) is None
    assert datasets(read(commune.feed)) == {first["id"]}
    assert datasets(read(other_commune.feed)) == {own["id"]}


def test_what_was_transferred_waits_in_the_heirs_feed_for_its_way_back(
    commune: Any, other_commune: Any, read: Any, act: Any
) -> None:
    first = commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    accept(act, commune)
    mergers.restore(commune.org_id)
    assert datasets(read(commune.feed)) == set()
    assert datasets(read(other_commune.feed)) == {first["id"]}
    accept(act, other_commune)
    assert datasets(read(commune.feed)) == {first["id"]}
    assert datasets(read(other_commune.feed)) == set()


def test_pages_count_and_tags_stay_right(
    commune: Any,
    other_commune: Any,
    read: Any,
    app: Any,
    act: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "PAGE_SIZE", 2)
    # One of the heir's own between two that move: the order is of creation.
    moved = [commune.publish()["id"]]
    own = other_commune.publish()["id"]
    moved += [commune.publish()["id"] for _ in range(4)]
    mergers.merge(commune.org_id, other_commune.org_id)
    tag = app.get(other_commune.feed).headers["ETag"]
    found: list[str] = []
    address: str | None = commune.feed
    totals = set()
    while address:
        graph = read(address)
        found += datasets(graph)
        totals |= {str(total) for total in graph.objects(None, HYDRA.totalItems)}
        view = graph.value(None, RDF.type, HYDRA.PartialCollectionView)
        following = graph.value(view, HYDRA.next)
        assert following is None or f"/catalogue/{commune.code}.ttl?" in str(following)
        address = str(following).removeprefix(SITE) if following else None
    assert (sorted(found), totals) == (sorted(moved), {"5"})
    again = app.get(other_commune.feed, headers={"If-None-Match": tag})
    assert again.status_code == 304
    accept(act, commune)
    first = app.get(other_commune.feed, headers={"If-None-Match": tag}, status=200)
    assert datasets(Graph().parse(data=first.body, format="turtle")) == {moved[0], own}


def test_a_feed_costs_the_same_queries_however_many_wait(
    commune: Any, other_commune: Any, app: Any
) -> None:
    def count(address: str) -> int:
        statements: list[str] = []

        def listen(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            statements.append(statement)

        engine = model.Session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", listen)
        try:
            app.get(address)
        finally:
            sa.event.remove(engine, "before_cursor_execute", listen)
        return len(statements)

    commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    addresses = commune.feed, other_commune.feed
    for address in addresses:
        count(address)
    one = [count(address) for address in addresses]
    for _ in range(4):
        dataset = other_commune.publish()
        model.Session.add(
            Transfer(
                package_id=dataset["id"],
                from_siren=commune.siren,
                to_siren=other_commune.siren,
            )
        )
    model.Session.commit()
    for address in addresses:
        count(address)
    assert [count(address) for address in addresses] == one


def test_a_new_siren_follows_in_what_waits(
    commune: Any, other_commune: Any, read: Any, act: Any
) -> None:
    moved = commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    mergers.change_siren(other_commune.org_id, "8" + other_commune.siren[1:])
    mergers.change_siren(commune.org_id, "8" + commune.siren[1:])
    assert datasets(read(commune.feed)) == {moved["id"]}
    accept(act, commune)
    assert datasets(read(other_commune.feed)) == {moved["id"]}


def test_a_former_number_answers_the_same_feed_without_redirection(
    commune: Any, app: Any
) -> None:
    commune.publish()
    whole = app.get(commune.feed).body
    old_siren = mergers.change_siren(commune.org_id, "8" + commune.siren[1:])
    answer = app.get(f"/catalogue/{old_siren}.ttl", follow_redirects=False, status=200)
    # Its SIREN is said in it: nothing else changed.
    assert answer.body == whole.replace(old_siren, "8" + old_siren[1:])
    old_code = mergers.change_insee(commune.org_id, "9A" + commune.code[2:])
    first = app.get(f"/catalogue/{old_code}.ttl", follow_redirects=False, status=200)
    second = app.get(f"/catalogue/9A{commune.code[2:]}.ttl", status=200)
    assert first.body == second.body


def test_a_closed_one_without_data_left_has_an_empty_catalogue(
    commune: Any, read: Any, act: Any
) -> None:
    act("package_delete", id=commune.publish()["id"])
    mergers.close(commune.org_id, keep=False)
    assert datasets(read(commune.feed)) == set()


def test_a_closed_one_with_data_keeps_its_feed(commune: Any, read: Any) -> None:
    kept = commune.publish()
    mergers.close(commune.org_id)
    assert datasets(read(commune.feed)) == {kept["id"]}


def test_a_former_whose_data_are_lost_has_no_catalogue(
    commune: Any, other_commune: Any, app: Any, act: Any
) -> None:
    """A portal restored without its datasets archives nothing."""
    dataset = commune.publish()
    mergers.merge(commune.org_id, other_commune.org_id)
    act("dataset_purge", id=dataset["id"])
    app.get(commune.feed, status=404)


def test_fragments_are_written_anew_after_a_merger_and_a_rename(
    commune: Any, other_commune: Any, app: Any
) -> None:
    commune.publish()
    assert '"Kerlibre"' in app.get(commune.feed).body
    mergers.merge(commune.org_id, other_commune.org_id)
    # As a bulk plan does it: in SQL, behind CKAN's back.
    model.Session.execute(
        sa.update(model.Group)
        .where(model.Group.id == other_commune.org_id)
        .values(title="Ploumagique-les-Bains")
    )
    model.Session.commit()
    body = app.get(commune.feed).body
    assert '"Ploumagique-les-Bains"' in body
    assert '"Kerlibre"' not in body


def test_a_new_parent_changes_nothing_in_a_feed(
    commune: Any, other_commune: Any, app: Any
) -> None:
    commune.publish()
    before = app.get(commune.feed)
    model.Session.add(
        model.Member(
            group=model.Group.get(commune.org_id),
            group_id=commune.org_id,
            table_id=other_commune.org_id,
            table_name="group",
            capacity="public",
        )
    )
    model.Session.commit()
    after = app.get(commune.feed)
    assert (after.body, after.headers["ETag"]) == (before.body, before.headers["ETag"])
