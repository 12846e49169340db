"""A mark of the address of the internet that asks: the address itself is not kept."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

import ckantoolkit as tk
from flask import has_request_context, request


def origin_mark() -> str:
    """Return the mark of who asks, or nothing where it says nothing.

    Behind a proxy that does not say whom it speaks for, all visitors have one private
    address: they are not counted together. A line of IPv6 has as many addresses as it
    likes: its network of 64 bits is one place.
    """
    typed = (request.remote_addr or "") if has_request_context() else ""
    place = place_of(typed)
    if not place:
        return ""
    key = str(tk.config["SECRET_KEY"]).encode()
    return hmac.new(key, place.encode(), hashlib.sha256).hexdigest()[:32]


def place_of(typed: str) -> str:
    """Return the place that an address of the internet is of, or nothing where it says
    nothing.

    >>> [place_of(one) for one in ("192.0.2.1", "8.8.8.8", "::ffff:8.8.8.8", "x")]
    ['', '8.8.8.8', '8.8.8.8', '']
    >>> place_of("2a01:e0a:1:2:dead:beef:1:1"), place_of("2a01:e0a:1:3::1")
    ('2a01:e0a:1:2::/64', '2a01:e0a:1:3::/64')
    """
    try:
        address = ipaddress.ip_address(typed)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if not address.is_global:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))
