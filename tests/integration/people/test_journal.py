"""The journal: read by those concerned, never changed, erased in its time."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import retention
from tests.integration.people.conftest import Desk, Epci, account, as_site
from tests.integration.publishing.conftest import Town, budget, call_as, publish


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def lines_of(who: str, place: Town) -> list[dict[str, object]]:
    listed = call_as(who, "odlocale_journal_list", org_id=place.org_id, limit=1000)
    return list(listed["lines"])


def test_who_published_is_told_and_on_whose_behalf(
    commune: Town,
    epci: Callable[..., Epci],
    town: Callable[[], Town],
    desk_of: Callable[[str | None], Desk],
) -> None:
    publish(commune, budget(commune.siret))
    above = epci(commune)
    content = io.BytesIO(budget(commune.siret, year=2021))
    sent = {"org_id": commune.org_id, "upload": content, "filename": "b.csv"}
    call_as(above.animator, "odlocale_deposit_create", **sent)
    lines = lines_of(commune.agent, commune)
    assert [(one["verb"], one["on_behalf"]) for one in lines][:2] == [
        ("deposited", True),
        ("published", False),
    ]
    page = desk_of(commune.agent).get(f"/equipe/{commune.code}/journal").page
    assert "pour le compte de" in page
    # Who leaves, or comes, changes nothing of what was done.
    leaver, told = account(commune.org_id, "editor"), lines
    call_as(
        leaver,
        "odlocale_deposit_create",
        org_id=commune.org_id,
        upload=io.BytesIO(budget(commune.siret, year=2020)),
        filename="c.csv",
    )
    call_as(leaver, "odlocale_person_leave", org_id=commune.org_id)
    as_site(
        "organization_member_create",
        id=commune.org_id,
        username=above.animator,
        role="editor",
    )
    lines = lines_of(commune.agent, commune)
    assert [one["on_behalf"] for one in lines[-len(told) :]] == [
        one["on_behalf"] for one in told
    ]
    deposited = [one for one in lines if one["verb"] == "deposited"]
    assert deposited[0]["on_behalf"] is False
    table = desk_of(commune.agent).get(f"/equipe/{commune.code}/journal.csv")
    rows = list(csv.reader(io.StringIO(table.response.data.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(lines)
    for stranger in (town().agent, above.agent, account(), ""):
        with pytest.raises(tk.NotAuthorized):
            lines_of(stranger, commune)


@pytest.mark.parametrize("change", ["UPDATE odlocale_journal SET verb = 'x'",
                                    "DELETE FROM odlocale_journal"])  # fmt: skip
def test_nobody_changes_what_was_written(change: str, commune: Town) -> None:
    publish(commune, budget(commune.siret))
    with pytest.raises(sa.exc.DBAPIError):
        model.Session.execute(sa.text(change))
    model.Session.rollback()


def test_what_is_past_its_time_goes_and_nothing_else(commune: Town) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    for verb, days in (("published", 366), ("published", 364), ("logged in", 181),
                       ("logged in", 179)):  # fmt: skip
        model.Session.execute(
            sa.insert(JournalLine).values(
                verb=verb, org_id=commune.org_id, object_type="test", detail={},
                object_id=f"{verb} {days}", at=now - datetime.timedelta(days=days),
            )
        )  # fmt: skip
        model.Session.commit()
    retention.forget_old(now)
    kept = model.Session.scalars(
        sa.select(JournalLine.object_id).where(
            JournalLine.org_id == commune.org_id, JournalLine.object_type == "test"
        )
    )
    assert set(kept) == {"published 364", "logged in 179"}
