"""Which network addresses the portal may call on somebody else's word.

An address typed by a user, or found in a redirect, must not lead to the portal's
own network: a database, a cloud's metadata service, a printer.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from enum import Enum

Resolver = Callable[[str, int], tuple[str, ...]]
_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Blocks that some supported Python versions call global, though no public
# server can be there.
_NEVER_PUBLIC = tuple(
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24",  # RFC 6890, IETF protocol assignments
        "64:ff9b:1::/48",  # RFC 8215, local NAT64
        "2001::/23",  # RFC 2928, protocol assignments, Teredo included
        "fec0::/10",  # RFC 3879, former site-local addresses
    )
)
# RFC 6052: what a DNS64 resolver answers for a name that has IPv4 only.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Refusal(Enum):
    """Why an address is not called."""

    MALFORMED = "not a web address"
    SCHEME = "neither http nor https"
    CREDENTIALS = "holds a user name or a password"
    NOT_PUBLIC = "not on the public Internet"


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public Internet.

    An IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) is judged
    as that IPv4 address.

    :param address: an IPv4 or IPv6 address, as ``getaddrinfo`` writes it.
    :raises ValueError: it is not an IP address.

    >>> is_public("93.184.215.14"), is_public("::ffff:127.0.0.1")
    (True, False)
    """
    ip = _reached(ipaddress.ip_address(address))
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and not any(ip in block for block in _NEVER_PUBLIC)
    )


def _reached(ip: _IPAddress) -> _IPAddress:
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour
        if embedded is not None:
            return embedded
        if ip in _NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the system for a host's addresses, in the order to try them.

    :param host: a name or an IP address, without brackets.
    :param port: the port to be called.
    :raises OSError: the name is unknown, or no name server answers.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
