"""Ask each part of this portal how it is, by short connections of its own.

Not by CKAN's pool nor its session: a probe must answer while they are exhausted, and
must never wait longer than a load balancer does.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from typing import Any, Final

import ckantoolkit as tk
import psycopg2
import redis
import requests

from ckanext.odlocale.base import marks
from ckanext.odlocale.base.storage import STORAGE_OPTION
from ckanext.odlocale.watching import health
from ckanext.odlocale.watching.health import Part, Probe, Report

_SECONDS: Final = 3
#: Commands that an operator plans once a day: docs/exploitation.md.
DAILY: Final = ("people", "publishing")


def report() -> Report:
    """How the portal is, now."""
    probes: dict[str, Probe] = {
        "database": _database,
        "tables": connects_to("ckan.datastore.read_url"),
        "search": answers_search,
        "valkey": answers_ping,
        "storage": _storage,
        "worker": _worker,
        "daily": _daily,
        "outbox": _outbox,
        "feeds": _feeds,
    }
    return health.ask(probes)


@contextmanager
def _cursor(option: str) -> Iterator[Any]:
    """A cursor of a short connection, which only reads."""
    url = str(tk.config[option]).replace("postgresql+psycopg2:", "postgresql:")
    limits = (
        f"-c statement_timeout={_SECONDS * 1000} -c default_transaction_read_only=on"
    )
    with (
        closing(
            psycopg2.connect(url, connect_timeout=_SECONDS, options=limits)
        ) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor


def _ask(cursor: Any, question: str) -> Any:
    cursor.execute(question)
    return cursor.fetchone()


def _database() -> Part:
    with _cursor("sqlalchemy.url") as cursor:
        # A database that answers without our tables is not this portal's.
        _ask(cursor, "SELECT 1 FROM odlocale_deposit LIMIT 1")
    return Part("ok")


def connects_to(option: str) -> Probe:
    """A probe of a database that has no more to say than that it answers."""

    def connect() -> Part:
        with _cursor(option) as cursor:
            _ask(cursor, "SELECT 1")
        return Part("ok")

    return connect


def answers_search() -> Part:
    """A probe of Solr."""
    url = str(tk.config["solr_url"]).rstrip("/")
    with requests.Session() as session:
        # The operator's own server: his proxy has nothing to say about it.
        session.trust_env = False
        if tk.config.get("solr_user"):
            session.auth = (tk.config["solr_user"], tk.config["solr_password"] or "")
        answer = session.get(
            f"{url}/select", params={"q": "*:*", "rows": "0"}, timeout=_SECONDS
        )
    answer.raise_for_status()
    return Part("ok", {"indexed": int(answer.json()["response"]["numFound"])})


def _server() -> Any:
    return redis.Redis.from_url(
        str(tk.config["ckan.redis.url"]),
        socket_timeout=_SECONDS,
        socket_connect_timeout=_SECONDS,
    )


def answers_ping() -> Part:
    """A probe of Valkey."""
    with closing(_server()) as server:
        server.ping()
        used = server.info("memory").get("used_memory", 0)
    return Part("ok", {"used_bytes": float(used)})


def _storage() -> Part:
    option = f"ckan.files.storage.{tk.config[STORAGE_OPTION]}.path"
    folder = str(tk.config[option])
    usage = shutil.disk_usage(folder)
    return health.judge_storage(os.access(folder, os.W_OK), usage.free, usage.total)


def _worker() -> Part:
    prefix = f"ckan:{tk.config['ckan.site_id']}:"
    queue = f"rq:queue:{prefix}default"
    with closing(_server()) as server:
        ages = [
            age
            for key in server.smembers("rq:workers")
            if (age := _heard(server, key, prefix)) is not None
        ]
        first = server.lindex(queue, 0)
        created = server.hget(b"rq:job:" + first, "enqueued_at") if first else None
        failed = server.zcard(f"rq:failed:{prefix}default")
        waiting = server.llen(queue)
    oldest = _age(created) if created else None
    return health.judge_worker(ages, int(waiting), oldest, int(failed))


def _heard(server: Any, key: bytes, prefix: str) -> float | None:
    """Seconds since a worker of this portal was heard; nothing for another's."""
    heartbeat, queues = server.hmget(key, "last_heartbeat", "queues")
    if not heartbeat or prefix not in (queues or b"").decode():
        return None
    return _age(heartbeat)


def _age(moment: bytes) -> float:
    """Seconds since a moment as RQ writes it."""
    text = moment.decode().replace("Z", "+00:00")
    then = datetime.fromisoformat(text)
    if then.tzinfo is None:
        then = then.replace(tzinfo=timezone.utc)
    return max(0.0, time.time() - then.timestamp())


def _daily() -> Part:
    with closing(_server()) as server:
        return health.judge_daily({name: marks.age(name, server) for name in DAILY})


def _outbox() -> Part:
    with _cursor("sqlalchemy.url") as cursor:
        found = _ask(
            cursor,
            "SELECT count(*), extract(epoch FROM now() - min(created_at)),"
            " count(*) FILTER (WHERE attempts > 0) FROM odlocale_outbox",
        )
    age = float(found[1]) if found[1] is not None else None
    return health.judge_outbox(int(found[0]), age, int(found[2]))


def _feeds() -> Part:
    with _cursor("sqlalchemy.url") as cursor:
        (unwritten,) = _ask(
            cursor,
            "SELECT count(*) FROM package p WHERE p.state = 'active' AND NOT p.private"
            " AND p.type = 'dataset' AND p.owner_org IS NOT NULL"
            " AND p.metadata_modified < now() at time zone 'utc' - interval '5 minutes'"
            " AND NOT EXISTS"
            " (SELECT 1 FROM odlocale_fragment f WHERE f.package_id = p.id)",
        )
        (due,) = _ask(cursor, "SELECT count(*) FROM odlocale_table_due")
        (refused,) = _ask(
            cursor, "SELECT count(*) FROM odlocale_datagouv WHERE failed <> '[]'"
        )
    return health.judge_feeds(int(unwritten), int(refused), int(due))
