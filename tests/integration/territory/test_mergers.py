"""Where the former addresses of a collectivité lead, and who follows its transfers."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.territory import heirs
from ckanext.odlocale.territory.helpers import odlocale_former_members
from ckanext.odlocale.territory.tables import (
    Alias,
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
    Transfer,
)
from tests.integration import mergers

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """A commune of these tests."""

    code: str
    siren: str
    org_id: str
    name: str


def make(kind: str = "commune", title: str = "Kervieux") -> Place:
    """Make a collectivité, in a département that France does not have."""
    number = next(_NUMBERS)
    siren = f"980{number:06}"
    code = f"98{number:03}" if kind == "commune" else siren
    organization = factories.Organization(
        name=f"kervieux-{uuid.uuid4().hex[:8]}", title=title
    )
    model.Session.add(
        Collectivity(
            siren=siren,
            insee=code if kind == "commune" else None,
            kind=kind,
            name=title,
            cog_vintage=2026,
            org_id=organization["id"],
        )
    )
    model.Session.commit()
    return Place(code, siren, organization["id"], organization["name"])


@pytest.fixture
def former(portal: None) -> Place:
    return make()


@pytest.fixture
def heir(portal: None) -> Place:
    return make(title="Kerneuf")


def follow(app: Any, address: str, **options: Any) -> tuple[int, str]:
    """The status of an address, and where it leads."""
    answer = app.get(address, follow_redirects=False, **options)
    return answer.status_code, answer.headers.get("Location", "")


PAGES = {
    "its organisation's name": "/organization/{former.name}",
    "its organisation's id": "/organization/{former.org_id}",
    "its INSEE code": "/commune/{former.code}",
    "its SIREN": "/collectivite/{former.siren}",
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_of_the_former_leads_to_the_heirs(
    page: str, former: Place, heir: Place, app: Any
) -> None:
    mergers.merge(former.org_id, heir.org_id)
    status, where = follow(app, page.format(former=former))
    assert (status, where.endswith(f"/organization/{heir.name}")) == (301, True)
    assert follow(app, where)[0] == 200


def test_the_query_of_a_page_is_kept(former: Place, heir: Place, app: Any) -> None:
    mergers.merge(former.org_id, heir.org_id)
    asked = "q=budget+d%27%C3%A9t%C3%A9&page=2"
    _, where = follow(app, f"/organization/{former.name}?{asked}")
    assert where.endswith(f"/organization/{heir.name}?{asked}")


def test_the_page_about_a_former_leads_to_the_page_about_its_heir(
    former: Place, heir: Place, app: Any
) -> None:
    mergers.merge(former.org_id, heir.org_id)
    status, where = follow(app, f"/organization/about/{former.name}")
    assert (status, where.endswith(f"/organization/about/{heir.name}")) == (301, True)


def test_a_chain_of_mergers_leads_straight_to_its_end(
    former: Place, heir: Place, app: Any
) -> None:
    last = make(title="Kerdernier")
    mergers.merge(former.org_id, heir.org_id)
    mergers.merge(heir.org_id, last.org_id)
    for address in (f"/organization/{former.name}", f"/commune/{former.code}"):
        status, where = follow(app, address)
        assert (status, where.endswith(f"/organization/{last.name}")) == (301, True)


def test_only_reading_is_redirected(former: Place, heir: Place, app: Any) -> None:
    mergers.merge(former.org_id, heir.org_id)
    answer = app.post(f"/organization/{former.name}", follow_redirects=False)
    assert answer.status_code in (404, 405)
    address = f"/organization/{former.name}"
    assert app.client.head(address, follow_redirects=False).status_code == 301


def rename(place: Place, name: str) -> None:
    group = model.Group.get(place.org_id)
    model.Session.add(Alias(kind="name", value=group.name, siren=place.siren))
    group.name = name
    model.Session.commit()


def test_a_former_name_leads_to_the_present_one(heir: Place, app: Any) -> None:
    new = f"kerneuf-{uuid.uuid4().hex[:8]}"
    rename(heir, new)
    status, where = follow(app, f"/organization/{heir.name}?page=2")
    assert (status, where.endswith(f"/organization/{new}?page=2")) == (301, True)


def test_a_living_name_is_never_shadowed_by_a_former_one(
    former: Place, heir: Place, app: Any
) -> None:
    model.Session.add(Alias(kind="name", value=former.name, siren=heir.siren))
    model.Session.commit()
    assert follow(app, f"/organization/{former.name}")[0] == 200


def test_names_that_lead_to_each_other_do_not_loop(heir: Place, app: Any) -> None:
    first, second = heir.name, f"kerneuf-{uuid.uuid4().hex[:8]}"
    rename(heir, second)
    rename(heir, first + "-bis")
    rename(heir, first)
    assert follow(app, f"/organization/{first}")[0] == 200
    status, where = follow(app, f"/organization/{second}")
    assert (status, where.endswith(f"/organization/{first}")) == (301, True)


@pytest.mark.parametrize("loop", ["itself", "each other"])
def test_a_merger_that_turns_in_circles_ends(
    loop: str, former: Place, heir: Place, app: Any
) -> None:
    """A register at fault must not hang a page."""
    for own, other in ((former, heir), (heir, former)):
        row = model.Session.get(Collectivity, own.siren)
        row.status = "merged"
        row.successor = own.siren if loop == "itself" else other.siren
        model.Group.get(own.org_id).state = "deleted"
    model.Session.commit()
    assert follow(app, f"/commune/{former.code}")[0] == 404
    assert follow(app, f"/organization/{former.name}")[0] == 404
    assert heirs.formers_of(former.siren) is not None


@pytest.mark.parametrize("name", ["nulle-part", "é", "a%20b", "x' OR 1=1 --"])
def test_a_name_of_nobody_stays_a_404(name: str, app: Any) -> None:
    assert follow(app, f"/organization/{name}")[0] == 404


def test_a_former_siren_and_a_former_insee_code_lead_to_the_page(
    heir: Place, app: Any
) -> None:
    old_siren = mergers.change_siren(heir.org_id, "7" + heir.siren[1:])
    old_code = mergers.change_insee(heir.org_id, "97" + heir.code[2:])
    for address in (f"/collectivite/{old_siren}", f"/commune/{old_code}"):
        status, where = follow(app, address)
        assert (status, where.endswith(f"/organization/{heir.name}")) == (301, True)
    for address in (
        f"/collectivite/7{heir.siren[1:]}",
        f"/commune/97{heir.code[2:]}",
    ):
        assert follow(app, address)[0] == 302
    # Each kind of code at its own address.
    assert follow(app, f"/commune/{old_siren}")[0] == 404
    assert follow(app, f"/collectivite/{old_code}")[0] == 404


def test_one_that_closed_without_data_says_so(former: Place, app: Any) -> None:
    mergers.close(former.org_id, keep=False)
    answer = app.get(f"/commune/{former.code}", follow_redirects=False)
    assert answer.status_code == 410
    assert "<h1>Kervieux " in answer.body


def test_one_that_closed_with_data_keeps_its_page(former: Place, app: Any) -> None:
    mergers.close(former.org_id)
    assert follow(app, f"/commune/{former.code}")[0] == 302
    assert follow(app, f"/organization/{former.name}")[0] == 200


def test_datasets_keep_their_pages(former: Place, heir: Place, app: Any) -> None:
    dataset = factories.Dataset(owner_org=former.org_id)
    mergers.merge(former.org_id, heir.org_id)
    answer = app.get(f"/dataset/{dataset['name']}", follow_redirects=False)
    assert answer.status_code == 200


@pytest.mark.parametrize("by", ["name", "org_id"])
def test_the_api_names_the_present_organisation_and_answers_no_other(
    by: str, former: Place, heir: Place
) -> None:
    mergers.merge(former.org_id, heir.org_id)
    context = {"user": "", "ignore_auth": False}
    with pytest.raises(tk.ObjectNotFound) as refused:
        tk.get_action("organization_show")(context, {"id": getattr(former, by)})
    assert heir.name in str(refused.value)
    shown = tk.get_action("organization_show")(context, {"id": heir.name})
    assert shown["id"] == heir.org_id


def test_the_api_says_nothing_of_a_name_of_nobody() -> None:
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("organization_show")({"user": ""}, {"id": "nulle-part"})


def test_a_page_lists_the_communes_that_became_part_of_it(
    former: Place, heir: Place
) -> None:
    assert odlocale_former_members(heir.org_id) == []
    other = make(title="Kerancien")
    mergers.merge(other.org_id, former.org_id)
    mergers.merge(former.org_id, heir.org_id)
    found = odlocale_former_members(heir.org_id)
    assert [(one["name"], one["code"]) for one in found] == [
        ("Kerancien", other.code),
        ("Kervieux", former.code),
    ]
    assert odlocale_former_members(former.org_id)[0]["siren"] == other.siren


class TestTransfers:
    @pytest.fixture
    def moved(self, former: Place, heir: Place) -> dict[str, Any]:
        """A dataset that a merger moved."""
        dataset = factories.Dataset(owner_org=former.org_id)
        mergers.merge(former.org_id, heir.org_id)
        return dict(dataset)

    @pytest.fixture
    def animator_of(self) -> Iterator[Callable[..., str]]:
        """Make the animator of an ATD that covers some communes; return his name."""
        made = []

        def make_one(*covered: Place) -> str:
            atd = make("epci", "ATD")
            made.append(atd.siren)
            alone = {"include": [{"kind": "siren", "code": atd.siren}]}
            row = AtdPerimeter(atd_siren=atd.siren, name="ATD", definition=alone)
            model.Session.add(row)
            model.Session.flush()
            for one in covered:
                member = PerimeterMember(atd_siren=atd.siren, siren=one.siren)
                model.Session.add(member)
            model.Session.commit()
            user = str(factories.User()["name"])
            helpers.call_action(
                "organization_member_create",
                {"user": helpers.call_action("get_site_user")["name"]},
                id=atd.org_id,
                username=user,
                role="admin",
            )
            return user

        yield make_one
        # Invented ones: no plan of the whole portal could be made with them.
        model.Session.rollback()
        model.Session.execute(
            sa.delete(AtdPerimeter).where(AtdPerimeter.atd_siren.in_(made))
        )
        model.Session.commit()

    def test_an_animator_sees_and_accepts_those_of_his_perimeter(
        self,
        moved: dict[str, Any],
        former: Place,
        heir: Place,
        call_as: Any,
        animator_of: Callable[..., str],
    ) -> None:
        animator = animator_of(heir)
        listed = call_as(animator, "odlocale_transfer_list")
        assert listed["count"] == 1
        (one,) = listed["results"]
        assert (one["id"], one["accepted_at"]) == (moved["id"], None)
        assert one["former"]["code"] == former.code
        assert one["heir"]["code"] == heir.code
        asked = {"former": former.code}
        done = call_as(animator, "odlocale_transfer_accept", **asked)
        assert done == {"accepted": 1, "datasets": [moved["id"]]}
        # Said twice, it is done once.
        again = call_as(animator, "odlocale_transfer_accept", **asked)
        assert again == {"accepted": 0, "datasets": []}
        assert call_as(animator, "odlocale_transfer_list")["count"] == 0
        every = call_as(animator, "odlocale_transfer_list", all=True)
        assert every["results"][0]["accepted_at"]

    def test_an_animator_of_another_perimeter_sees_nothing_and_is_refused(
        self,
        moved: dict[str, Any],
        former: Place,
        call_as: Any,
        animator_of: Callable[..., str],
    ) -> None:
        # He covers the commune that merged: its heir answers for it today.
        animator = animator_of(former, make())
        assert call_as(animator, "odlocale_transfer_list")["count"] == 0
        for asked in ({"former": former.code}, {"datasets": [moved["name"]]}):
            with pytest.raises(tk.NotAuthorized):
                call_as(animator, "odlocale_transfer_accept", **asked)

    @pytest.mark.parametrize("who", ["anonymous", "stranger", "editor", "admin"])
    @pytest.mark.parametrize(
        "action", ["odlocale_transfer_list", "odlocale_transfer_accept"]
    )
    def test_others_are_refused(
        self,
        action: str,
        who: str,
        moved: dict[str, Any],
        former: Place,
        heir: Place,
        call_as: Any,
    ) -> None:
        user = "" if who == "anonymous" else factories.User()["name"]
        if who in ("editor", "admin"):
            site = helpers.call_action("get_site_user")["name"]
            helpers.call_action(
                "organization_member_create",
                {"user": site},
                id=heir.org_id,
                username=user,
                role=who,
            )
        with pytest.raises(tk.NotAuthorized):
            call_as(user, action, former=former.code)
        assert model.Session.get(Transfer, moved["id"]).accepted_at is None

    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"former": "nobody"},
            {"former": "98001", "datasets": ["a"]},
            {"datasets": ["nulle-part"]},
            {"datasets": ["a\0b"]},
            {"datasets": {"a": 1}},
            {"datasets": [["a"]]},
        ],
    )
    def test_a_bad_request_changes_nothing(
        self, asked: dict[str, Any], moved: dict[str, Any], sysadmin: Any, call_as: Any
    ) -> None:
        with pytest.raises(tk.ValidationError):
            call_as(sysadmin["name"], "odlocale_transfer_accept", **asked)
        model.Session.rollback()
        assert model.Session.get(Transfer, moved["id"]).accepted_at is None

    def test_one_unknown_dataset_refuses_all(
        self, moved: dict[str, Any], sysadmin: Any, call_as: Any
    ) -> None:
        with pytest.raises(tk.ValidationError) as refused:
            call_as(
                sysadmin["name"],
                "odlocale_transfer_accept",
                datasets=[moved["name"], "nulle-part"],
            )
        assert "nulle-part" in str(refused.value.error_dict)
        model.Session.rollback()
        assert model.Session.get(Transfer, moved["id"]).accepted_at is None

    @pytest.mark.parametrize("limit", ["x", -1, 2**40])
    def test_a_bad_limit_is_refused(
        self, limit: Any, sysadmin: Any, call_as: Any
    ) -> None:
        with pytest.raises(tk.ValidationError):
            call_as(sysadmin["name"], "odlocale_transfer_list", limit=limit)

    def test_the_commands_list_and_accept(
        self, moved: dict[str, Any], former: Place, run_transfer: Callable[..., Any]
    ) -> None:
        listed = run_transfer("list", "--former", former.code)
        assert listed.exit_code == 0, listed.output
        assert moved["name"] in listed.output
        assert '"id"' in run_transfer("list", "--format", "json").output
        done = run_transfer("accept", "--former", former.code)
        assert done.exit_code == 0, done.output
        assert model.Session.get(Transfer, moved["id"]).accepted_at is not None
        assert moved["name"] not in run_transfer("list").output

    def test_the_commands_that_cannot_run_exit_2(
        self, run_transfer: Callable[..., Any]
    ) -> None:
        assert run_transfer("accept").exit_code == 2
        assert run_transfer("list", "--former", "nobody").exit_code == 2


@pytest.fixture
def run_transfer(cli: Any, portal: None) -> Callable[..., Any]:
    """Run ``ckan odlocale territory transfer``."""

    def run(*arguments: str) -> Any:
        result = cli.invoke(ckan, ["odlocale", "territory", "transfer", *arguments])
        model.Session.expire_all()
        return result

    return run
