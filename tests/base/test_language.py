"""Translations without CKAN."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ckanext.odlocale.base import language
from ckanext.odlocale.base.language import translator

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=n>1;"

msgid "Publish"
msgstr "Publier"

msgid "{count} row"
msgid_plural "{count} rows"
msgstr[0] "{count} ligne"
msgstr[1] "{count} lignes"
"""


@pytest.fixture
def catalogues(tmp_path, monkeypatch):
    """A French catalogue of our own, compiled as ours is."""
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "ckanext-odlocale.po"
    source.write_text(CATALOGUE, encoding="utf-8")
    compiled = source.with_suffix(".mo")
    command = [
        "-m",
        "babel.messages.frontend",
        "compile",
        "-l",
        "fr",
        "-i",
        source,
        "-o",
        compiled,
    ]
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    translator.cache_clear()
    yield
    translator.cache_clear()


@pytest.mark.parametrize("code", ["fr", "fr_FR"])
def test_french_comes_from_the_catalogue(catalogues: None, code: str) -> None:
    french = translator(code)
    assert french.gettext("Publish") == "Publier"
    assert french.ngettext("{count} row", "{count} rows", 0) == "{count} ligne"
    assert french.ngettext("{count} row", "{count} rows", 2) == "{count} lignes"


@pytest.mark.parametrize("code", ["en", "br"])
def test_a_language_without_catalogue_gives_back_the_message(
    catalogues: None, code: str
) -> None:
    other = translator(code)
    assert other.gettext("Publish") == "Publish"
    assert other.ngettext("{count} row", "{count} rows", 2) == "{count} rows"


@pytest.mark.parametrize("code", ["", "../fr", "fr/..", "FR", "french", "fr\n"])
def test_what_is_not_a_language_code_never_becomes_a_path(code: str) -> None:
    with pytest.raises(ValueError, match="not a language code"):
        translator(code)
