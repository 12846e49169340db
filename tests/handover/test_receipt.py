"""A receipt stands for one pack, one collectivité, one other portal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ckanext.odlocale.handover.receipt import (
    Receipt,
    ReceiptRefused,
    read_receipt,
    verify,
)
from ckanext.odlocale.handover.sentences import say_receipt

GIVEN = Receipt("215600461", "https://b.fr", "crach-56046", "1" * 64, "2" * 64)
SENT = {
    "siren": "215600461",
    "pack": "1" * 64,
    "digest": "2" * 64,
    "portal": "https://a.fr",
}


def test_a_receipt_travels_and_is_accepted() -> None:
    assert read_receipt(GIVEN.to_dict()) == GIVEN
    verify(GIVEN, **SENT)


@pytest.mark.parametrize("name", ["siren", "portal", "organization", "pack", "digest"])
def test_a_letter_lost_by_hand_is_seen(name: str) -> None:
    told = GIVEN.to_dict()
    told[name] = told[name][:-1]
    with pytest.raises(ReceiptRefused) as refused:
        read_receipt(told)
    assert refused.value.code == "unreadable"


@pytest.mark.parametrize(
    "value", [None, [], "receipt", {}, {"format": "odlocale-receipt"}, {"format": 1}]
)
def test_what_is_no_receipt_is_refused(value: Any) -> None:
    with pytest.raises(ReceiptRefused):
        read_receipt(value)


OTHERS = {
    "another collectivité": ({"siren": "215600537"}, "siren"),
    "another pack": ({"pack": "3" * 64}, "content"),
    "another content": ({"digest": "3" * 64}, "content"),
    "this very portal": ({"portal": "https://a.fr"}, "portal"),
    "no address": ({"portal": "b.fr"}, "portal"),
    "an address that runs": ({"portal": "javascript:alert(1)"}, "portal"),
    "a query": ({"portal": "https://b.fr?to="}, "portal"),
    "an address that is none": ({"portal": "https://[b.fr"}, "portal"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_receipt_for_something_else_is_refused(case: str) -> None:
    change, code = OTHERS[case]
    with pytest.raises(ReceiptRefused) as refused:
        verify(replace(GIVEN, **change), **SENT)
    assert refused.value.code == code
    assert say_receipt(code, str)
