"""What a report says: of a commune to its mayor, of an EPCI, of an ATD's assembly."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.base.french import format_number
from ckanext.odlocale.observatory import place_reading
from ckanext.odlocale.observatory.report_pdf import Part, ReportText, print_report
from ckanext.odlocale.observatory.sentences import (
    name_stratum,
    tell_standing,
    tell_suggestions,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

MOST = 12


def write_report(owner: Collectivity) -> bytes:
    """Return the report of one collectivité, as PDF."""
    shown = place_reading.describe(owner)
    lang = str(tk.h.lang())
    day = tk.h.odlocale_day(shown["day"]) if shown["day"] else ""
    row = shown["row"]
    address = tk.h.url_for(
        "odlocale_observatory_place.place", code=owner.code, _external=True
    )
    base = {
        "title": owner.name,
        "kicker": str(tk.config["ckanext.odlocale.atd_name"]),
        "footer": tk._("Figures of {day}. The same, up to date: {address}").format(
            day=day, address=address
        ),
        "author": str(tk.config["ckanext.odlocale.atd_name"]),
        "lang": lang[:2],
    }
    if row is None:
        lead = tk._("No figure is known yet.")
        return print_report(ReportText(**base, lead=lead, figures=()))
    if owner.kind == "commune":
        return print_report(ReportText(**base, **_of_commune(shown)))
    return print_report(ReportText(**base, **_of_territory(shown)))


def _of_commune(shown: dict[str, Any]) -> dict[str, Any]:
    row, standings = shown["row"], shown["standings"]
    labels = {one.slug: one.label for one in load_catalogue()}
    online = [slug for slug, state in standings.items() if state == "online"]
    late = [slug for slug, state in standings.items() if state == "late"]
    missing = [slug for slug, state in standings.items() if state == "missing"]
    said = {
        # First what waits for somebody: the page holds some lines only.
        tk._("Expected by the law"): missing,
        tk._("To bring up to date"): late,
        tk._("Up to date"): online,
    }
    rows = [
        (labels.get(slug, slug), text) for text, some in said.items() for slug in some
    ]
    peers = tell_suggestions(shown["standing"])
    return {
        "lead": tell_standing(shown["standing"]),
        "figures": (
            (format_number(row["portal"]), tk._("sets of data on the portal")),
            (format_number(len(online) + len(late)), tk._("national models published")),
            (format_number(len(missing)), tk._("still expected by the law")),
        ),
        "parts": (
            Part(tk._("Your data"), "", (tk._("Data"), tk._("Today")), rows),
            Part(tk._("Communes of your size"), " ".join(peers)),
        ),
    }


def _of_territory(shown: dict[str, Any]) -> dict[str, Any]:
    communes, points = shown["communes"], shown["points"]
    header = (tk._("Population"), tk._("Communes"), tk._("Are open"), tk._("Share"))
    strata = [
        (
            name_stratum(one["code"]),
            format_number(one["collectivities"]),
            format_number(one["open"]),
            percent(one["share"]),
        )
        for one in shown["strata"]
    ]
    first = points[0].open if points else 0
    return {
        "lead": tk._("{open} communes of {total} publish data.").format(
            open=format_number(communes["open"]),
            total=format_number(communes["collectivities"]),
        ),
        "figures": (
            (percent(communes["share"]), tk._("of communes are open")),
            (percent(communes["share_obliged"]), tk._("of those that the law binds")),
            (format_number(communes["standard"]), tk._("national models published")),
        ),
        "parts": (
            Part(tk._("By population"), "", header, strata),
            Part(
                tk._("Since the beginning"),
                tk._("{first} were open on {day}, {now} are today.").format(
                    first=format_number(first),
                    day=tk.h.odlocale_day(points[0].day) if points else "",
                    now=format_number(communes["open"]),
                )
                if points
                else "",
            ),
            Part(
                tk._("What communes publish most"),
                "",
                (tk._("Data"), tk._("Communes")),
                _most_published(shown["lines"]),
            ),
        ),
    }


def _most_published(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    labels = [one.label for one in load_catalogue()]
    counts = [
        sum(line["cells"][rank] in ("online", "late") for line in lines)
        for rank in range(len(labels))
    ]
    ranked = sorted(zip(counts, labels, strict=True), key=lambda one: (-one[0], one[1]))
    return [(label, format_number(count)) for count, label in ranked[:6] if count]


def percent(share: float | None) -> str:
    """Write a share; a dash where there is nobody.

    A share that is not nothing is not written 0, nor one that is not all 100.
    """
    if share is None:
        return "–"
    number = round(share * 100)
    if number == 0 and share > 0:
        number = 1
    if number == 100 and share < 1:
        number = 99
    return f"{number} %"
