"""Tables that a person opens in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a CSV that Excel opens with its accents, and runs nothing of.

    >>> write_table(["Nom"], [["=1+1"], ["Anne"]])
    "\\ufeffNom\\r\\n'=1+1\\r\\nAnne\\r\\n"
    """
    out = io.StringIO()
    out.write("\ufeff")
    table = csv.writer(out)
    table.writerow(header)
    for row in rows:
        # A spreadsheet would run a name that begins as a formula does.
        table.writerow([f"'{one}" if one[:1] in "=+-@\t\r" else one for one in row])
    return out.getvalue()
