"""The unprivileged account that PostgreSQL needs when root starts the portal.

PostgreSQL refuses to run as root. The account must also be able to walk to
its files: a clone below ``/root`` or in a private temporary folder is closed
to everybody else, so its data then live in ``/var/lib/odlocale``.
"""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

from ckanext.odlocale.portal.home import Home
from ckanext.odlocale.portal.process import Account

OUTSIDE = Path("/var/lib/odlocale")


def server_account() -> Account | None:
    """``nobody`` for root; nothing, that is the user's own, for anybody else."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def is_walkable(path: Path) -> bool:
    """Whether any account may walk down to ``path``."""
    existing = path
    while not existing.exists():
        existing = existing.parent
    return all(
        folder.stat().st_mode & 0o001 for folder in (existing, *existing.parents)
    )


def postgresql_data(home: Home, account: Account | None) -> Path:
    """Folder of the database's files, reachable by its account."""
    inside = home.data("postgresql")
    if account is None or is_walkable(inside.parent):
        return inside
    return OUTSIDE / home.fingerprint() / "postgresql"


def reachable_programs(programs: Path, account: Account | None) -> Path:
    """PostgreSQL's programs, copied where the account can read them if needed.

    :param programs: the folder that holds ``bin``, ``lib`` and ``share``
    """
    if account is None or is_walkable(programs / "bin"):
        return programs
    copy = OUTSIDE / f"programs-{int(programs.stat().st_mtime)}"
    if not copy.exists():
        OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
        partial = copy.with_suffix(f".{os.getpid()}")
        shutil.copytree(programs, partial, symlinks=True)
        os.replace(partial, copy)
    return copy


def make_private(folder: Path, account: Account | None) -> None:
    """Create a folder that only the server's account can read."""
    folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid)
