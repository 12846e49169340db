"""What the templates of the observatory ask for."""

from __future__ import annotations

from ckanext.odlocale.observatory.reports import percent
from ckanext.odlocale.observatory.sentences import (
    name_stratum,
    tell_standing,
    tell_suggestions,
)

__all__ = [
    "odlocale_percent",
    "odlocale_standing_told",
    "odlocale_stratum",
    "odlocale_suggestions",
]

odlocale_percent = percent
odlocale_stratum = name_stratum
odlocale_standing_told = tell_standing
odlocale_suggestions = tell_suggestions
