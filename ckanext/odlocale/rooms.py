"""Find what each room offers, by the file names that all rooms share."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

#: In the order of the data's way through the house.
ROOMS = (
    "base",
    "territory",
    "scdl",
    "people",
    "publishing",
    "tables",
    "datagouv",
    "observatory",
    "handover",
    "reminders",
    "reuse",
    "watching",
    "legal",
)


def modules(name: str) -> dict[str, ModuleType]:
    """The rooms' modules of that name, by room; a room may have none.

    :param name: ``actions``, ``auth``, ``views``, ``helpers``…
    """
    paths = {room: f"ckanext.odlocale.{room}.{name}" for room in ROOMS}
    return {
        room: import_module(path) for room, path in paths.items() if find_spec(path)
    }


def exports(name: str) -> dict[str, Any]:
    """What the rooms' modules of that name list in ``__all__``.

    :raises ValueError: when two rooms export one name, since the second would
        silently replace the first
    """
    found: dict[str, Any] = {}
    for room, module in modules(name).items():
        for key in module.__all__:
            if key in found:
                raise ValueError(f"{room} exports {key}, as another room does")
            found[key] = getattr(module, key)
    return found


def call_hooks(name: str, *arguments: Any) -> None:
    """Tell the rooms that something happened, in the caller's transaction.

    :param name: ``after_dataset_create``, ``after_organization_update``…; a
        room whose ``hooks`` module has no such function is not concerned
    """
    for module in modules("hooks").values():
        function = getattr(module, name, None)
        if function:
            function(*arguments)
