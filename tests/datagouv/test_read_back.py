"""What data.gouv.fr holds against what we published; alarms; reasons."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from ckanext.odlocale.datagouv.answers import (
    Dataset,
    Discussion,
    Item,
    Job,
    Message,
    Source,
)
from ckanext.odlocale.datagouv.harvest_reasons import (
    REASONS,
    explain_reason,
    find_reason,
)
from ckanext.odlocale.datagouv.read_back import (
    Alarm,
    Held,
    Holding,
    Published,
    compare,
    find_alarms,
    read_talk,
)

NOW = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)


def ours(days: float = 10) -> Published:
    return Published("p1", "Budget", NOW - days * DAY)


def theirs(days: float = 0.5, **more: Any) -> Dataset:
    values = {"remote_id": "p1", "harvested": NOW - days * DAY, **more}
    return Dataset("d1", "Budget", **values)


@pytest.mark.parametrize(
    ("published", "there", "last", "held"),
    [
        (ours(), [theirs()], NOW - DAY / 2, Held.UP_TO_DATE),
        (ours(0.2), [theirs()], NOW - DAY / 2, Held.WAITING),
        (ours(3), [theirs(4)], NOW - 4 * DAY, Held.LATE),
        (ours(), [theirs(5)], NOW - DAY, Held.LEAVING),
        (ours(4), [theirs(5)], NOW - DAY, Held.LEAVING),
        (ours(), [theirs(archived=True)], NOW - DAY, Held.ARCHIVED),
        (ours(), [], NOW - DAY, Held.ABSENT),
        (ours(1), [], NOW - DAY, Held.WAITING),
        (ours(), [theirs(deleted=True)], NOW - DAY, Held.ABSENT),
        # Nothing was harvested since: it is not the dataset that is missing.
        (ours(), [theirs(5)], NOW - 5 * DAY, Held.UP_TO_DATE),
        (ours(), [theirs(5)], None, Held.UP_TO_DATE),
    ],
)
def test_how_a_dataset_is_held(
    published: Published, there: list[Dataset], last: Any, held: Held
) -> None:
    (holding,) = compare([published], there, now=NOW, last_harvest=last)
    assert (holding.package_id, holding.held) == ("p1", held)


def test_what_nobody_reads_is_not_said_to_be_read_next_night() -> None:
    asked = {"now": NOW, "last_harvest": None, "is_read": False}
    (holding,) = compare([ours(1)], [], **asked)
    assert holding.held is Held.ABSENT


def test_what_was_withdrawn_here_and_what_was_never_ours() -> None:
    gone = theirs()
    own = Dataset("d2", "By hand")
    another = replace(gone, id="d9", remote_id="p9", source_id="their-portal")
    found = compare([], [gone, own, another], now=NOW, last_harvest=NOW)
    assert [(one.package_id, one.held) for one in found] == [("p1", Held.GONE_HERE)]


def test_what_was_sent_by_the_api_is_known_by_its_identifier() -> None:
    sent = Published("p9", "Envoyé", NOW - DAY, known_as="d3")
    there = Dataset("d3", "Envoyé", modified=NOW)
    (holding,) = compare([sent], [there], now=NOW, last_harvest=None)
    assert (holding.held, holding.dataset) == (Held.UP_TO_DATE, there)


def talk(*messages: tuple[str, float, bool], closed: bool = False) -> Any:
    written = tuple(
        Message(name, "x", NOW - days * DAY, "org" if mine else "", name)
        for name, days, mine in messages
    )
    one = Discussion("t1", "Question", "Dataset", "d1", NOW, closed, "", written)
    return read_talk(one, "org", ["agent"])


def test_who_waits_in_a_discussion() -> None:
    assert talk(("r", 9, False)).waiting_since == NOW - 9 * DAY
    assert talk(("r", 9, False), ("Mairie", 8, True)).answered
    # Answered in her own name.
    assert talk(("r", 9, False), ("agent", 8, False)).answered
    again = talk(("r", 9, False), ("Mairie", 8, True), ("r", 2, False), ("s", 1, False))
    assert again.waiting_since == NOW - 2 * DAY
    assert talk(("r", 9, False), closed=True).waiting_since is None


def kinds(alarms: list[Alarm]) -> list[str]:
    return [one.kind for one in alarms]


def test_what_the_atd_is_told_of() -> None:
    source = Source("s1", "x", "u", state="accepted")
    failed = Job("j", "failed", errors=("HTTP 500",))
    item = Item("p1", "failed", ("Invalid URL",))
    leaving = Holding("p1", "Budget", Held.LEAVING, theirs(5))
    waits = talk(("r", 8, False))
    assert kinds(find_alarms(source, failed, (), [leaving], [waits], NOW)) == [
        "failing", "leaving", "unanswered",
    ]  # fmt: skip
    done = Job("j", "done-errors")
    assert kinds(find_alarms(source, done, (item,), [], [], NOW)) == ["items"]
    assert find_alarms(source, Job("j", "done"), (), [], [], NOW) == []
    assert find_alarms(None, None, (), [], [talk(("r", 6.9, False))], NOW) == []
    refused = Source("s1", "x", "u", state="refused", comment="non")
    assert kinds(find_alarms(refused, None, (), [], [], NOW)) == ["refused"]


def test_a_fact_that_lasts_is_one_fact() -> None:
    first = find_alarms(None, None, (), [], [talk(("r", 8, False))], NOW)
    later = find_alarms(
        None, None, (), [], [talk(("r", 8, False), ("s", 1, False))], NOW + HOUR
    )
    assert [one.key for one in first] == [one.key for one in later]


#: As udata 17.18 and its libraries write them.
SAID = {
    "missing identifier": "no_identifier",
    "missing title on dataset": "no_title",
    "Identifier 'p1' already exists": "twice",
    "Item 'p1' has another owner: Organization 'Ville'": "owner",
    'Invalid URL "http://ckan:5000/a.csv": Invalid TLD ckan:5000': "address",
    "ValidationError (Dataset:None) (Invalid URL \"http://x/a b.csv\": ['resources'])":
        "address",
    "month must be in 1..12": "date",
    "can't compare offset-naive and offset-aware datetimes": "date",
    "ValidationError (Polygon must start and end at the same point: ['geom'])": "place",
    "'NoneType' object has no attribute 'rsplit'": "checksum",
    "invalid literal for int() with base 10: '12 Ko'": "size",
    "A schema must contains a name or an URL when a version is provided.": "schema",
    "HTTPSConnectionPool(host='p', port=443): Max retries exceeded": "out_of_reach",
    "301 Client Error: Moved Permanently for url": "moved",
    "404 Client Error: NOT FOUND for url: https://p/catalogue/56046.ttl": "gone",
    "503 Server Error: SERVICE UNAVAILABLE for url: https://p/x.ttl": "failing",
    "at line 1 of <>: Bad syntax (expected '.')": "unreadable",
    "Unable to detect format from extension or mime type": "unreadable",
    "nothing that anybody knows": "other",
}  # fmt: skip


@pytest.mark.parametrize(("said", "reason"), SAID.items())
def test_a_reason_is_recognised(said: str, reason: str) -> None:
    assert find_reason(said) == reason
    assert explain_reason(said, "fr")


def test_each_reason_has_its_remedy_and_the_unknown_is_shown() -> None:
    assert set(SAID.values()) <= set(REASONS)
    assert explain_reason("zzz", gettext=str).endswith("zzz")
