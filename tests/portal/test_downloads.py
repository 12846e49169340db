"""A library is read by Java only when it is the expected one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ckanext.odlocale.portal.downloads import (
    DownloadFailed,
    compare,
    ensure_solr_jars,
    expected_jars,
)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_solr_itself_is_among_the_expected_libraries() -> None:
    wanted = expected_jars()
    assert "solr-core-9.10.1.jar" in wanted
    assert all(len(value) == 64 for value in wanted.values())


def test_an_altered_library_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"altered")
    with pytest.raises(DownloadFailed, match=r"a\.jar"):
        compare(tmp_path, {"a.jar": digest(b"true")})


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"b\.jar is missing"):
        compare(tmp_path, {"b.jar": digest(b"")})


def test_an_unexpected_library_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"true")
    (tmp_path / "intruder.jar").write_bytes(b"?")
    compare(tmp_path, {"a.jar": digest(b"true")})
    assert [path.name for path in tmp_path.iterdir()] == ["a.jar"]


def test_a_complete_cache_is_used_without_a_network(tmp_path: Path) -> None:
    folder = tmp_path / "solr-9.10.1"
    folder.mkdir()
    for name in expected_jars():
        (folder / name).touch()
    assert ensure_solr_jars(tmp_path) == folder


def test_without_a_network_the_failure_is_a_reason_not_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(DownloadFailed) as failure:
        ensure_solr_jars(tmp_path)
    said = str(failure.value)
    assert said
    assert "\n" not in said
    assert "Traceback" not in said
    assert 'File "' not in said
    assert not list(tmp_path.iterdir())
