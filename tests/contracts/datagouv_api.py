"""Serve udata's own HTTP API, unchanged, on an in-memory database: data.gouv.fr.

Runs in udata's environment, not in the project's. First line on its standard input:
``{"port", "mapping": {public: local}, "schemas": [{"name", "schema_url"}]}``. It prints
``{"api", "keys"}`` once it listens: keys of the ATD's account (``atd``), of the
administrator of a commune's own organisation (``commune``), of a reader (``reader``)
and of data.gouv.fr's team (``team``, which validates sources).

Beside the API, ``/_test/…`` says what production cannot be asked:

* ``POST /_test/faults`` ``[{"on": "POST /api/1/organizations/", "do": …}]``: what goes
  wrong at the next call of that name. ``status`` (500, 423…), ``html`` and ``nothing``
  answer in its place; ``lost`` carries it out and answers 502; ``hold`` carries it out
  and does not answer before ``/_test/release``.
* ``POST /_test/read-only`` ``{"on": true}``: udata's own read-only mode.
* ``GET /_test/calls``: the calls since the last time, as method and path.
* ``POST /_test/days`` ``{"days": 8}``: all that was harvested is as much older.

Celery is eager: a source that is validated is harvested before the answer.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import harvester as contract
from werkzeug.serving import make_server

PAGE = b"<!DOCTYPE html><html><title>Maintenance</title></html>"
PEOPLE = ("atd", "commune", "reader", "team")


class Counterpart:
    """udata's application, and what a test has it do wrong."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.faults: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.released = threading.Event()
        # mongomock is not made for threads: one call at a time, as if it were alone.
        self.lock = threading.RLock()

    def __call__(
        self, environ: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/_test/"):
            return self.control(path.removeprefix("/_test/"), environ, start)
        name = f"{environ['REQUEST_METHOD']} {path}"
        self.calls.append(name)
        fault = next((one for one in self.faults if name.startswith(one["on"])), None)
        if fault is None:
            return self.serve(environ, start)
        self.faults.remove(fault)
        return self.fail(fault, environ, start)

    def serve(
        self, environ: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        with self.lock:
            return list(self.application(environ, start))

    def fail(
        self, fault: dict[str, Any], environ: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        what = fault["do"]
        if what == "html":
            start("200 OK", [("Content-Type", "text/html")])
            return [PAGE]
        if what == "nothing":
            start("200 OK", [("Content-Type", "application/json")])
            return [b""]
        if what in ("lost", "hold"):
            self.serve(environ, lambda *_: None)
            if what == "hold":
                self.released.clear()
                self.released.wait(60)
            start("502 Bad Gateway", [("Content-Type", "text/html")])
            return [PAGE]
        start(f"{what} Fault", [("Content-Type", "application/json")])
        return [b'{"message": "a fault of the test"}']

    def control(
        self, what: str, environ: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        said = json.loads(environ["wsgi.input"].read(size) or b"null")
        answer: Any = {}
        if what == "faults":
            self.faults = list(said)
        elif what == "calls":
            answer, self.calls = self.calls, []
        elif what == "release":
            self.released.set()
        elif what == "read-only":
            self.application.config["READ_ONLY_MODE"] = said["on"]
        elif what == "days":
            with self.lock, self.application.app_context():
                self.pass_days(said["days"])
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    def pass_days(self, days: int) -> None:
        """Make all that was harvested as much older."""
        from udata.core.dataset.models import Dataset

        for dataset in Dataset.objects:
            if dataset.harvest and dataset.harvest.last_update:
                before = dataset.harvest.last_update - timedelta(days=days)
                Dataset.objects(pk=dataset.pk).update_one(
                    set__harvest__last_update=before
                )


def make_keys() -> dict[str, str]:
    """An account and a key for each kind of person."""
    from udata.core.api_token.models import ApiToken
    from udata.core.user.models import Role, User

    keys = {}
    for name in PEOPLE:
        roles = [Role(name="admin").save()] if name == "team" else []
        account = User(
            first_name=name.title(),
            last_name="Essai",
            email=f"{name}@example.org",
            active=True,
            roles=roles,
            fs_uniquifier=name,
            password="x",
        ).save(validate=False)
        keys[name] = ApiToken.generate(account)[1]
    return keys


def main() -> None:
    """Serve until the standard input is closed."""
    contract.forget_surroundings()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Whatever udata prints must not be taken for an answer.
    os.dup2(2, 1)
    contract.use_memory()
    setting = json.loads(sys.stdin.readline())
    port = setting["port"]
    application = contract.make_application(
        SERVER_NAME=f"127.0.0.1:{port}",
        PREFERRED_URL_SCHEME="http",
        CDATA_BASE_URL=f"http://127.0.0.1:{port}/",
        PROPAGATE_EXCEPTIONS=False,
        ORG_BID_FORMAT="siret",
    )
    with application.app_context():
        contract.Harvester(setting)
        keys = make_keys()
    server = make_server("127.0.0.1", port, Counterpart(application), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    api = f"http://127.0.0.1:{port}"
    print(json.dumps({"api": api, "keys": keys}), file=answers, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
