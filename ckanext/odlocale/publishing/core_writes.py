"""What a write of a dataset, by CKAN's own forms and API, is in the journal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """A dataset, as far as the journal tells of it.

    :ivar org_id: its organisation, if it has one
    :ivar is_public: whether everybody reads it: neither private, deleted nor a draft
    """

    org_id: str | None
    is_public: bool


def tell(before: Seen | None, after: Seen) -> list[tuple[str, str | None]]:
    """Return what one write did: each verb, and in the journal of which organisation.

    What nobody but its own town hall read, and still reads, is nobody's news. A dataset
    that goes elsewhere is told to both, whoever reads it.

    :param before: the dataset as it was; nothing where it is new
    :returns: four lines at most, none where there is nothing to tell

    >>> tell(None, Seen("crach", True))
    [('published', 'crach')]
    >>> tell(Seen("crach", True), Seen("auray", True))
    [('moved', 'crach'), ('moved', 'auray')]
    """
    was_public = before is not None and before.is_public
    lines: list[tuple[str, str | None]] = []
    if before is not None and before.org_id != after.org_id:
        lines = [("moved", one) for one in (before.org_id, after.org_id) if one]
    if was_public and not after.is_public:
        return [*lines, ("withdrawn", after.org_id)]
    if after.is_public and not was_public:
        return [*lines, ("published", after.org_id)]
    if was_public and not lines:
        return [("changed", after.org_id)]
    return lines
