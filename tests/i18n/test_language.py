"""What the journeys use to find English on a page."""

from __future__ import annotations

import pytest

from tests.journeys.language import english_left, visible_text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Rechercher des données", [], id="French"),
        pytest.param("Log out", ["Log out"], id="a message of CKAN"),
        pytest.param("3 Members", ["{num} Members"], id="a plural with its number"),
        pytest.param(
            "Edit Organization\nDonnées", ["Edit Organization"], id="one line of two"
        ),
        pytest.param("Date", [], id="a word that both languages have"),
        pytest.param("De l'or ou rien", [], id="'or' is French too"),
        pytest.param("Logout-le-Roi", [], id="part of a name"),
        pytest.param(
            "Something odd has happened here",
            ["Something odd has happened here"],
            id="English that no catalogue knows",
        ),
        pytest.param("Licence Open Data Commons", [], id="a proper name"),
    ],
)
def test_english_is_found_and_french_is_not(text: str, found: list[str]) -> None:
    assert english_left(text) == found


def test_visible_text_reads_what_a_visitor_reads() -> None:
    html = """<html lang="fr"><head><title>Accueil</title><style>a{}</style></head>
    <body><p>Bonjour <b>à tous</b></p><script>var the = 1</script>
    <input type="submit" value="Valider"><input type="text" value="caché">
    <img alt="Logo"><span lang="en">Hello you</span><code>the()</code></body></html>"""
    assert visible_text(html).splitlines() == [
        "Accueil",
        "Bonjour à tous",
        "Valider",
        "Logo",
    ]
