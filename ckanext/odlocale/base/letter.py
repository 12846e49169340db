"""The text of an e-mail, in its two forms: plain and HTML.

A letter is a few paragraphs and links. Each link is a button in HTML and a bare
address in plain text; the address is also written under the button, for whoever
does not trust a button. No image, no attachment, no tracking.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ckanext.odlocale.base.french import french_spaces

#: The header of our letters that says that they are ours.
SEAL_HEADER = "X-Odlocale-Letter"

_TEXT_COLOUR = "#1B2A33"
_ACTION_COLOUR = "#005D7A"
_FONT = "font-family:'Segoe UI',system-ui,sans-serif;font-size:18px;line-height:27px"


@dataclass(frozen=True)
class Link:
    """Something to do: what the button says, and the address it opens.

    Mail filters open every link, so a GET of this address must change nothing.
    """

    label: str
    url: str


@dataclass(frozen=True)
class Letter:
    """An e-mail ready to be sent: its subject, and its text in two forms."""

    subject: str
    text: str
    html: str


def compose(
    subject: str, blocks: Sequence[str | Link], *, signature: str, language: str = "fr"
) -> Letter:
    """Write a letter.

    :param subject: one line; what would break it into several is removed.
    :param blocks: paragraphs of plain text, and links, in their order. They may
        hold what users typed: HTML in them is shown, not obeyed.
    :param signature: who writes, as the reader knows them.
    :param language: the language of the text. French gets its no-break spaces.
    :raises ValueError: a link is not an ``http`` or ``https`` address.
    """
    spaced = french_spaces if language == "fr" else str
    one_line = " ".join(subject.split())
    plain: list[str] = []
    rich: list[str] = []
    for block in blocks:
        if isinstance(block, Link):
            label = spaced(block.label)
            plain.append(f"{label}\n{_checked(block.url)}")
            rich.append(_button(label, block.url))
        else:
            plain.append(spaced(block))
            rich.append(_paragraph(spaced(block)))
    plain.append(f"-- \n{signature}")
    rich.append(_paragraph(signature))
    return Letter(
        subject=spaced(one_line),
        text="\n\n".join(plain) + "\n",
        html=_page(language, spaced(one_line), "\n".join(rich)),
    )


def seal_of(address: str, key: str) -> str:
    """Return what our letters to an address bear: nobody else can make it.

    Whoever receives it can only say that his own address does not work.

    :param key: the portal's secret
    """
    what = b"letter:" + address.strip().lower().encode("utf-8", "replace")
    return hmac.new(key.encode(), what, hashlib.sha256).hexdigest()


def _checked(url: str) -> str:
    if not re.fullmatch(r"https?://\S+", url):
        raise ValueError(f"not a web address: {url!r}")
    return url


def _paragraph(text: str) -> str:
    lines = "<br>".join(escape(line) for line in text.splitlines())
    return f'<p style="margin:0 0 16px">{lines}</p>'


def _button(label: str, url: str) -> str:
    address = escape(url)
    style = (
        f"display:inline-block;padding:12px 24px;background:{_ACTION_COLOUR};"
        "color:#FFFFFF;border-radius:4px;text-decoration:none"
    )
    return (
        f'<p style="margin:0 0 16px"><a href="{address}" style="{style}">'
        f"{escape(label)}</a><br>"
        f'<a href="{address}" style="color:{_ACTION_COLOUR};font-size:15px">'
        f"{address}</a></p>"
    )


def _page(language: str, title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{escape(title)}</title>\n</head>\n'
        f'<body style="margin:24px;color:{_TEXT_COLOUR};{_FONT}">\n'
        f'<div style="max-width:600px">\n{body}\n</div>\n</body>\n</html>\n'
    )
