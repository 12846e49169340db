"""The letter about two versions of a table, through a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from redis.exceptions import RedisError

from ckanext.odlocale.base.mail import LetterNotSent
from ckanext.odlocale.publishing import grid_letter
from ckanext.odlocale.publishing.grid_model import Grid
from tests.integration.mailbox import Mailbox, mailbox
from tests.integration.publishing.conftest import Town
from tests.integration.publishing.test_grid import SCHEMA, begin, call, colleague

__all__ = ["mailbox"]

Asked = list[tuple[str, str]]


@pytest.fixture
def asked() -> Iterator[Asked]:
    """What was asked of the worker, instead of its queue."""
    found: Asked = []
    with mock.patch.object(
        grid_letter, "tell_later", lambda grid, user: found.append((grid, user))
    ):
        yield found


def id_of(name: str) -> str:
    return str(model.User.get(name).id)


def grid_of(town: Town) -> Grid:
    grid = Grid.find(town.org_id, SCHEMA, "brouillon")
    assert grid is not None
    return grid


def clash(town: Town, *values: str, other: str | None = None, **more: Any) -> str:
    """Two people in as many cells; return who typed first."""
    rows = begin(town, *[{"objet": "a"} for _ in values], **more)
    seen = call(town, "show", **more)["version"]
    first = other or colleague(town)
    for who, prefix in ((first, "leur "), (None, "")):
        changes = [
            {"row": row, "field": "objet", "value": prefix + value}
            for row, value in zip(rows, values, strict=True)
        ]
        client = {"client": f"w-{prefix}"}
        call(town, "save", who, version=seen, changes=changes, **client, **more)
    return first


def tell(app: Any, town: Town, user: str | None = None) -> bool:
    with app.flask_app.test_request_context():
        who = id_of(town.agent if user is None else user)
        return grid_letter.tell_conflict(grid_of(town).id, who)


def test_who_has_to_choose_is_written_to_once_and_for_all_cells(
    mende: Town, app: Any, asked: Asked, mailbox: Mailbox
) -> None:
    clash(mende, "fête", "port", "quai")
    assert asked == [(grid_of(mende).id, id_of(mende.agent))]
    assert tell(app, mende)
    message = mailbox.only_message()
    assert message["To"].count("@") == 1
    assert mende.name in message["Subject"]
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        said = part.get_content()
        assert "Maël Le Goff" in said
        assert f"/publier/{mende.code}/subventions/saisie/conflits" in said
    assert not tell(app, mende), "once a day at most"
    assert len(mailbox.envelopes) == 1


def test_more_cells_while_some_wait_ask_nothing_more(mende: Town, asked: Asked) -> None:
    other = clash(mende, "fête")
    clash(mende, "port", other=other)
    assert len(asked) == 1


def test_who_chose_meanwhile_is_not_written_to(
    mende: Town, app: Any, asked: Asked, mailbox: Mailbox
) -> None:
    clash(mende, "fête")
    choices = [
        {"row": one["row"], "field": one["field"], "keep": "theirs"}
        for one in call(mende, "show")["conflicts"]
    ]
    call(mende, "settle", choices=choices)
    assert not tell(app, mende)
    assert mailbox.envelopes == []


def test_one_s_own_other_window_is_no_letter(
    mende: Town, app: Any, asked: Asked, mailbox: Mailbox
) -> None:
    clash(mende, "fête", other=mende.agent)
    assert [one["own"] for one in call(mende, "show")["conflicts"]] == [True]
    assert asked == []
    assert not tell(app, mende)


def test_the_other_person_has_nothing_to_choose(
    mende: Town, app: Any, asked: Asked, mailbox: Mailbox
) -> None:
    assert not tell(app, mende, clash(mende, "fête"))
    assert mailbox.envelopes == []


def test_who_may_no_longer_fill_in_is_not_written_to(
    mende: Town, app: Any, asked: Asked, mailbox: Mailbox
) -> None:
    other = colleague(mende)
    (row,) = begin(mende, {"objet": "a"})
    for who, value in ((None, "b"), (other, "c")):
        change = {"row": row, "field": "objet", "value": value}
        call(mende, "save", who, version=1, changes=[change])
    assert asked == [(grid_of(mende).id, id_of(other))]
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    member = {"id": mende.org_id, "username": other}
    tk.get_action("organization_member_delete")({"user": site}, member)
    with pytest.raises(tk.NotAuthorized):
        call(mende, "show", other)
    # Leaving is told by letter too.
    before = len(mailbox.envelopes)
    assert not tell(app, mende, other)
    assert len(mailbox.envelopes) == before


def test_a_mail_server_that_is_down_loses_neither_the_cells_nor_the_letter(
    mende: Town, app: Any, asked: Asked
) -> None:
    clash(mende, "fête")
    down = {"smtp.server": "127.0.0.1:9", "smtp.mail_from": "portail@essai.example"}
    with mock.patch.dict(tk.config, down), pytest.raises(LetterNotSent):
        tell(app, mende)
    (conflict,) = call(mende, "show")["conflicts"]
    assert (conflict["mine"], conflict["theirs"]) == ("fête", "leur fête")
    sent = []
    with mock.patch.object(grid_letter, "send", lambda *a, **more: sent.append(more)):
        assert tell(app, mende), "the next attempt sends it"
    assert len(sent) == 1


def test_a_queue_that_is_down_holds_back_no_cell(mende: Town) -> None:
    def fail() -> Any:
        raise RedisError("no queue")

    with mock.patch.object(grid_letter, "get_queue", fail):
        clash(mende, "fête")
    assert len(call(mende, "show")["conflicts"]) == 1


def test_the_worker_is_asked_for_later(mende: Town) -> None:
    queue = grid_letter.get_queue()
    before = set(queue.scheduled_job_registry.get_job_ids())
    clash(mende, "fête")
    (job_id,) = set(queue.scheduled_job_registry.get_job_ids()) - before
    job = tk.job_from_id(job_id)
    assert job.args == (grid_of(mende).id, id_of(mende.agent))
    assert job.meta["title"].startswith("odlocale")
    due = queue.scheduled_job_registry.get_scheduled_time(job_id)
    assert (due - job.created_at.replace(tzinfo=due.tzinfo)) >= grid_letter.DELAY / 2
    job.delete()


def test_a_name_and_a_table_of_odd_signs_make_one_letter(
    mende: Town, app: Any, asked: Asked, mailbox: Mailbox
) -> None:
    other = colleague(mende)
    model.User.get(other).fullname = "<b>Eve</b>\nBcc: tous@essai.example"
    model.Session.commit()
    clash(mende, "fête", other=other, key="tableau-2")
    grid = Grid.find(mende.org_id, SCHEMA, "tableau-2")
    assert grid is not None
    with app.flask_app.test_request_context():
        assert grid_letter.tell_conflict(grid.id, id_of(mende.agent))
    message = mailbox.only_message()
    assert message["Bcc"] is None
    html = message.get_body(("html",))
    assert html is not None
    assert "<b>Eve" not in html.get_content()
    assert "tableau=tableau-2" in html.get_content()


def test_a_table_that_was_erased_meanwhile_is_no_letter(
    mende: Town, app: Any, asked: Asked, mailbox: Mailbox
) -> None:
    clash(mende, "fête")
    grid_id = grid_of(mende).id
    call(mende, "delete")
    with app.flask_app.test_request_context():
        assert not grid_letter.tell_conflict(grid_id, id_of(mende.agent))
    assert mailbox.envelopes == []
