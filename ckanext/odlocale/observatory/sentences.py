"""What the figures say, in the reader's language."""

from __future__ import annotations

import ckantoolkit as tk

from ckanext.odlocale.base.french import format_number
from ckanext.odlocale.observatory.peers import Standing
from ckanext.odlocale.observatory.strata import STRATA, UNKNOWN
from ckanext.odlocale.scdl.catalogue import load_catalogue


def name_stratum(code: str) -> str:
    """Name a population band."""
    if code == UNKNOWN:
        return str(tk._("Unknown population"))
    one = next(stratum for stratum in STRATA if stratum.code == code)
    least = format_number(one.least)
    if one.below is None:
        return str(tk._("{least} inhabitants and more")).format(least=least)
    if one.least == 0:
        below = format_number(one.below)
        return str(tk._("Fewer than {below} inhabitants")).format(below=below)
    most = format_number(one.below - 1)
    return str(tk._("{least} to {most} inhabitants")).format(least=least, most=most)


def tell_standing(standing: Standing) -> str:
    """Say where a commune stands among those of its size, kindly."""
    publishing = standing.publishing
    if standing.place == "first":
        if not standing.peers:
            return str(tk._("No other commune of your size is on the portal yet."))
        return str(
            tk._("No commune of your size publishes yet. Yours can be the first.")
        )
    if standing.place == "ahead":
        return str(tk._("Yours is among the communes of its size that publish most."))
    said = tk.ungettext(
        "{count} commune of your size already publishes data.",
        "{count} communes of your size already publish data.",
        publishing,
    )
    text = str(said).format(count=format_number(publishing))
    return (
        f"{text} {tk._('So does yours.')}"
        if standing.place == "among" and publishing
        else text
    )


def tell_suggestions(standing: Standing) -> list[str]:
    """Say what others of its size publish that it does not yet."""
    labels = {one.slug: one.label for one in load_catalogue()}
    found = []
    for one in standing.suggestions:
        said = tk.ungettext(
            "{count} commune of your size already publishes this: {data}.",
            "{count} communes of your size already publish this: {data}.",
            one.count,
        )
        label = labels.get(one.schema, one.schema)
        data = label[:1].lower() + label[1:]
        found.append(str(said).format(count=format_number(one.count), data=data))
    return found
