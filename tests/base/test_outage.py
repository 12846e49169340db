"""The page of an outage needs nothing but files."""

from __future__ import annotations

from typing import Any

import pytest
import redis.exceptions
import sqlalchemy.exc
from werkzeug.test import Client

from ckanext.odlocale.base.outage import answer_outages


@pytest.mark.parametrize(
    "error",
    [
        sqlalchemy.exc.OperationalError("SELECT 1", {}, Exception("refused")),
        sqlalchemy.exc.TimeoutError("no connection left"),
        redis.exceptions.ConnectionError("refused"),
    ],
    ids=lambda error: type(error).__module__,
)
def test_an_outage_is_answered_with_a_page(error: Exception) -> None:
    def fail(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise error

    answer = Client(answer_outages(fail, "fr")).get("/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "300"
    assert '<html lang="fr">' in answer.text
    assert "Rien n’est publié, rien n’est perdu." in answer.text


def test_a_defect_is_not_called_an_outage() -> None:
    def fail(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        Client(answer_outages(fail, "fr")).get("/")
