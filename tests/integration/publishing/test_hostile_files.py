"""Every file that the engine refuses, sent by the desk's form and by the API: the same
sentence, what to do, the file kept for its agent, and nothing published."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.scdl.messages import render_unreadable
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.unreadable import Unreadable
from tests.integration.publishing.conftest import Desk, Town, call_as
from tests.integration.publishing.software import Software, give
from tests.scdl.test_hostile_workbooks import HOSTILE
from tests.scdl.test_reading import REFUSED

FILES: dict[str, tuple[bytes, str]] = {**REFUSED, **HOSTILE}


def sentence_of(content: bytes) -> str:
    """What is said of a file that cannot be read, without its spaces."""
    with pytest.raises(Unreadable) as refused:
        read(content)
    return squeeze(render_unreadable(refused.value, "fr").sentence)


def squeeze(text: str) -> str:
    return " ".join(html.unescape(text).split())


def published_by(town: Town) -> list[Deposit]:
    query = sa.select(Deposit).where(Deposit.org_id == town.org_id)
    return [one for one in model.Session.scalars(query) if one.state == "published"]


@pytest.mark.parametrize("case", FILES)
def test_the_desk_and_the_api_say_the_same_of_it(
    case: str, mende: Town, desk_of: Callable[[str | None], Desk], app: Any
) -> None:
    content, code = FILES[case]
    said = sentence_of(content)
    name = "budget.xlsx" if case in HOSTILE else "budget.csv"
    desk = desk_of(mende.agent).drop(mende, content, name)
    assert desk.response.status_code == 200
    assert desk.address.endswith("/verifier")
    assert said in squeeze(desk.page)
    assert "Déposer un autre fichier" in desk.page
    deposit = desk.address.split("/")[3]
    shown = call_as(mende.agent, "odlocale_deposit_show", id=deposit)
    assert shown["analysis"]["problem"]["code"] == code
    # It goes nowhere from there, and its agent has it back as it was.
    if case in REFUSED:  # each try reads the file again: some take seconds
        desk.post(f"/publier/depot/{deposit}/publier", {})
    kept = desk.get(f"/publier/depot/{deposit}/original").response
    assert kept.get_data() == content

    sender = Software(app, mende, give(mende, "publish")[1])
    # As a server gives it: the client of the tests gives no length to an empty body.
    size = {"CONTENT_LENGTH": str(len(content))}
    french = {"Accept-Language": "fr"}
    answer = sender.put(content, headers=french, environ_overrides=size)
    assert 400 <= sender.status < 500
    if content:
        assert said in squeeze(answer["error"]["message"])
    else:  # a program that sends nothing made no empty file
        assert answer["error"]["code"] == "empty"
    assert published_by(mende) == []
    assert call_as("", "package_search", q=mende.siren)["count"] == 0
