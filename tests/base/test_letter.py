"""The two forms of a letter."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from ckanext.odlocale.base.letter import Link, compose

URL = "https://portail.example/publier?a=1&b=2"


class Read(HTMLParser):
    """What a mail reader would see: tags, links and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.words: list[str] = []
        self.language: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag == "html":
            self.language = dict(attrs)["lang"]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_letter_says_the_same_in_both_forms() -> None:
    letter = compose(
        "Crach: votre accès",
        ["Bonjour,", Link("Activer mon accès", URL), "Ce n'est pas vous?"],
        signature="Département du Morbihan",
    )
    assert letter.subject == "Crach\u00a0: votre accès"
    assert letter.text == (
        "Bonjour,\n\n"
        f"Activer mon accès\n{URL}\n\n"
        "Ce n'est pas vous\u202f?\n\n"
        "-- \nDépartement du Morbihan\n"
    )
    read = Read(letter.html)
    assert read.language == "fr"
    assert read.links == [URL, URL]
    words = "".join(read.words)
    assert "Activer mon accès" in words
    assert "Ce n'est pas vous\u202f?" in words
    assert "Département du Morbihan" in words


def test_html_in_a_paragraph_is_shown_and_not_obeyed() -> None:
    letter = compose(
        "<b>x</b>",
        ["<script>alert(1)</script>", Link("<i>y</i>", URL + '"onclick="z')],
        signature="<u>w</u>",
    )
    read = Read(letter.html)
    assert not {"script", "b", "i", "u"} & set(read.tags)
    assert read.links[0] == URL + '"onclick="z'
    assert "<script>alert(1)</script>" in letter.text


def test_a_subject_stays_on_one_line() -> None:
    letter = compose("Crach\r\nBcc: tous@example.fr", [], signature="x", language="en")
    assert letter.subject == "Crach Bcc: tous@example.fr"


def test_another_language_keeps_its_own_spaces() -> None:
    letter = compose("Ready?", ["Ready?"], signature="x", language="en")
    assert letter.subject == "Ready?"
    assert letter.text.startswith("Ready?\n")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/publier", "https://a b", ""])
def test_a_link_is_a_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="not a web address"):
        compose("x", [Link("y", url)], signature="z")
