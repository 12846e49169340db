"""Downloads counted on the server: how many, of what, on which day; never by whom.

Counts go to Valkey as files are sent and to a table once a day. No address, cookie or
name is kept, so that nobody has to be asked (loi 78-17, art. 82). Robots that say so
are left out, and so are answers that send nothing again.
"""

from __future__ import annotations

import datetime
import logging
import re
from typing import Any

import redis
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis
from flask import Response, request

from ckanext.odlocale.base.days import today
from ckanext.odlocale.observatory.model import Download

log = logging.getLogger(__name__)

#: Pages of :mod:`publishing.permalinks` that send a file.
ENDPOINTS = frozenset({"odlocale_data.release", "odlocale_data.parquet"})
PREFIX = "odlocale:downloads:"
#: A day whose counts were never settled is forgotten after this long.
KEPT_SECONDS = 40 * 24 * 3600

_ROBOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|monitor|uptime|curl/|wget/|python|java/"
    r"|go-http|httpclient|okhttp|axios|libwww|scrapy|udata|hydra|headless|feed",
    re.IGNORECASE,
)


def is_robot(agent: str) -> bool:
    """Tell whether a program says that it is one, or says nothing.

    >>> is_robot("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0")
    False
    >>> is_robot("Mozilla/5.0 (compatible; Googlebot/2.1)"), is_robot("")
    (True, True)
    """
    return not agent.strip() or _ROBOTS.search(agent) is not None


def count(response: Response) -> Response:
    """Count a file that was sent whole to a person. Whatever fails stops nothing."""
    if (
        request.endpoint not in ENDPOINTS
        or request.method != "GET"
        or response.status_code != 200
        or is_robot(request.headers.get("User-Agent", ""))
    ):
        return response
    values = request.view_args or {}
    day = today().isoformat()
    try:
        store = connect_to_redis()
        store.hincrby(PREFIX + day, f"{values['code']} {values['schema']}", 1)
        store.expire(PREFIX + day, KEPT_SECONDS)
    except redis.RedisError:
        log.warning("A download was not counted: Valkey does not answer")
    return response


def settle() -> int:
    """Put what was counted in its table, and commit; return how many downloads.

    Each day's counts are taken by one settler: they are renamed first.
    """
    store, total = connect_to_redis(), 0
    for key in store.scan_iter(PREFIX + "*"):
        name = key.decode() if isinstance(key, bytes) else str(key)
        if not re.fullmatch(re.escape(PREFIX) + r"\d{4}-\d\d-\d\d", name):
            continue
        taken = f"{name}:settling"
        if not store.exists(name) or not store.renamenx(name, taken):
            continue
        day = datetime.date.fromisoformat(name.removeprefix(PREFIX))
        counted = _read(store.hgetall(taken), day)
        Download.add(counted)
        model.Session.commit()
        store.delete(taken)
        total += sum(one["count"] for one in counted)
    return total


def _read(fields: dict[bytes, bytes], day: datetime.date) -> list[dict[str, Any]]:
    known = {
        code: siren
        for siren, insee in model.Session.execute(
            sa.text("SELECT siren, insee FROM odlocale_collectivity")
        )
        for code in (siren, insee)
        if code
    }
    found: dict[tuple[str, str], int] = {}
    for field, number in fields.items():
        code, _, schema = field.decode().partition(" ")
        if code.upper() in known:
            place = known[code.upper()], schema
            found[place] = found.get(place, 0) + int(number)
    return [
        {"siren": siren, "schema": schema, "day": day, "count": number}
        for (siren, schema), number in sorted(found.items())
    ]


def read_months(sirens: list[str]) -> list[tuple[str, int]]:
    """Return downloads by month, the latest first: ``2026-11``, how many."""
    sql = """
    SELECT to_char(day, 'YYYY-MM') AS month, sum(count) FROM odlocale_download
    WHERE siren = ANY(:sirens) GROUP BY 1 ORDER BY 1 DESC LIMIT 12
    """
    found = model.Session.execute(sa.text(sql), {"sirens": sirens})
    return [(str(month), int(number)) for month, number in found]
