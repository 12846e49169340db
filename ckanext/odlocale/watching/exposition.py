"""Figures in the text format that Prometheus reads (version 0.0.4).

Pure. Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ckanext.odlocale.watching.health import Report

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
#: Upper bounds of a request's duration, in seconds.
BOUNDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_STATES: Final = {"ok": 0, "degraded": 1, "down": 2}
Sample = tuple[Mapping[str, str], float]


def write(report: Report, counted: Mapping[str, float]) -> str:
    """Return the figures of a portal.

    :param counted: what :func:`fields_of` named, and how often
    """
    parts = report.parts
    lines = [
        *_family(
            "odlocale_ready", "gauge", "1 where visitors may be sent here.",
            [({}, float(report.is_ready))],
        ),
        *_family(
            "odlocale_part_state", "gauge", "0 well, 1 to be looked at, 2 down.",
            [({"part": name}, _STATES[part.state]) for name, part in parts.items()],
        ),
        *_family(
            "odlocale_part_figure", "gauge", "What a part says: seconds, rows, bytes.",
            [
                ({"part": name, "figure": figure}, value)
                for name, part in parts.items()
                for figure, value in part.figures.items()
            ],
        ),
        *_requests(counted),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def fields_of(
    method: str, endpoint: str, status: int, seconds: float
) -> dict[str, float]:
    """Return what one answered request adds to the counters.

    :param endpoint: which page it was; never an address, whose number has no end

    >>> fields_of("GET", "home", 200, 0.07)["request|GET|home|2xx"]
    1.0
    """
    known = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE") else "other"
    name = re.sub(r"[^A-Za-z0-9_.]", "_", endpoint) or "none"
    bound = next((one for one in BOUNDS if seconds <= one), None)
    return {
        f"request|{known}|{name}|{status // 100}xx": 1.0,
        f"seconds|{bound if bound is not None else '+Inf'}": 1.0,
        "seconds_sum": seconds,
    }


def _requests(counted: Mapping[str, float]) -> Iterable[str]:
    answered = [
        (
            dict(zip(("method", "page", "status"), key.split("|")[1:], strict=False)),
            value,
        )
        for key, value in sorted(counted.items())
        if key.startswith("request|")
    ]
    yield from _family(
        "odlocale_requests_total", "counter", "Requests answered.", answered
    )
    total, buckets = 0.0, []
    for bound in (*map(str, BOUNDS), "+Inf"):
        total += counted.get(f"seconds|{bound}", 0.0)
        buckets.append(({"le": bound}, total))
    name = "odlocale_request_seconds"
    yield f"# HELP {name} How long requests took."
    yield f"# TYPE {name} histogram"
    for labels, value in buckets:
        yield _sample(f"{name}_bucket", labels, value)
    yield _sample(f"{name}_sum", {}, counted.get("seconds_sum", 0.0))
    yield _sample(f"{name}_count", {}, total)


def _family(
    name: str, kind: str, help_text: str, samples: Iterable[Sample]
) -> Iterable[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield _sample(name, labels, value)


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    written = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
    return f"{name}{{{written}}} {value:g}" if written else f"{name} {value:.10g}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
