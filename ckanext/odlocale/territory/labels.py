"""Who may read which dataset, as labels that the search engine compares.

Core gives an animator one label for each commune below, and Solr refuses a query of
more than 1,024. Here a dataset says who is above it, and a user says where he is:

>>> private_labels("delle", above=["cc-sud", "belfort"])
['member-delle', 'under-belfort', 'under-cc-sud']
>>> animator = [Membership("belfort", "admin")]
>>> user_labels("u1", animator, reading={"admin", "editor"}, cascading={"admin"})
['public', 'creator-u1', 'member-belfort', 'under-belfort']

A member whose role does not cascade has no ``under-`` label: he reads what his own
organisation owns, and nothing of the organisations below.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

PUBLIC = "public"


@dataclass(frozen=True)
class Membership:
    """A user's role in an organisation where somebody put him by name."""

    org_id: str
    capacity: str


def private_labels(owner: str, above: Iterable[str]) -> list[str]:
    """Return the labels of a dataset that is not public.

    :param owner: the organisation that owns it.
    :param above: every organisation above the owner, however far.
    """
    ancestors = sorted(set(above) - {owner})
    return [f"member-{owner}", *(f"under-{org_id}" for org_id in ancestors)]


def user_labels(
    user_id: str,
    memberships: Iterable[Membership],
    *,
    reading: Collection[str],
    cascading: Collection[str],
) -> list[str]:
    """Return the labels that a user may read: two at most for each membership.

    :param reading: the roles that read an organisation's drafts.
    :param cascading: the roles that hold below the organisation too.
    """
    labels = [PUBLIC, f"creator-{user_id}"]
    for one in memberships:
        if one.capacity in reading:
            labels.append(f"member-{one.org_id}")
            if one.capacity in cascading:
                labels.append(f"under-{one.org_id}")
    return labels
