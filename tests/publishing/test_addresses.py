"""Whose permanent address an address is, however it is written."""

from __future__ import annotations

import pytest

from ckanext.odlocale.publishing.dataset import code_in_address

SITE = "https://donnees.example.fr"
FILE = "/donnees/56046/budget/2022.csv"
ADDRESSES = {
    "absolute": (SITE + FILE, "56046"),
    "capitals": ("HTTPS://DONNEES.EXAMPLE.FR" + FILE, "56046"),
    "without TLS": ("http://donnees.example.fr" + FILE, "56046"),
    "a port": ("https://donnees.example.fr:443" + FILE, "56046"),
    "relative": (FILE, "56046"),
    "with a language": (SITE + "/fr" + FILE, "56046"),
    "dots": (SITE + "/donnees/56007/../56046/budget/2022.csv", "56046"),
    "doubled": (SITE + "//donnees//56046//budget/2022.csv", "56046"),
    "encoded": (SITE + "/%64onnees/5604%36/budget/2022.csv", "56046"),
    "backslashes": (SITE + "\\donnees\\56046\\budget\\2022.csv", "56046"),
    "Corsica": (SITE + "/donnees/2a004/budget/2022.csv", "2A004"),
    "another site": ("https://ailleurs.example.fr" + FILE, None),
    "another page": (SITE + "/dataset/budget", None),
    "no address": ("[", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("url", "code"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_of_the_portal_tells_whose_it_is(url: str, code: str | None) -> None:
    assert code_in_address(url, SITE) == code
