"""A software that calls the API, and what its description says of each answer."""

from __future__ import annotations

import datetime
import io
import json
import uuid
from collections.abc import Callable
from typing import Any

from ckan import model
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from ckanext.odlocale.people.tables import Mandate, Token
from ckanext.odlocale.people.tokens import new_secret
from ckanext.odlocale.publishing.push_openapi import describe_api
from tests.integration.publishing.conftest import Town

DESCRIBED = describe_api("http://test.ckan.net")
DEPOSIT = "/depots/{collectivite}/{modele}/{cle}"
KEY = "2022-budget-primitif-{nic}"
ALL = ("publish", "withdraw")


def give(town: Town, *verbs: str, schemas: tuple[str, ...] = ("budget",),
         name: str = "") -> tuple[str, str]:  # fmt: skip
    """Give a software a token of a commune, without letter.

    :returns: the token's id, and its secret
    """
    today = datetime.date.today()
    name = name or f"Logiciel {uuid.uuid4().hex[:6]}"
    until = today + datetime.timedelta(days=30)
    mandate = Mandate(
        id=str(uuid.uuid4()), org_id=town.org_id, holder="software", holder_name=name,
        schemas=list(schemas), since=today, until=until, state="accepted",
    )  # fmt: skip
    model.Session.add(mandate)
    model.Session.flush()
    secret = new_secret()
    token = Token(
        id=str(uuid.uuid4()), org_id=town.org_id, mandate_id=mandate.id, name=name,
        schemas=list(schemas), verbs=list(verbs), prefix=secret.prefix,
        token_hash=secret.hash, until=until,
    )  # fmt: skip
    model.Session.add(token)
    model.Session.commit()
    return token.id, secret.value


class Software:
    """Calls one address of the API; each answer is held to its description."""

    def __init__(self, app: Any, town: Town, token: str) -> None:
        self.client = app.test_client()
        self.town = town
        self.token = token
        self.response: Any = None

    def path(self, key: str = "", schema: str = "budget", code: str = "") -> str:
        key = key or KEY.format(nic=self.town.siret[9:])
        return f"/api/odlocale/v1/depots/{code or self.town.code}/{schema}/{key}"

    def call(self, method: str, path: str = "", **options: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        headers |= options.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        self.response = self.client.open(
            path or self.path(), method=method, headers=headers, **options
        )
        return self.read(method)

    def read(self, method: str) -> dict[str, Any]:
        """The answer, once it is what the description says."""
        assert self.response.mimetype == "application/json", self.response.text
        body: dict[str, Any] = json.loads(self.response.data)
        operation = DESCRIBED["paths"][DEPOSIT].get(method.lower())
        status = str(self.response.status_code)
        if operation is not None and status != "405":
            check_body(operation["responses"], status, body)
            headers = self.response.headers
            assert ("Retry-After" in headers) == (status in ("429", "503"))
            assert ("WWW-Authenticate" in headers) == (status == "401")
        assert "no-store" in self.response.headers["Cache-Control"]
        return body

    def put(self, content: bytes, path: str = "", **options: Any) -> dict[str, Any]:
        return self.call("PUT", path, data=content, **options)

    def get(self, path: str = "", **options: Any) -> dict[str, Any]:
        return self.call("GET", path, **options)

    def delete(self, path: str = "", **options: Any) -> dict[str, Any]:
        options.setdefault("json", {"reason": "mistaken"})
        return self.call("DELETE", path, **options)

    @property
    def status(self) -> int:
        return int(self.response.status_code)


def check_body(responses: dict[str, Any], status: str, body: dict[str, Any]) -> None:
    """Hold an answer to the description of its status."""
    assert status in responses, f"{status} is not described: {body}"
    described = responses[status]
    if "$ref" in described:
        name = described["$ref"].rpartition("/")[2]
        described = DESCRIBED["components"]["responses"][name]
    schema = described["content"]["application/json"]["schema"]
    whole = {"$schema": Draft202012Validator.META_SCHEMA["$id"], **schema}
    whole["components"] = DESCRIBED["components"]
    validator = validator_for(whole)(whole)
    faults = [f"{one.json_path}: {one.message[:300]}" for one in
              validator.iter_errors(body)]  # fmt: skip
    assert not faults, faults


class Endless(io.RawIOBase):
    """A body that never ends, and counts what was read of it."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = 64 * 1024 if size < 0 else size
        self.given += wanted
        return b"x" * wanted


class Broken(io.BytesIO):
    """A connection that breaks after some bytes."""

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        if not found:
            raise ConnectionResetError
        return found


Call = Callable[..., Software]
