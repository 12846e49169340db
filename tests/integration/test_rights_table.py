"""The table of rights, `docs/dev/rights.md`: what it says is what happens.

Each action of the portal is called over HTTP by each kind of person, on each place: the
commune, its neighbour, what is above them, and a commune elsewhere. What is allowed is
really done, then undone; where it is refused, not a row was written. An action that the
table does not have fails, and so does a line about none.

After a change that is meant, ``ODLOCALE_WRITE=1`` writes the table anew: read the
difference before it is committed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis

from ckanext.odlocale import rooms
from tests.integration.asked import FILES
from tests.integration.mailbox import Mailbox, mailbox
from tests.integration.places import Place, Places, RolledBack, places
from tests.integration.publishing.conftest import town

__all__ = ["Place", "mailbox", "places", "town"]
TABLE = Path(__file__).parents[2] / "docs" / "dev" / "rights.md"
YES, NO = "yes", "–"
#: The places, in the order in which a cell of the table names them.
LETTERS = "cneao"


def _part_of_table() -> str:
    after = TABLE.read_text("utf-8").partition("## Actions")[2]
    return after.partition("## Pages")[0]


def read_table() -> tuple[list[str], dict[str, dict[str, str]]]:
    """Kinds of person, and for each action what the table says of each."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in _part_of_table().splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    lines = [line for line in lines if len(line) > 2]
    people = lines[0][1:]
    rows = {
        line[0].strip("`"): dict(zip(people, line[1:], strict=True))
        for line in lines[1:]
    }
    return people, rows


PEOPLE, RIGHTS = read_table()
OURS = sorted(one for one in rooms.exports("actions") if one.startswith("odlocale_"))

#: Written whoever calls: when an account, or a token, was used last.
USED = {"api_token", "user"}


def test_each_action_has_its_line() -> None:
    assert sorted(RIGHTS) == OURS


def send_call(client: Any, action: str, asked: dict[str, Any], token: str) -> Any:
    """Call an action as a program does: with JSON, or with a file."""
    headers = {"Authorization": token} if token else {}
    address, field = f"/api/action/{action}", FILES.get(action)
    if field:
        form = {
            name: json.dumps(value) if isinstance(value, bool) else value
            for name, value in asked.items()
            if _is_plain(value)
        }
        form[field] = (asked[field], "budget.csv" if field == "upload" else "acte.pdf")
        return client.post(address, data=form, headers=headers)
    headers["Content-Type"] = "application/json"
    return client.post(address, data=json.dumps(asked), headers=headers)


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, (str, int))


#: Beginnings of actions that name no collectivité: they are asked once.
ABOUT_NO_PLACE = tuple(
    f"odlocale_{one}"
    for one in (
        "access_", "account_end_", "address_", "collectivity_search", "desk_",
        "factor_", "fragment_", "handover_", "identity_", "invitation_accept",
        "invitation_decline", "invitation_list", "invitation_plan", "invitation_prove",
        "invitation_remind", "invitation_show", "journal_own", "journal_portal",
        "letter_", "organization_", "password_", "perimeter_", "schema_", "table_",
        "takeover", "territory_", "transfer_",
    )
)  # fmt: skip


#: What is allowed but not done here, each done by other tests.
NOT_DONE = {
    "odlocale_datagouv_discussion_answer": "datagouv/test_registration.py",
    "odlocale_datagouv_invite": "contracts/test_registration.py",
    "odlocale_datagouv_progress": "other work: datagouv/test_registration.py",
    "odlocale_datagouv_send_decide": "data changed there: datagouv/test_outbox.py",
    "odlocale_datagouv_send_retry": "data that wait: datagouv/test_outbox.py",
    "odlocale_factor_renew_codes": "a telephone first: people/test_factor.py",
    "odlocale_factor_set": "a telephone first: people/test_factor.py",
    "odlocale_handover_cancel": "after a pack: handover/test_leaving.py",
    "odlocale_handover_confirm": "after a pack: handover/test_leaving.py",
    "odlocale_handover_release_feed": "after a pack: handover/test_leaving.py",
    "odlocale_takeover": "a pack of another portal: handover/test_takeover.py",
}
#: What only some of those allowed can do: others find nothing of theirs.
OF_SOME = {
    "odlocale_address_confirm": "the link is one account's",
    "odlocale_invitation_accept": "the link is one address's",
    "odlocale_person_leave": "who works there leaves",
}


def try_all(
    places: Places, app: Any, who: str, action: str, faulty: dict[str, str]
) -> str:
    """Where somebody may call an action, in the table's words.

    :param faulty: is given the actions that were allowed and not done
    """
    client, allowed = app.test_client(), ""
    for letter, held in places.all.items():
        if letter != "c" and action.startswith(ABOUT_NO_PLACE):
            allowed += letter if allowed else ""
            continue
        with RolledBack(by_table=True) as undone:
            asked = held.about(action, places)
            answer = send_call(client, action, asked, places.tokens[who])
            where = (action, who, letter, answer.text[:400])
            assert answer.status_code < 500, where
            assert answer.is_json, where
            if answer.status_code == 403:
                assert undone.written() <= USED, (*where, undone.written())
                continue
            allowed += letter
            if answer.status_code != 200:
                faulty[action] = answer.text[:400]
        if action == "odlocale_release_purge":
            held.put_back()
    return {"": NO, LETTERS: YES}.get(allowed, allowed)


