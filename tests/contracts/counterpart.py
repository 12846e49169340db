"""The small data.gouv.fr of ``datagouv_api.py``, started and asked from a test."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from ckanext.odlocale.datagouv.client import Client
from ckanext.odlocale.scdl.catalogue import load_catalogue
from tests.contracts.environment import ensure_environment


class Counterpart:
    """udata's API, running.

    :ivar site: its address
    :ivar keys: ``atd``, ``commune``, ``reader``, ``team``
    """

    def __init__(self, site: str, keys: dict[str, str]) -> None:
        self.site, self.keys = site, keys

    def client(self, who: str = "atd") -> Client:
        """Our own client, with somebody's key."""
        return Client.of(
            self.site,
            self.keys[who],
            allowed_hosts=frozenset({"127.0.0.1"}),
            calls_per_second=500,
        )

    def control(self, what: str, said: Any = None) -> Any:
        """Say what production cannot be asked: see ``datagouv_api.py``."""
        answer = requests.post(f"{self.site}/_test/{what}", json=said, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def fail(self, on: str, *what: Any) -> None:
        """Have the next calls of a name go wrong, each in its way."""
        self.control("faults", [{"on": on, "do": one} for one in what])

    def calls(self) -> list[str]:
        """The calls since the last time."""
        found: list[str] = self.control("calls")
        return found

    def accept(self, source_id: str) -> Any:
        """Have the team validate a source, which harvests it at once."""
        return self.client("team").caller.call(
            "POST",
            f"/harvest/source/{source_id}/validate/",
            payload={"state": "accepted"},
        )

    def everything(self) -> tuple[list[str], list[str]]:
        """The names of all organisations, and the addresses of all sources."""
        client = self.client("team").caller
        asked = {"page_size": 500}
        found = client.call("GET", "/organizations/", asked)["data"]
        sources = client.call("GET", "/harvest/sources/", asked)["data"]
        return sorted(one["name"] for one in found), sorted(
            one["url"] for one in sources
        )


@contextmanager
def run_counterpart(port: int, mapping: dict[str, str]) -> Iterator[Counterpart]:
    """Run it until the block ends.

    :param mapping: where the public address of the portal really is
    """
    schemas = [
        {"name": one.id, "schema_url": one.schema_url} for one in load_catalogue()
    ]
    setting = {"port": port, "mapping": mapping, "schemas": schemas}
    script = Path(__file__).with_name("datagouv_api.py")
    with subprocess.Popen(
        [str(ensure_environment()), str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(setting) + "\n")
        process.stdin.flush()
        said = process.stdout.readline()
        assert said, "udata stopped: its last words are above"
        found = json.loads(said)
        try:
            yield Counterpart(found["api"], found["keys"])
        finally:
            process.stdin.close()
            process.wait(30)
