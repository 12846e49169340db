"""The keys that data.gouv.fr knows the portal by, and the client that uses them.

A collectivité may have its own key; else that of an ATD that covers it serves: of
several, that of the smallest perimeter. A key goes in, and is never shown again.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from urllib.parse import urlsplit

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.odlocale.datagouv.client import Client
from ckanext.odlocale.datagouv.registration_model import ApiKey
from ckanext.odlocale.datagouv.sealing import CannotOpen, open_sealed, seal
from ckanext.odlocale.territory.tables import PerimeterMember

_clients: dict[tuple[str, float, frozenset[str]], Client] = {}
_lock = threading.Lock()


class NoKey(Exception):
    """There is no key, or the one there is cannot be opened any more."""


def keep_key(place: str, key: str, owner: str, user_id: str | None) -> None:
    """Keep a key in place of the former one, without committing.

    :param place: the SIREN of a collectivité, or of an ATD
    :param owner: the name of the account on data.gouv.fr, as its API gave it
    :param user_id: who gave the key
    """
    values = {
        "sealed": seal(_secret(), place, key),
        "owner": owner,
        "set_by": user_id,
        "set_at": sa.func.now(),
        "refused": False,
    }
    model.Session.execute(
        insert(ApiKey)
        .values(siren=place, **values)
        .on_conflict_do_update(index_elements=["siren"], set_=values)
    )


def forget_key(place: str) -> bool:
    """Forget a key, without committing. Tell whether there was one."""
    done = model.Session.execute(sa.delete(ApiKey).where(ApiKey.siren == place))
    return bool(getattr(done, "rowcount", 0))


def note_refusal(place: str) -> None:
    """Note that data.gouv.fr refused a key (401), without committing."""
    model.Session.execute(
        sa.update(ApiKey).where(ApiKey.siren == place).values(refused=True)
    )


def place_of(siren: str) -> str | None:
    """Return whose key serves a collectivité: its own, an ATD's, or nobody's."""
    return places_of([siren]).get(siren)


def places_of(sirens: Collection[str]) -> dict[str, str]:
    """Return whose key serves each collectivité, for those that one serves."""
    keys = list(model.Session.scalars(sa.select(ApiKey.siren)))
    if not keys:
        return {}
    member = PerimeterMember
    sizes = (
        sa.select(member.atd_siren, sa.func.count().label("size"))
        .where(member.atd_siren.in_(keys))
        .group_by(member.atd_siren)
        .subquery()
    )
    covered = (
        sa.select(member.siren, member.atd_siren)
        .join(sizes, sizes.c.atd_siren == member.atd_siren)
        .where(member.siren == sa.any_(sa.literal(list(sirens), sa.ARRAY(sa.Text))))
        # The last one said stays: the smallest perimeter.
        .order_by(sizes.c.size.desc(), member.atd_siren.desc())
    )
    found = dict(model.Session.execute(covered).tuples().all())
    return {**found, **{siren: siren for siren in sirens if siren in set(keys)}}


def key_of(place: str) -> str:
    """Return a key, opened.

    :raises NoKey: with what to do
    """
    sealed = model.Session.scalar(sa.select(ApiKey.sealed).where(ApiKey.siren == place))
    if sealed is None:
        raise NoKey(tk._("No key of data.gouv.fr was given."))
    try:
        return open_sealed(_secret(), place, sealed)
    except CannotOpen as error:
        said = tk._("The portal's secret was changed: give the key again.")
        raise NoKey(said) from error


def client_for(siren: str) -> Client:
    """Return the client that acts for a collectivité.

    :raises NoKey: neither it nor the ATD gave one
    """
    place = place_of(siren)
    if place is None:
        raise NoKey(tk._("No key of data.gouv.fr was given."))
    return client().with_key(key_of(place))


def client() -> Client:
    """Return the client of this process, without a key: one pace for all its calls.

    :raises ValidationError: the address would carry keys in clear
    """
    site = str(tk.config["ckanext.odlocale.datagouv_url"]).rstrip("/")
    hosts = frozenset(tk.config["ckanext.odlocale.allowed_hosts"])
    pace = max(1, int(tk.config["ckanext.odlocale.datagouv_calls_per_second"]))
    address = urlsplit(site)
    if address.scheme != "https" and not {address.hostname, address.netloc} & hosts:
        said = "ckanext.odlocale.datagouv_url: https, or a host that is allowed"
        raise tk.ValidationError({"datagouv_url": [said]})
    with _lock:
        settings = (site, pace, hosts)
        if settings not in _clients:
            _clients[settings] = Client.of(
                site, allowed_hosts=hosts, calls_per_second=pace
            )
        return _clients[settings]


def _secret() -> str:
    return str(tk.config["SECRET_KEY"])
