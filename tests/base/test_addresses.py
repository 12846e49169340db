"""Which addresses are on the public Internet."""

from __future__ import annotations

import pytest

from ckanext.odlocale.base.addresses import is_public, resolve

ADDRESSES = {
    "a public IPv4": ("93.184.215.14", True),
    "a public IPv6": ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    "a public IPv4 through NAT64": ("64:ff9b::5db8:d70e", True),
    "loopback": ("127.0.0.1", False),
    "loopback further on": ("127.255.255.254", False),
    "loopback IPv6": ("::1", False),
    "unspecified": ("0.0.0.0", False),
    "unspecified IPv6": ("::", False),
    "private 10": ("10.0.0.1", False),
    "private 172.16": ("172.31.255.255", False),
    "just above private 172.16": ("172.32.0.1", True),
    "private 192.168": ("192.168.1.1", False),
    "carrier-grade NAT": ("100.64.0.1", False),
    "cloud metadata": ("169.254.169.254", False),
    "protocol assignments": ("192.0.0.8", False),
    "documentation": ("203.0.113.7", False),
    "benchmarks": ("198.18.0.1", False),
    "multicast": ("224.0.0.1", False),
    "global multicast IPv6": ("ff0e::1", False),
    "reserved": ("240.0.0.1", False),
    "broadcast": ("255.255.255.255", False),
    "unique local IPv6": ("fd00::1", False),
    "link-local IPv6": ("fe80::1", False),
    "link-local IPv6 with its interface": ("fe80::1%eth0", False),
    "former site-local IPv6": ("fec0::1", False),
    "loopback mapped in IPv6": ("::ffff:7f00:1", False),
    "loopback compatible with IPv6": ("::7f00:1", False),
    "private behind 6to4": ("2002:a00:1::", False),
    "loopback behind NAT64": ("64:ff9b::7f00:1", False),
    "local NAT64": ("64:ff9b:1::a00:1", False),
    "Teredo": ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
}


@pytest.mark.parametrize(("address", "public"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_is_public_or_not(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "written", ["127.1", "2130706433", "0x7f000001", "017700000001"]
)
def test_other_ways_to_write_loopback_resolve_to_loopback(written: str) -> None:
    assert [is_public(address) for address in resolve(written, 80)] == [False]
