"""The colour that an ATD gives to its pages: read, judged, made readable.

Contrast is WCAG's (2.2, relative luminance and contrast ratio): 4.5:1 at least for
text, on white (success criterion 1.4.3).
"""

from __future__ import annotations

import re

#: WCAG 2.2, 1.4.3, level AA.
READABLE = 4.5
WHITE = "#ffffff"
# The darkest of the backgrounds on which the portal writes links: assets/odlocale.css.
_TINTED = ("#f4f6f7", "#fbf8f2", "#fdeeee", "#fff5e0")

_WRITTEN = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})")
_STEPS = 1000


def parse_colour(text: str) -> str:
    """Return a colour as ``#rrggbb``, in small letters.

    :param text: ``#rgb`` or ``#rrggbb``, with or without its sign.
    :raises ValueError: it is not written as a colour.

    >>> parse_colour(" #07A "), parse_colour("005D7A")
    ('#0077aa', '#005d7a')
    """
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"not a colour: {text!r}")
    digits = found[1]
    return "#" + ("".join(sign * 2 for sign in digits) if len(digits) == 3 else digits)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def is_readable(colour: str) -> bool:
    """Tell whether text of this colour is read on white, and white on it.

    >>> is_readable("#767676"), is_readable("#777777")
    (True, False)
    """
    return contrast(colour, WHITE) >= READABLE


def nearest_readable(colour: str) -> str:
    """Return the colour itself, or the same hue just dark enough for white.

    >>> nearest_readable("#005d7a")
    '#005d7a'
    """
    return _darken_until_readable(colour, (WHITE,))


def stylesheet(colour: str) -> str:
    """Return the style sheet that gives its colour to an ATD's pages.

    Links also stand on tinted backgrounds: a colour that is just readable on white
    is darkened by the little that they need. It prevails wherever it is loaded: CKAN
    writes the other style sheets after those of a page.

    :param colour: as :func:`parse_colour` returns it.
    """
    action = _darken_until_readable(colour, (WHITE, *_TINTED))
    strong = _mix(action, "#000000", 0.72)
    soft = _mix(action, WHITE, 0.1)
    return (
        f"html:root {{\n  --odlocale-action: {action};\n"
        f"  --odlocale-action-strong: {strong};\n"
        f"  --odlocale-action-soft: {soft};\n}}\n"
    )


def _darken_until_readable(colour: str, backgrounds: tuple[str, ...]) -> str:
    def reads(candidate: str) -> bool:
        return all(contrast(candidate, one) >= READABLE for one in backgrounds)

    if reads(colour):
        return colour
    # The contrast grows with each step towards black, which is read everywhere.
    low, high = 0, _STEPS
    while high - low > 1:
        middle = (low + high) // 2
        if reads(_mix(colour, "#000000", 1 - middle / _STEPS)):
            high = middle
        else:
            low = middle
    return _mix(colour, "#000000", 1 - high / _STEPS)


def _mix(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    mixed = (round(first * share + second * (1 - share)) for first, second in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: str) -> float:
    shares = (channel / 255 for channel in _channels(colour))
    linear = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
        for one in shares
    )
    weights = (0.2126, 0.7152, 0.0722)
    return sum(weight * one for weight, one in zip(weights, linear, strict=True))