@pytest.fixture(autouse=True)
def counted_anew() -> None:
    """What is counted in a day is not undone with the database."""
    server = connect_to_redis()
    for counted in ("again", "invite", "prove"):
        for key in server.scan_iter(f"odlocale:{counted}:*"):
            server.delete(key)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_what_and_where(
    who: str, places: Places, app: Any, mailbox: Mailbox
) -> None:
    faulty: dict[str, str] = {}
    found = {action: try_all(places, app, who, action, faulty) for action in OURS}
    if os.environ.get("ODLOCALE_WRITE"):
        write_part("Actions", "Pages", "Action", read_table()[1], who, found)
        return
    assert found == {action: says[who] for action, says in RIGHTS.items()}
    not_done = {one: why for one, why in faulty.items() if one not in OF_SOME}
    allowed = {one for one in NOT_DONE if found[one] != NO}
    assert set(not_done) == allowed, not_done


def write_part(
    title: str,
    then: str,
    column: str,
    lines: dict[str, dict[str, str]],
    who: str,
    found: dict[str, str],
) -> None:
    """Write what is found of one kind of person in a part of the document.

    :param title: the part's
    :param then: the title after it
    :param column: what its lines are about
    :param lines: what it says now, by line and by person
    """
    kept = {line: says for line, says in lines.items() if line in found}
    rows = {line: kept.get(line, dict.fromkeys(PEOPLE, NO)) for line in sorted(found)}
    table = [
        f"| {column} | {' | '.join(PEOPLE)} |",
        "|-" * (len(PEOPLE) + 1) + "|",
        *(
            f"| `{line}` | {' | '.join({**says, who: found[line]}.values())} |"
            for line, says in rows.items()
        ),
    ]
    before, mark, after = TABLE.read_text("utf-8").partition(f"## {title}\n")
    part, next_mark, rest = after.partition(f"## {then}\n")
    head = part.partition(f"\n| {column} |")[0]
    text = before + mark + head + "\n" + "\n".join(table) + "\n\n" + next_mark + rest
    TABLE.write_text(text, "utf-8")


#: The places where each kind of person may have a say: a table that is written anew
#: cannot hide a right that goes beyond.
REACH = {
    "nobody": "", "account": "", "agent": "c", "manager": "c", "another's agent": "o",
    "mandated": "c", "mandated EPCI's agent": "c", "EPCI's agent": "e",
    "EPCI's animator": "cne", "ATD's member": "a", "ATD's agent": "a",
    "ATD's animator": "cnea", "administrator": LETTERS,
}  # fmt: skip
#: Actions that name a collectivité, and are everybody's: the register, a report, what
#: is online, a code sent to the town hall's own address.
OF_EVERYBODY = {
    "odlocale_access_ask", "odlocale_access_confirm", "odlocale_collectivity_show",
    "odlocale_elsewhere_list", "odlocale_indicator_list", "odlocale_observatory_curve",
    "odlocale_observatory_list", "odlocale_observatory_show",
    "odlocale_release_list", "odlocale_report_create",
}  # fmt: skip
#: The ATD's animators': they name its perimeter, or the portal's models.
OF_ANIMATORS = {
    "odlocale_datagouv_apply", "odlocale_datagouv_key_list", "odlocale_datagouv_plan",
    "odlocale_datagouv_read", "odlocale_datagouv_search", "odlocale_datagouv_send_list",
    "odlocale_datagouv_send_places", "odlocale_datagouv_start",
    "odlocale_datagouv_status", "odlocale_goal_set", "odlocale_observatory_follow",
    "odlocale_target_list",
    "odlocale_territory_plan", "odlocale_territory_apply",
}  # fmt: skip


@pytest.mark.parametrize("who", [one for one in PEOPLE if one != "administrator"])
def test_no_right_goes_beyond_ones_reach(who: str) -> None:
    beyond = {
        action: says[who]
        for action, says in RIGHTS.items()
        if says[who] != NO
        and not action.startswith(ABOUT_NO_PLACE)
        and action not in OF_EVERYBODY | OF_ANIMATORS
        and not set(says[who]) <= set(REACH[who])
    }
    assert beyond == {}


@pytest.mark.parametrize("private", [True, False])
def test_no_open_action_names_what_became_private(
    private: bool, places: Places, app: Any, mailbox: Mailbox
) -> None:
    """What everybody may ask tells of public files only."""
    client, named = app.test_client(), set()
    for action in (one for one in OURS if RIGHTS[one]["account"] == YES):
        for held in places.all.values():
            with RolledBack():
                if private:
                    model.Session.execute(sa.update(model.Package).values(private=True))
                    model.Session.commit()
                asked = held.about(action, places)
                answer = send_call(client, action, asked, places.tokens["account"])
                key, told = held.release["key"], str(answer.json)
                if answer.status_code == 200 and key in told:
                    named.add(action)
                if action == "odlocale_report_create":
                    assert (answer.status_code == 200) is not private, answer.text
    assert named == (set() if private else {"odlocale_release_list"})
