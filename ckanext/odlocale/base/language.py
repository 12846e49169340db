"""Translations for code that runs without CKAN.

The catalogue is the one CKAN loads through ``ITranslation``:
``ckanext/odlocale/i18n/<language>/LC_MESSAGES/ckanext-odlocale.mo``. Reading it
with the standard library lets the command line, a background job and a test
speak French with no application context.
"""

from __future__ import annotations

import gettext
import re
from functools import cache
from pathlib import Path

DOMAIN = "ckanext-odlocale"
CATALOGUES = Path(__file__).resolve().parent.parent / "i18n"

_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")


@cache
def translator(language: str = "fr") -> gettext.NullTranslations:
    """Return the translations of one language.

    :param language: a language code, ``"fr"`` or ``"fr_FR"``; a region falls
        back to its language (gettext's own rule).
    :returns: an object with ``gettext`` and ``ngettext``. Where the catalogue is
        absent (English, or a checkout that has not run ``make i18n``), it gives
        back the message itself, which is English by convention.
    :raises ValueError: when ``language`` is not a language code. It is part of
        a path, so nothing else is accepted.

    >>> translator("en").gettext("Publish")
    'Publish'
    """
    if not _LANGUAGE.fullmatch(language):
        raise ValueError(f"not a language code: {language!r}")
    return gettext.translation(
        DOMAIN, localedir=CATALOGUES, languages=[language], fallback=True
    )
