"""Runs beside Validata, in its own environment: verdicts on the files it is told.

Reads one line of JSON a file, ``{"path", "schema"}``, and answers one line each:
``{"cells": [[row, column]…], "rows": [row…], "file": [kinds], "seconds"}``; a file that
makes it stop is ``{"crash": …}``.
"""

from __future__ import annotations

import json
import sys
import time

from validata_core import validate


def judge(path: str, schema: str) -> dict[str, object]:
    """Return what Validata says of a file."""
    with open(schema, encoding="utf-8") as stream:
        descriptor = json.load(stream)
    began = time.perf_counter()
    try:
        report = validate(path, descriptor)
    except Exception as error:
        return {"crash": f"{type(error).__name__}: {error}"[:300]}
    spent = time.perf_counter() - began
    cells, rows, kinds, told = set(), set(), set(), []
    for error in report.errors:
        place = error.location
        row = getattr(place, "row_number", None)
        fields = getattr(place, "fields_info", None) or []
        if row is None:
            kinds.add(error.type if isinstance(error.type, str) else error.type.name)
            continue
        if not fields:
            rows.add(row)
        for field in fields:
            cells.add((row, field.label))
        told.append((row, str(error.type), error.message[:100]))
    return {
        "cells": sorted(cells),
        "rows": sorted(rows),
        "file": sorted(map(str, kinds)),
        "told": told[:2000],
        "seconds": spent,
    }


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(judge(asked["path"], asked["schema"])), flush=True)


if __name__ == "__main__":
    main()
