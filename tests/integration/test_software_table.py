"""The table of software in `docs/dev/rights.md`: what a token does, and where.

Each method of each address of the API of software is called by each kind of software
about each place. What is allowed is done, then undone; where it is refused, no release
is written. A method that the table does not have fails, and so does a line about none.

``ODLOCALE_WRITE=1`` writes the table anew, as in :mod:`.test_rights_table`.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ckan import model
from ckan.tests import factories

from ckanext.odlocale.people.tables import Mandate, Token
from tests.integration.places import Held, Places, RolledBack, places
from tests.integration.publishing.conftest import budget, town
from tests.integration.publishing.software import ALL, Software, give
from tests.integration.test_rights_table import LETTERS, NO, TABLE, YES

__all__ = ["places", "town"]

#: Another model than the one that some of the tokens are for.
OTHER = "dae"
#: Where each kind of software may do something at all.
REACH = {
    "no token": "", "all data": "c", "budget": "c", "deposits": "c", "withdraws": "c",
    "reads": "c", "another's": "o", "EPCI's": "e", "revoked": "", "expired": "",
    "mandate over": "", "mandate for other data": "c", "administrator's key": "",
}  # fmt: skip
SOFTWARE = list(REACH)


@dataclass(frozen=True)
class Call:
    """What is asked for.

    :ivar schema: of an address of the API; none of another address, which is given
    """

    method: str
    schema: str = ""
    address: str = ""

    @property
    def line(self) -> str:
        """As the table writes it."""
        return f"{self.method} {self.address or f'…/depots/…/{self.schema}/…'}"


def calls_of(app: Any) -> list[Call]:
    """Each method of the API, and of the rest of the portal, some ways in."""
    methods = {
        method
        for rule in app.flask_app.url_map.iter_rules()
        if rule.endpoint.startswith("odlocale_push.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    return [
        *(Call(method, schema) for schema in ("budget", OTHER)
          for method in sorted(methods)),
        Call("POST", address="/api/3/action/odlocale_deposit_list"),
        Call("POST", address="/api/3/action/odlocale_token_list"),
        Call("POST", address="/api/3/action/package_create"),
        Call("GET", address="/publier"),
    ]  # fmt: skip


@pytest.fixture
def tokens(places: Places) -> Iterator[dict[str, str]]:
    """What each kind of software sends."""
    if not _tokens:
        held = {letter: one.town for letter, one in places.all.items()}
        made = {
            "all data": give(held["c"], *ALL, schemas=()),
            "budget": give(held["c"], *ALL),
            "deposits": give(held["c"], "deposit"),
            "withdraws": give(held["c"], "withdraw"),
            "reads": give(held["c"], "read"),
            "another's": give(held["o"], *ALL, schemas=()),
            "EPCI's": give(held["e"], *ALL, schemas=()),
            "revoked": give(held["c"], *ALL, schemas=()),
            "expired": give(held["c"], *ALL, schemas=()),
            "mandate over": give(held["c"], *ALL, schemas=()),
            "mandate for other data": give(held["c"], *ALL, schemas=("budget", OTHER)),
        }
        now = datetime.datetime.now(datetime.timezone.utc)
        rows = {who: model.Session.get(Token, one) for who, (one, _) in made.items()}
        rows["revoked"].revoked_at = now
        rows["expired"].until = now.date() - datetime.timedelta(days=1)
        _mandate_of(rows["mandate over"]).state = "ended"
        _mandate_of(rows["mandate for other data"]).schemas = [OTHER]
        model.Session.commit()
        _tokens.update({who: secret for who, (_, secret) in made.items()})
        key = factories.APIToken(user=factories.Sysadmin()["id"])["token"]
        _tokens.update({"no token": "", "administrator's key": key})
    yield _tokens
    model.Session.rollback()


_tokens: dict[str, str] = {}


def _mandate_of(token: Token) -> Mandate:
    found = model.Session.get(Mandate, token.mandate_id)
    assert found is not None
    return found


def read_table() -> dict[str, dict[str, str]]:
    """What the table says, by line."""
    part = TABLE.read_text("utf-8").partition("## Software")[2].partition("\n## ")[0]
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in part.splitlines()
        if line.startswith("| `")
    ]
    return {
        line[0].strip("`"): dict(zip(SOFTWARE, line[1:], strict=True)) for line in lines
    }


def send_call(sender: Software, call: Call, held: Held) -> int:
    """Do what is asked for, about what a place has; return the status."""
    if call.address:
        asked = {"org_id": held.town.org_id, "owner_org": held.town.org_id,
                 "name": "essai-de-logiciel"}  # fmt: skip
        given = {"json": asked} if call.method == "POST" else {}
        headers = {"Authorization": f"Bearer {sender.token}"} if sender.token else {}
        answer = sender.client.open(
            call.address,
            method=call.method,
            headers=headers,
            follow_redirects=False,
            **given,
        )
        return int(answer.status_code)
    path = sender.path(held.release["key"], call.schema)
    options: dict[str, Any] = (
        {} if sender.token else {"headers": {"Authorization": None}}
    )
    if call.method == "DELETE":
        sender.delete(path, **options)
    elif call.method == "PUT":
        sender.put(budget(held.town.siret, year=2021, rows=3), path, **options)
    else:
        sender.call(call.method, path, **options)
    return sender.status


#: What is answered to a software that may: done, already gone, other data than the
#: address says (the file that is sent is a budget).
TAKEN = {200, 201, 202, 404, 409, 410, 422}


@pytest.mark.parametrize("who", SOFTWARE)
def test_which_software_does_what_and_where(
    who: str, places: Places, tokens: dict[str, str], app: Any
) -> None:
    found: dict[str, str] = {}
    for call in calls_of(app):
        allowed = ""
        for letter, held in places.all.items():
            sender = Software(app, held.town, tokens[who])
            with RolledBack(by_table=True) as undone:
                status = send_call(sender, call, held)
                where = (who, letter, call.line, status)
                assert status < 500, where
                written = undone.written()
                if status not in TAKEN:
                    assert not written - {"odlocale_token", "user"}, (*where, written)
                    continue
                allowed += letter
                if call.schema == "budget" and call.method in ("PUT", "DELETE"):
                    assert "odlocale_deposit" in written, where
        found[call.line] = {"": NO, LETTERS: YES}.get(allowed, allowed)
    if os.environ.get("ODLOCALE_WRITE"):
        _write(who, found)
        return
    assert found == {line: says[who] for line, says in read_table().items()}


def _write(who: str, found: dict[str, str]) -> None:
    said, none = read_table(), dict.fromkeys(SOFTWARE, NO)
    rows = [
        f"| `{line}` | {' | '.join({**said.get(line, none), who: cell}.values())} |"
        for line, cell in found.items()
    ]
    before, mark, after = TABLE.read_text("utf-8").partition("## Software\n")
    part, next_mark, rest = after.partition("\n## ")
    head = part.partition("\n| Call")[0].rstrip()
    table = [f"| Call | {' | '.join(SOFTWARE)} |", "|-" * (len(SOFTWARE) + 1) + "|"]
    text = "\n".join([before + mark + head, "", *table, *rows, ""])
    TABLE.write_text(text + next_mark + rest, "utf-8")


def test_no_software_goes_beyond_its_reach() -> None:
    """What must be: a table that is written anew cannot hide another rule."""
    methods = {"PUT": "publish", "DELETE": "withdraw", "GET": "read"}
    may = {
        "deposits": {"publish", "read"}, "withdraws": {"withdraw", "read"},
        "reads": {"read"},
    }  # fmt: skip
    for line, says in read_table().items():
        method, _, address = line.partition(" ")
        for who, cell in says.items():
            in_api = address.startswith("…/depots/") and method in methods
            verb = methods.get(method, "")
            schemas = {
                "budget": ["budget"], "deposits": ["budget"], "withdraws": ["budget"],
                "reads": ["budget"], "mandate for other data": [OTHER],
            }.get(who, ["budget", OTHER])  # fmt: skip
            allowed = (
                in_api
                and verb in may.get(who, set(methods.values()))
                and any(f"/{one}/" in address for one in schemas)
            )
            assert cell == (REACH[who] if allowed and REACH[who] else NO), (line, who)
