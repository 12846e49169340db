"""Real files, walked from the deposit to the feed through the portal's API.

    make acceptance FILES="budget.csv 'menus de mai.xlsx'"

Without ``FILES``, the project's own files of ``tests/data`` are walked. A file
is published, or refused with a reason that an agent understands: any other
end is a failure.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import pytest

from ckanext.odlocale.scdl.canonical import canonical_csv
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.recognising import recognise
from ckanext.odlocale.scdl.unreadable import Unreadable
from ckanext.odlocale.territory.register import Register
from tests.running import ROOT, SITE_URL, Api, start_portal

KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")


def files_to_walk() -> list[Path]:
    """The files asked for, else the project's own."""
    asked = shlex.split(os.environ.get("ODLOCALE_FILES", ""))
    if asked:
        return [Path(name).resolve() for name in asked]
    data = ROOT / "tests" / "data"
    return sorted(path for path in data.rglob("*") if path.suffix.lower() in KINDS)


FILES = files_to_walk()


def test_there_are_files_to_walk() -> None:
    assert FILES
    assert all(path.is_file() for path in FILES)


@pytest.fixture(scope="session")
def api() -> Api:
    """The portal's API, as an administrator."""
    return Api(start_portal(), "acceptance")


def owner_code(path: Path) -> str:
    """Code of the collectivité that the file is about: Crach if it does not say."""
    try:
        table = read(path)
    except Unreadable:
        return "56046"
    candidates = recognise(table, load_catalogue())
    if not candidates or not candidates[0].schema.siret_field:
        return "56046"
    schema, mapping = candidates[0].schema, candidates[0].mapping
    headers = [h for h, field in mapping.items() if field == schema.siret_field]
    values = table.frame[headers[0]].drop_nulls().to_list() if headers else []
    siren = next((value.replace(" ", "")[:9] for value in values if value), "")
    found = Register.load().by_siren(siren)
    # A collectivité that is not on this portal: her file must then be refused.
    return found.code if found and found.departement == "56" else "56046"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_a_file_is_published_or_refused_with_a_reason(
    path: Path, api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    code = owner_code(path)
    owner = api.post("odlocale_collectivity_show", json={"code": code})
    with path.open("rb") as stream:
        deposit = api.post(
            "odlocale_deposit_create",
            data={"org_id": owner["org_id"]},
            files={"upload": (path.name, stream)},
        )
    outcome = walk(api, deposit, code)
    with capsys.disabled():
        print(f"\n  {path.name}: {outcome}", end="")


def walk(api: Api, deposit: dict[str, Any], code: str) -> str:
    """Take the deposit as far as it goes.

    :returns: its address, or why it stops
    """
    if not deposit["schema"]:
        problem = deposit["analysis"].get("problem")
        assert problem or deposit["step"] == "quoi"
        return f"stops at {deposit['step']}: {problem}"
    version = deposit["version"]
    deposit = api.post(
        "odlocale_deposit_correct", json={"id": deposit["id"], "version": version}
    )
    if deposit.get("online"):
        deposit = api.post(
            "odlocale_deposit_answer",
            json={"id": deposit["id"], "replaces": deposit["online"]},
        )
    # Points that only warn do not forbid publishing; what blocks must say why.
    blocked = bool(deposit["tally"]["blocking"] or deposit["analysis"]["problem"])
    result = api.post(
        "odlocale_deposit_publish", 409 if blocked else 200, json={"id": deposit["id"]}
    )
    if blocked:
        assert result["message"]
        return f"refused: {', '.join(blocking_codes(deposit))}"
    return verify(api, result, code)


def blocking_codes(deposit: dict[str, Any]) -> list[str]:
    """Codes of the findings that forbid publishing."""
    groups = (deposit["analysis"].get("check") or {}).get("groups", [])
    return [one["code"] for one in groups if one["severity"] in ("blocks", "personal")]


def verify(api: Api, deposit: dict[str, Any], code: str) -> str:
    """What was published is at its address, in the feed, and reads back clean."""
    path = str(deposit["address"]).removeprefix(SITE_URL)
    answer = api.get(path)
    assert answer.status_code == 200
    schema = load_catalogue().get(deposit["schema"])
    table = read(answer.content, "published.csv")
    report = check(table, schema)
    assert report.rows == deposit["rows"]
    assert not report.safe
    assert canonical_csv(table, schema, report.mapping) == answer.content
    feed = api.get(f"/catalogue/{code}.ttl")
    assert feed.status_code == 200
    assert SITE_URL + path in feed.content.decode("utf-8")
    return path
