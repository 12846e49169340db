"""Roles in the users' words, and the capacity that each has in CKAN's ``member`` rows.

An *agent* prepares and publishes for a collectivité; a *responsable* also says who
does; an *animateur* does both for every collectivité below his own. Only ``admin``
cascades (``ckan.auth.roles_that_cascade_to_sub_groups``), so that one capacity is the
responsable's of a commune, which has nothing below it, and the animateur's of an EPCI
or an ATD. So an EPCI or an ATD has no responsable who is not an animateur: CKAN has no
capacity left that manages and does not cascade. A plain
``member`` reads what his organisation alone keeps private.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

Role = Literal["agent", "manager", "animator"]
Capacity = Literal["editor", "admin"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

#: Capacities that publish for their organisation (``ckan.authz``).
PUBLISHING: Final[tuple[Capacity, ...]] = ("editor", "admin")


def role_of(capacity: str, kind: str) -> Role | None:
    """Return the role that a capacity is.

    :param capacity: of a ``member`` row
    :param kind: of the collectivité: ``commune``, ``epci``, ``departement``…
    :returns: nothing for a plain member, who publishes nothing

    >>> role_of("admin", "commune"), role_of("admin", "epci"), role_of("editor", "epci")
    ('manager', 'animator', 'agent')
    """
    if capacity == "editor":
        return "agent"
    if capacity == "admin":
        return "manager" if kind == "commune" else "animator"
    return None


def capacity_of(role: Role) -> Capacity:
    """Return the capacity that a role needs.

    >>> capacity_of("agent"), capacity_of("manager")
    ('editor', 'admin')
    """
    return "editor" if role == "agent" else "admin"
