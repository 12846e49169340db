"""No secret reaches a line of log, and no visitor writes a line of his own."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from ckanext.odlocale.watching.logs import JsonFormatter, new_request_id, strip_secrets

SECRET = "S3cr3t-s3cr3t-0123456789"


def written(message: str, **more: object) -> str:
    record = logging.LogRecord("ckan", logging.INFO, "f", 1, message, None, None)
    record.__dict__.update(more)
    return JsonFormatter().format(record)


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://ckan:{SECRET}@db/ckan",
        f"redis://:{SECRET}@valkey:6379/0",
        f"Authorization: {SECRET}",
        f"{{'Authorization': 'Bearer {SECRET}'}}",
        f"Cookie: ckan={SECRET}; other=1",
        f"GET /invitation/{SECRET} 200",
        f"GET /mot-de-passe/{SECRET}?x=1",
        f"GET /rappel/arret/{SECRET}",
        f"GET /user/reset/abc?key={SECRET}",
        f"GET /connexion/oidc/retour?state=a&code={SECRET}",
        f"beaker.session.secret = {SECRET}",
        f'{{"password": "{SECRET}", "name": "x"}}',
        f"password='{SECRET}'",
        f"SECRET_KEY={SECRET}",
        f"odl_12345678{SECRET}",
        f"eyJhbGciOiJIUzI1NiJ9.{SECRET}.{SECRET}",
        f"oidc_client_secret: {SECRET}",
    ],
)
def test_a_secret_is_stripped_wherever_it_is(text: str) -> None:
    assert SECRET not in strip_secrets(text)
    assert SECRET not in written("%s").replace("%s", strip_secrets(text))
    try:
        raise ValueError(text)
    except ValueError:
        line = written(text, exc_info=sys.exc_info(), fields={"path": text})
    assert SECRET not in line


def test_what_is_no_secret_stays() -> None:
    said = "GET /donnees/56046/budget/2024.csv 200, token refused, key of 12 signs"
    assert strip_secrets(said) == said
    assert "odl_12345678" in strip_secrets(f"odl_12345678{SECRET}")


def test_a_line_is_one_line_of_json_whatever_it_says() -> None:
    line = written('a\nb "c"\u2028{"level": "ERROR"}')
    assert "\n" not in line
    read = json.loads(line)
    assert read["level"] == "INFO"
    assert read["message"].startswith("a\nb")


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "x\ny-12345678", 'a"}{------']
)
def test_an_odd_id_of_request_is_replaced(given: str) -> None:
    assert new_request_id(given) != given
    assert len(new_request_id(given)) == 32
