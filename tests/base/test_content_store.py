"""The folder of files named by their content, on a real disk."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest

from ckanext.odlocale.base.content_store import (
    CHUNK_BYTES,
    INCOMING,
    ContentMissing,
    ContentStore,
    ContentTooLarge,
    StorageError,
    StorageFull,
)


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    return ContentStore(tmp_path)


def files(store: ContentStore) -> list[str]:
    return sorted(
        str(path.relative_to(store.root))
        for path in store.root.rglob("*")
        if path.is_file()
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"nom;montant\n", b"x" * (CHUNK_BYTES + 1)],
    ids=["empty", "one line", "one byte more than a piece"],
)
def test_a_content_is_kept_under_its_sha256(
    store: ContentStore, content: bytes
) -> None:
    stored = store.put(content)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.size == len(content)
    assert store.exists(stored.sha256)
    assert store.open_path(stored.sha256).read_bytes() == content
    assert files(store) == [f"{stored.sha256[:2]}/{stored.sha256}"]


def test_a_stream_is_read_from_where_it_stands(store: ContentStore) -> None:
    stream = BytesIO(b"entete,corps")
    stream.seek(7)
    assert store.open_path(store.put(stream).sha256).read_bytes() == b"corps"


def test_the_same_content_twice_is_one_file_that_has_just_come(
    store: ContentStore,
) -> None:
    first = store.put(b"bonjour")
    path = store.open_path(first.sha256)
    os.utime(path, (1000, 1000))
    before = path.stat()
    assert store.put(BytesIO(b"bonjour")) == first
    after = path.stat()
    # Not written anew: only its date says that somebody needs it.
    assert before.st_ino == after.st_ino
    assert after.st_mtime > before.st_mtime
    assert len(files(store)) == 1


def test_old_files_are_listed_and_removed_unless_they_came_again(
    store: ContentStore,
) -> None:
    old, fresh = store.put(b"ancien"), store.put(b"nouveau")
    os.utime(store.open_path(old.sha256), (1000, 1000))
    assert list(store.list_older(2000)) == [old.sha256]
    assert not store.remove(fresh.sha256, 2000)
    assert store.remove(old.sha256, 2000)
    assert not store.remove(old.sha256)
    assert files(store) == [f"{fresh.sha256[:2]}/{fresh.sha256}"]


def test_who_reads_a_file_reads_it_to_its_end(store: ContentStore) -> None:
    stored = store.put(b"bonjour")
    with store.open_path(stored.sha256).open("rb") as stream:
        assert store.remove(stored.sha256)
        assert stream.read() == b"bonjour"


def test_a_stored_file_that_was_truncated_is_repaired(store: ContentStore) -> None:
    stored = store.put(b"bonjour")
    store.open_path(stored.sha256).write_bytes(b"bon")
    store.put(b"bonjour")
    assert store.open_path(stored.sha256).read_bytes() == b"bonjour"


def test_many_deposits_of_one_content_at_once_are_one_whole_file(
    store: ContentStore,
) -> None:
    content = os.urandom(CHUNK_BYTES)
    start = threading.Barrier(8)

    def deposit(_: int) -> str:
        start.wait()
        stored = store.put(content)
        assert store.open_path(stored.sha256).read_bytes() == content
        return stored.sha256

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(deposit, range(8)))) == 1
    assert len(files(store)) == 1


def test_a_content_is_visible_only_once_whole(store: ContentStore) -> None:
    class Spy(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert not list(store.root.glob("[0-9a-f][0-9a-f]"))
            return super().read(size)

    store.put(Spy(b"x" * 3 * CHUNK_BYTES))


def test_a_content_too_large_leaves_nothing(store: ContentStore) -> None:
    with pytest.raises(ContentTooLarge) as caught:
        store.put(BytesIO(b"x" * 11), max_bytes=10)
    assert caught.value.max_bytes == 10
    assert files(store) == []
    assert store.put(b"x" * 10, max_bytes=10).size == 10


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_leaves_nothing(
    store: ContentStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    written = os.write

    def write_then_fail(descriptor: int, data: memoryview) -> int:
        if len(data) < CHUNK_BYTES:
            raise OSError(code, os.strerror(code))
        return written(descriptor, data)

    monkeypatch.setattr(os, "write", write_then_fail)
    with pytest.raises(StorageFull):
        store.put(b"x" * (CHUNK_BYTES + 1))
    assert files(store) == []


def test_a_short_write_is_continued(
    store: ContentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = os.write
    monkeypatch.setattr(os, "write", lambda to, data: written(to, data[:1000]))
    stored = store.put(b"0123456789" * 500)
    assert store.open_path(stored.sha256).stat().st_size == 5000


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot store in"):
        ContentStore(tmp_path / "absent").put(b"x")


def test_a_stream_that_breaks_leaves_nothing(store: ContentStore) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ValueError("the visitor left")

    with pytest.raises(ValueError, match="the visitor left"):
        store.put(Broken())
    assert files(store) == []


def test_an_absent_content_is_an_error(store: ContentStore) -> None:
    with pytest.raises(ContentMissing):
        store.open_path("0" * 64)
    assert not store.exists("0" * 64)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n"]
)
def test_what_is_not_a_sha256_never_becomes_a_path(
    store: ContentStore, name: str
) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.open_path(name)


def test_what_a_killed_process_left_is_swept_after_a_day(store: ContentStore) -> None:
    left = store.root / INCOMING / "left"
    left.parent.mkdir()
    left.write_bytes(b"half")
    now = left.stat().st_mtime
    assert store.sweep_incoming(now + 23 * 3600) == 0
    assert left.exists()
    assert store.sweep_incoming(now + 25 * 3600) == 1
    assert not left.exists()
