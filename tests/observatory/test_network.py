"""Several portals in one table, some of which are dead, slow, or lie."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from ckanext.odlocale.observatory.network import (
    FORMAT,
    NoAnswer,
    collect,
    read_portal,
)
from ckanext.odlocale.territory.identifiers import is_siren
from ckanext.odlocale.territory.register import Register

D = datetime.date
TODAY = D(2026, 11, 30)
HEADER = "siren,insee,nom,ouverte,ouverte_ici,ouverte_depuis,jeux,jeux_datagouv\n"
REGISTER = frozenset(f"21{n:07d}" for n in range(100)) | {"225600014", "200000001"}


def line(number: int, jeux: int = 2, since: str = "2025-03-01", opened: int = 1) -> str:
    return f"21{number:07d},,x,{opened},{opened},{since},{jeux},0\n"


class Web:
    """Addresses and what they answer."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}

    def add(self, home: str, *lines: str, atd: str = "225600014", **more: Any) -> None:
        table = f"{home}/observatoire/communes.csv"
        described = {
            "format": FORMAT,
            "name": home,
            "collectivities": table,
            "atds": [
                {"siren": atd, "name": "ATD", "collectivities": f"{table}?atd={atd}"}
            ],
            **more,
        }
        self.answers[f"{home}/.well-known/odlocale.json"] = json.dumps(
            described
        ).encode()
        for address in (table, f"{table}?atd={atd}"):
            self.answers[address] = (HEADER + "".join(lines)).encode()

    def fetch(self, url: str) -> bytes:
        if url not in self.answers:
            raise NoAnswer(url)
        return self.answers[url]


def test_a_collectivite_that_two_portals_know_counts_once() -> None:
    web = Web()
    web.add("https://a.example", line(1, 3), line(2, 1, "", 0))
    web.add("https://b.example", line(1, 2, "2024-01-05"), line(3), atd="200000001")
    communes = [f"21{n:07d}" for n in range(5)]
    urls = ["https://a.example", "https://b.example/", "https://dead.example"]
    found = collect(urls, web.fetch, REGISTER, communes, TODAY)
    assert [(one.siren, one.is_open, one.datasets) for one in found.rows] == [
        ("210000001", True, 3), ("210000002", False, 1), ("210000003", True, 2),
    ]  # fmt: skip
    assert found.open == 2
    assert found.shared == ("210000001",)
    assert found.rows[0].atds == {"225600014", "200000001"}
    # It opened where it opened first.
    assert found.rows[0].since == D(2024, 1, 5)
    assert found.uncovered == ("210000000", "210000004")
    assert found.curve[-1] == (TODAY, 2)
    assert dict(found.curve)[D(2024, 12, 31)] == 1
    assert found.answers[2].faults == {"no_answer": 1}


LIES = {
    "a SIREN that nobody has": ("999999999,,x,1,1,2025-01-01,2,0\n", "unknown_siren"),
    "a day to come": (line(1, since="2031-01-01"), "impossible_date"),
    "no day": (line(1, since="hier"), "impossible_date"),
    "a billion": (line(1, 999_999_999), "impossible_count"),
    "less than nothing": (line(1, -4), "impossible_count"),
    "open, and nothing": (line(1, 0), "open_without_data"),
}


@pytest.mark.parametrize("name", LIES)
def test_what_cannot_be_true_is_not_counted(name: str) -> None:
    written, fault = LIES[name]
    web = Web()
    web.add("https://liar.example", written, line(9))
    found = read_portal("https://liar.example", web.fetch, REGISTER, TODAY)
    assert [one.siren for one in found.rows] == ["210000009"]
    assert set(found.faults) == {fault}


@pytest.mark.parametrize(
    "body",
    [b"<!doctype html><html></html>", b"", b"\xff\xfe", b"[" * 100_000, b"[]", b"null",
     b'{"format": "other"}'],
    ids=["a page", "nothing", "bytes", "a tower", "a list", "null", "another format"],
)  # fmt: skip
def test_what_is_no_description_of_a_portal_is_told(body: bytes) -> None:
    found = read_portal("https://x.example", lambda url: body, REGISTER, TODAY)
    assert found.faults == {"not_ours": 1}
    assert found.rows == ()


def test_a_portal_speaks_for_itself_only() -> None:
    web = Web()
    web.add("https://a.example", line(1))
    elsewhere = "https://a.example/observatoire/communes.csv"
    nobody = [{"siren": "000000000"}, 4]
    web.add("https://thief.example", collectivities=elsewhere, atds=nobody)
    found = read_portal("https://thief.example", web.fetch, REGISTER, TODAY)
    assert found.rows == ()
    assert found.faults == {"unknown_siren": 2, "other_host": 1}
    for address in ("http://[x", ["a"], "https://b.example/communes.csv"):
        web.add("https://odd.example", collectivities=address, atds=[])
        odd = read_portal("https://odd.example", web.fetch, REGISTER, TODAY)
        assert odd.faults == {"other_host": 1}, address
    web.add("https://page.example")
    web.answers["https://page.example/observatoire/communes.csv"] = b"<html>"
    told = read_portal("https://page.example", web.fetch, REGISTER, TODAY)
    assert told.faults == {"unreadable": 1}


def test_an_atd_may_be_a_syndicat_that_no_register_holds() -> None:
    web, syndicat = Web(), "255600017"
    assert is_siren(syndicat)
    web.add("https://a.example", line(1), atd=syndicat)
    found = read_portal("https://a.example", web.fetch, REGISTER, TODAY)
    assert (found.faults, found.rows[0].atds) == ({}, {syndicat})


def test_open_without_any_data_is_not_believed_where_all_places_are_told() -> None:
    web = Web()
    header = HEADER.strip() + ",jeux_ailleurs\n"
    table = "https://a.example/observatoire/communes.csv"
    for elsewhere, rows in (("0", 0), ("3", 1)):
        web.add("https://a.example", atds=[])
        row = f"210000001,,x,1,0,2025-03-01,0,0,{elsewhere}\n"
        web.answers[table] = (header + row).encode()
        found = read_portal("https://a.example", web.fetch, REGISTER, TODAY)
        assert len(found.rows) == rows, found.faults


def test_three_hundred_portals_over_all_the_communes_of_france() -> None:
    communes = [one.siren for one in Register.load() if one.kind == "commune"]
    web, urls = Web(), []
    for rank in range(300):
        home = f"https://atd{rank}.example"
        # Each shares a hundred communes with the next one.
        mine = communes[rank * 116 : rank * 116 + 216]
        lines = [f"{siren},,x,1,1,2025-03-01,2,0\n" for siren in mine[::2]]
        lines += [f"{siren},,x,0,0,,0,0\n" for siren in mine[1::2]]
        if rank % 50 == 49:
            urls.append(f"https://dead{rank}.example")
        web.add(home, *lines)
        urls.append(home)
    register = [*communes, "225600014"]
    found = collect(urls, web.fetch, register, communes, TODAY)
    covered = set(communes[: 299 * 116 + 216])
    assert {one.siren for one in found.rows} == covered
    assert set(found.uncovered) == set(communes) - covered
    parts = [communes[r * 116 : r * 116 + 216][::2] for r in range(300)]
    assert found.open == len({siren for part in parts for siren in part})
    assert found.curve[-1][1] == found.open
