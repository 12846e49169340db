"""Whether what a visitor typed leads to one collectivité, without a list between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ckanext.odlocale.base.french import slugify

#: Enough to tell one from several.
LOOKED_AT = 3


def only_one(
    text: str, count: int, results: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the collectivité to go to at once.

    The only one found, or the only one that bears exactly the name typed: «Auray»
    leads to Auray, though Sainte-Anne-d'Auray was found too.

    :param text: what was typed.
    :param count: how many were found.
    :param results: the first of them, names in full before others.
    :returns: one of ``results``; nothing where the visitor must choose.
    """
    if not text.strip() or not results:
        return None
    if count == 1:
        return results[0]
    typed = slugify(text)
    exact = [one for one in results if typed and slugify(one["name"]) == typed]
    return exact[0] if len(exact) == 1 else None
