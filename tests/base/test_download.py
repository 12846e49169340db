"""Names and types of downloads."""

from __future__ import annotations

import pytest

from ckanext.odlocale.base.download import disposition_name, may_show_inline

NAMES = {
    "an ordinary name": ("budget-crach-2021.csv", "budget-crach-2021.csv"),
    "accents": ("Délibérations 2024.csv", "Délibérations 2024.csv"),
    "accents written in two signs": ("De\u0301libe.csv", "Délibe.csv"),
    "a path": ("../../etc/passwd", "etc-passwd"),
    "a Windows path": ("C:\\Budget\\2021.csv", "C-Budget-2021.csv"),
    "a new line": ("a\r\nSet-Cookie: b.csv", "a-Set-Cookie- b.csv"),
    "a null byte": ("a\x00b.csv", "a-b.csv"),
    "a direction mark": ("a\u202egpj.csv", "a-gpj.csv"),
    "quotes": ('a"; filename="b.exe', "a-; filename=-b.exe"),
    "only dots": ("...", "fichier"),
    "nothing": ("", "fichier"),
    "a hidden file": (".htaccess", "htaccess"),
    "an emoji": ("budget 🎉.csv", "budget 🎉.csv"),
}


@pytest.mark.parametrize(("name", "offered"), NAMES.values(), ids=NAMES)
def test_a_name_is_made_safe(name: str, offered: str) -> None:
    assert disposition_name(name) == offered


def test_a_long_name_keeps_its_extension() -> None:
    offered = disposition_name("x" * 500 + ".xlsx")
    assert len(offered) == 150
    assert offered.endswith("x.xlsx")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_safe_name_is_left_as_it_is(name: tuple[str, str]) -> None:
    assert disposition_name(name[1]) == name[1]


@pytest.mark.parametrize(
    ("mimetype", "shown"),
    [
        ("text/csv", True),
        ("Text/CSV; charset=utf-8", True),
        ("application/pdf", True),
        ("text/html", False),
        ("text/html;text/csv", False),
        ("image/svg+xml", False),
        ("application/xhtml+xml", False),
        ("text/xml", False),
        ("", False),
    ],
)
def test_only_types_that_run_nothing_are_shown(mimetype: str, shown: bool) -> None:
    assert may_show_inline(mimetype) is shown
