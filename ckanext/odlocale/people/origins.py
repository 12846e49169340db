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
    address: they are not counted together.
    """
    address = (request.remote_addr or "") if has_request_context() else ""
    try:
        counted = ipaddress.ip_address(address).is_global
    except ValueError:
        counted = False
    if not counted:
        return ""
    key = str(tk.config["SECRET_KEY"]).encode()
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()[:32]
