"""The journal lives and dies with the transaction that it describes."""

from __future__ import annotations

import datetime
import uuid

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.journal import JournalLine, record


def lines_about(object_id: str) -> list[JournalLine]:
    return model.Session.query(JournalLine).filter_by(object_id=object_id).all()


@pytest.fixture
def object_id() -> str:
    return str(uuid.uuid4())


def write(object_id: str) -> None:
    record(
        "published",
        user_id="u",
        org_id="o",
        object_type="deposit",
        object_id=object_id,
        detail={"rows": 201, "schema": "budget"},
    )


def test_a_line_is_kept_when_the_action_commits(object_id: str) -> None:
    write(object_id)
    model.Session.commit()
    model.Session.expunge_all()
    (line,) = lines_about(object_id)
    assert (line.verb, line.user_id, line.org_id) == ("published", "u", "o")
    assert (line.object_type, line.object_id) == ("deposit", object_id)
    assert line.detail == {"rows": 201, "schema": "budget", "on_behalf": True}
    now = datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(0) <= now - line.at < datetime.timedelta(minutes=1)


def test_a_line_goes_when_the_action_is_rolled_back(object_id: str) -> None:
    write(object_id)
    model.Session.flush()
    assert len(lines_about(object_id)) == 1
    model.Session.rollback()
    assert lines_about(object_id) == []


def test_the_portal_acts_for_nobody_without_detail(object_id: str) -> None:
    record(
        "withdrawn",
        user_id=None,
        org_id=None,
        object_type="dataset",
        object_id=object_id,
    )
    model.Session.commit()
    (line,) = lines_about(object_id)
    assert (line.user_id, line.org_id, line.detail) == (None, None, {})


def test_the_table_is_the_migration_s() -> None:
    columns = model.Session.execute(
        sa.text(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'odlocale_journal'"
        )
    ).scalars()
    assert set(columns) == {column.name for column in JournalLine.__table__.columns}
