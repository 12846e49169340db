"""What a hand changed on data.gouv.fr since our last write, and what is written then.

Pure. Three states are compared path by path: what data.gouv.fr held after our last
write (``before``), what it holds (``now``), what it must hold (``wanted``). What a hand
changed there is never overwritten: it is *held* until a person decides, while all the
rest goes on being sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ckanext.odlocale.datagouv.push import Values, file_path, same

#: Of no interest to anybody: not compared.
_SILENT: Final = ("page", "files", "archived_at")
#: In place of the paths of a file that was taken away there.
WHOLE_FILE: Final = "file:{}"


@dataclass(frozen=True)
class Merged:
    """What is to be written.

    :ivar values: all that data.gouv.fr must hold after it
    :ivar held: what a hand changed there and we would say otherwise: by path, what it
        was and what it is
    :ivar differs: whether there is anything to write
    """

    values: Values
    held: dict[str, list[Any]]
    differs: bool


def find_changed(
    before: Values | None, now: Values, sending: Values | None
) -> dict[str, list[Any]]:
    """Return what changed there by another hand than ours.

    :param before: what it held after our last write that we know of
    :param sending: what we were sending when we stopped, and that may have arrived
    :returns: by path, what it was and what it is; a file that was taken away is one
        path
    """
    known = before if before is not None else sending
    if known is None:
        return {}
    changed: dict[str, list[Any]] = {}
    for key in known.get("files") or []:
        arrived = sending is None or key in (sending.get("files") or [])
        if key not in now["files"] and arrived:
            changed[WHOLE_FILE.format(key)] = [
                known.get(file_path(key, "url")), None
            ]  # fmt: skip
    gone = set(changed)
    for path, was in known.items():
        if path in _SILENT or path not in now or _file_of(path) in gone:
            continue
        is_now = now[path]
        ours = sending is not None and same(path, sending.get(path), is_now)
        if not same(path, was, is_now) and not ours:
            changed[path] = [was, is_now]
    return changed


def merge(
    wanted: Values, now: Values, changed: Mapping[str, Any], kept: Collection[str]
) -> Merged:
    """Return what is to be written, given what a hand changed there.

    :param changed: from :func:`find_changed`
    :param kept: paths that a person left to data.gouv.fr
    """
    values, held = dict(wanted), {}
    for path in {*changed, *kept}:
        if _is_whole_file(path):
            key = path.removeprefix("file:")
            if key not in wanted["files"] or key in now["files"]:
                continue
            _drop_file(values, key)
        elif path in wanted and path in now:
            if same(path, wanted[path], now[path]):
                continue
            values[path] = now[path]
        else:
            continue
        if path in changed and path not in kept:
            held[path] = list(changed[path])
    return Merged(values, held, differs(values, now))


def differs(wanted: Values, now: Values) -> bool:
    """Tell whether there is anything to write."""
    if set(wanted["files"]) != set(now["files"]):
        return True
    return any(
        not same(path, value, now.get(path))
        for path, value in wanted.items()
        if path not in ("files", "archived_at")
    )


def leave(
    now: Values, theirs: Mapping[str, list[Any]], before: Values | None
) -> Values:
    """Return what counts as held there after our last write.

    What a hand changed and nobody decided on stays as it was before: it is found again
    the next time.

    :param theirs: what a hand changed, by path
    """
    values = dict(now)
    for path, (was, _is) in theirs.items():
        if not _is_whole_file(path):
            values[path] = was
            continue
        key = path.removeprefix("file:")
        values["files"] = [*values["files"], key]
        known = {file_path(key, "url"): was, **(before or {})}
        values |= {one: value for one, value in known.items() if _file_of(one) == path}
    return values


def accept(before: Values, held: Mapping[str, list[Any]]) -> Values:
    """Return what counts as held there once a person had it replaced."""
    values = dict(before)
    for path, (_was, is_now) in held.items():
        if _is_whole_file(path):
            _drop_file(values, path.removeprefix("file:"))
        elif path in values:
            values[path] = is_now
    return values


def _is_whole_file(path: str) -> bool:
    return path.startswith("file:") and path.count(":") == 1


def _file_of(path: str) -> str:
    return path.rpartition(":")[0] if path.startswith("file:") else ""


def _drop_file(values: Values, key: str) -> None:
    values["files"] = [one for one in values["files"] if one != key]
    for path in [one for one in values if one.startswith(f"file:{key}:")]:
        del values[path]
