"""Keys of data.gouv.fr, as they lie in the database: sealed, and of one place only.

Whoever reads a copy of the database reads no key: the secret is in the portal's
settings. What was sealed for one collectivité does not open for another, so that a
line moved in the database gives nobody a right.
"""

from __future__ import annotations

import base64
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE: Final = b"odlocale:datagouv:key:"


class CannotOpen(Exception):
    """Sealed with another secret or for another place, or not sealed at all."""


def seal(secret: str, place: str, text: str) -> str:
    """Return a text that only the same secret opens, for the same place.

    :param secret: the portal's ``SECRET_KEY``
    :param place: whose the text is: a SIREN, or nothing for the ATD

    >>> sealed = seal("s" * 32, "217600462", "a key")
    >>> "a key" in sealed, open_sealed("s" * 32, "217600462", sealed)
    (False, 'a key')
    """
    return _box(secret, place).encrypt(text.encode()).decode("ascii")


def open_sealed(secret: str, place: str, sealed: str) -> str:
    """Return what was sealed.

    :raises CannotOpen: the secret was changed since, for instance
    """
    try:
        return _box(secret, place).decrypt(sealed.encode()).decode()
    except (InvalidToken, ValueError) as error:
        raise CannotOpen from error


def _box(secret: str, place: str) -> Fernet:
    # RFC 5869: a key of its own for each place, from the one that settings hold.
    derived = HKDF(SHA256(), 32, None, _PURPOSE + place.encode()).derive(
        secret.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))
