"""The animator's page of what is sent: what it shows, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.odlocale.datagouv.outbox_model import Outbox, PushChoice, Pushed
from tests.integration.publishing.conftest import (
    Atd,
    Desk,
    Town,
    atd,
    clean_session,
    desk_of,
    town,
)

__all__ = ["atd", "clean_session", "desk_of", "town"]

HOME = "/animer/data-gouv/envoi"


@pytest.fixture(autouse=True)
def alone() -> None:
    for table in (Outbox, Pushed, PushChoice):
        model.Session.execute(sa.delete(table))
    model.Session.commit()


def test_an_animator_chooses_reads_and_decides(
    town: Callable[[], Town], atd: Callable[..., Atd], desk_of: Callable[..., Desk]
) -> None:
    here, away = town(), town()
    desk = desk_of(atd(here).animator)
    asked = {"code": here.code, "comment": ""}
    told = desk.get(HOME).post(f"{HOME}/choisir", asked).page
    assert 'id="comment' in told
    assert f'value="{here.code}" checked' in told
    desk.post(f"{HOME}/choisir", {**asked, "comment": "send"})
    assert model.Session.get(PushChoice, here.siren) is not None
    outside = {"code": away.code, "comment": "send"}
    assert desk.get(HOME).post(f"{HOME}/choisir", outside).response.status_code == 403
    assert model.Session.get(PushChoice, away.siren) is None

    dataset = factories.Dataset(owner_org=here.org_id, title="Budget <2026>")
    held = {"title": ["Budget", "<script>Leur titre</script>"]}
    model.Session.execute(
        sa.update(Pushed)
        .where(Pushed.package_id == dataset["id"])
        .values(remote_id="there", before={"title": "Budget"}, held=held)
    )
    model.Session.execute(
        sa.update(Outbox).values(last_error="refused", next_try=None, last_said="non")
    )
    model.Session.commit()
    page = desk.get(HOME).page
    assert "&lt;script&gt;Leur titre" in page
    assert "Budget &lt;2026&gt;" in page
    # Her agent reads it too, without anything to decide.
    told = desk_of(here.agent).get(f"/publier/{here.code}/data-gouv").page
    assert "&lt;script&gt;Leur titre" in told
    assert "Votre animateur décide" in told
    assert 'name="vu"' not in told
    desk.post(f"{HOME}/reessayer", {"id": dataset["id"]})
    model.Session.expire_all()
    assert message_of(dataset["id"]).next_try is not None
    stale = {"id": dataset["id"], "reponse": "keep", "vu": "other"}
    desk.get(HOME).post(f"{HOME}/decider", stale)
    assert pushed_of(dataset["id"]).held == held
    seen = page.partition('name="vu" value="')[2].partition('"')[0]
    desk.get(HOME).post(f"{HOME}/decider", {**stale, "vu": seen})
    assert (pushed_of(dataset["id"]).held, pushed_of(dataset["id"]).kept) == (
        {},
        ["title"],
    )


def pushed_of(package_id: str) -> Any:
    model.Session.expire_all()
    return model.Session.get(Pushed, package_id)


def message_of(package_id: str) -> Any:
    return model.Session.get(Outbox, ("dataset", package_id))
