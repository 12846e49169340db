"""Which collectivités cannot have the organisation that the plan wants, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ckanext.odlocale.territory.known import Organisation
from ckanext.odlocale.territory.reasons import Code, Reason

Find = Callable[[str], Organisation | None]


def find_conflicts(
    wanted: Mapping[str, str],
    own: Find,
    by_name: Mapping[str, Organisation],
    freed: Iterable[str] = (),
) -> dict[str, Reason]:
    """Return why some collectivités cannot be dealt with, by SIREN.

    :param wanted: the name that the organisation of each must have, by SIREN.
    :param own: gives the organisation that one has, or will take over.
    :param by_name: everything that holds a name, deleted or not.
    :param freed: ids of organisations that give up their name.
    """
    found: dict[str, Reason] = {}
    names: dict[str, str] = {}
    renamed: set[str] = {*freed}
    for siren, name in wanted.items():
        org = own(siren)
        if org and org.exists and not org.is_active and org.status == "active":
            found[siren] = Reason("deleted_by_hand", {"name": org.name})
            continue
        names[siren] = name
        if org is not None and org.exists and org.name != name:
            renamed.add(org.id)
    # A name is free where whoever holds it gets another; who cannot keeps it.
    while taken := dict(_taken(names, own, by_name, renamed)):
        found |= taken
        for siren in taken:
            del names[siren]
            org = own(siren)
            renamed -= {org.id} if org is not None else set()
    return found


def _taken(
    names: Mapping[str, str],
    own: Find,
    by_name: Mapping[str, Organisation],
    renamed: set[str],
) -> Iterator[tuple[str, Reason]]:
    for siren, name in names.items():
        holder = by_name.get(name)
        if holder is None or holder is own(siren) or holder.id in renamed:
            continue
        code: Code = "name_taken" if holder.is_organization else "group_name_taken"
        yield siren, Reason(code, {"name": name})
