"""A backup is whole or refused: cut, altered, of another portal, on a full disk."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from ckanext.odlocale.portal.archive import (
    MANIFEST,
    SIGNATURE,
    ArchiveRefused,
    Writer,
    key_of,
    read_members,
    verify,
)

KEY = key_of("the portal's secret")
CONTENTS = {"tables/user": b"1\tname\n" * 500, "files/odlocale/aa": b"\x00" * 3000}


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    path = tmp_path / "backup.tar"
    with Writer(path, KEY) as writer:
        for name, content in CONTENTS.items():
            writer.add(name, io.BytesIO(content), len(content))
        writer.finish({"tables": {"user": 500}})
    return path


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {
            one.name: tar.extractfile(one).read()  # type: ignore[union-attr]
            for one in tar
        }


def rewrite(
    path: Path, contents: dict[str, bytes], kind: bytes = tarfile.REGTYPE
) -> None:
    with tarfile.open(path, "w") as tar:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if name == "odd":
                info.type, info.linkname, info.size = kind, "/etc/passwd", 0
            tar.addfile(info, io.BytesIO(content))


def test_what_was_written_is_read_again_and_by_its_owner_alone(backup: Path) -> None:
    assert verify(backup, KEY)["tables"] == {"user": 500}
    read = {name: stream.read() for name, stream in read_members(backup, "files")}
    assert read == {"odlocale/aa": CONTENTS["files/odlocale/aa"]}
    assert backup.stat().st_mode & 0o077 == 0
    with pytest.raises(ArchiveRefused, match="exists"), Writer(backup, KEY):
        pass


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_a_backup_that_was_cut_is_refused(backup: Path, share: float) -> None:
    whole = sum(map(len, members(backup).values())) + 512 * 8
    os.truncate(backup, int(whole * share))
    with pytest.raises(ArchiveRefused):
        verify(backup, KEY)


def test_one_altered_byte_is_refused_wherever_it_is(backup: Path) -> None:
    whole = backup.read_bytes()
    for text in (b"name", b"\x00" * 100, b'"sha256"', b"tables/user"):
        at = whole.index(text)
        backup.write_bytes(whole[:at] + b"\x58" + whole[at + 1 :])
        with pytest.raises(ArchiveRefused):
            verify(backup, KEY)


def test_another_portal_s_backup_or_a_forged_list_is_refused(backup: Path) -> None:
    with pytest.raises(ArchiveRefused, match="SECRET_KEY"):
        verify(backup, key_of("another secret"))
    forged = members(backup)
    forged["tables/user"] = b"an administrator of mine"
    forged[MANIFEST] = forged[MANIFEST].replace(b"500", b"501")
    rewrite(backup, forged)
    with pytest.raises(ArchiveRefused, match="SECRET_KEY"):
        verify(backup, KEY)


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/cron.d/x", "added"])
def test_a_member_that_nobody_listed_is_refused(backup: Path, name: str) -> None:
    listed = members(backup)
    rewrite(backup, {name: b"x", **listed})
    with pytest.raises(ArchiveRefused):
        verify(backup, KEY)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_link_or_a_pipe_is_refused(backup: Path, kind: bytes) -> None:
    rewrite(backup, {"odd": b"", **members(backup)}, kind)
    with pytest.raises(ArchiveRefused, match="no plain file"):
        verify(backup, KEY)


def test_what_comes_after_the_signature_is_refused(backup: Path) -> None:
    listed = members(backup)
    assert list(listed)[-2:] == [MANIFEST, SIGNATURE]
    rewrite(backup, {**listed, "late": b"x"})
    with pytest.raises(ArchiveRefused, match="out of its place"):
        verify(backup, KEY)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has /dev/full")
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"

    def write() -> None:
        with Writer(path, KEY) as writer:
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, writer._file.fileno())
            writer.add("files/a", io.BytesIO(b"x" * 100_000), 100_000)
            writer.finish({})

    with pytest.raises(ArchiveRefused, match="no room"):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_changes_meanwhile_is_told(tmp_path: Path) -> None:
    for size in (3, 5):
        with (
            pytest.raises(ArchiveRefused, match="became"),
            Writer(tmp_path / "b.tar", KEY) as writer,
        ):
            writer.add("files/a", io.BytesIO(b"four"), size)
    assert list(tmp_path.iterdir()) == []
