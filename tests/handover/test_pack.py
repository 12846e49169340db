"""A pack is what was written, or it is refused."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ckanext.odlocale.handover.opening import Limits, PackRefused, open_pack
from ckanext.odlocale.handover.pack import name_file, write_folder, write_zip
from tests.handover.conftest import CANONICAL, CRACH, ORIGINAL, Written, sha256


def refusal(origin: Any, limits: Limits | None = None) -> str:
    """Code of the refusal of a pack, all its files read."""
    with pytest.raises(PackRefused) as refused:
        read_all(origin, limits)
    return refused.value.code


def read_all(origin: Any, limits: Limits | None = None) -> None:
    opened = open_pack(origin, limits)
    for one in opened.manifest.files:
        opened.open_file(one).read()


def zipped(written: Written, files: bool = True) -> io.BytesIO:
    target = io.BytesIO()
    write_zip(target, written.manifest, written.records, written.files if files else {})
    target.seek(0)
    return target


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_pack_reads_back_as_it_was_written(form: str, written: Written) -> None:
    opened = open_pack(written.write() if form == "folder" else zipped(written))
    assert (opened.siren, opened.records) == (CRACH, written.records)
    assert opened.id == written.manifest.id
    assert opened.open_file(sha256(ORIGINAL)).read() == ORIGINAL
    assert opened.open_file(sha256(CANONICAL)).read() == CANONICAL
    assert opened.apart == frozenset()


def test_a_folder_and_its_zip_file_are_the_same_pack(written: Written) -> None:
    folder = written.write()
    target = folder.parent / "pack.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    assert open_pack(target).id == open_pack(folder).id


def test_files_may_travel_apart(written: Written) -> None:
    opened = open_pack(zipped(written, files=False))
    assert opened.apart == {sha256(ORIGINAL), sha256(CANONICAL)}


def test_writing_again_replaces_a_pack_and_nothing_else(written: Written) -> None:
    folder = written.write()
    assert written.write() == folder
    other = folder.parent / "other"
    other.mkdir()
    (other / "thesis.odt").write_text("all my work")
    with pytest.raises(FileExistsError):
        write_folder(other, written.manifest, written.records, {})
    assert (other / "thesis.odt").read_text() == "all my work"


def test_a_pack_that_could_not_be_written_whole_leaves_nothing(
    written: Written,
) -> None:
    written.files[sha256(ORIGINAL)].unlink()
    before = set(written.folder.parent.iterdir())
    written.files["0" * 64] = Path("/nowhere")
    with pytest.raises(FileNotFoundError):
        write_folder(
            written.folder, open_manifest(written), written.records, written.files
        )
    assert set(written.folder.parent.iterdir()) == before


def open_manifest(written: Written) -> Any:
    from ckanext.odlocale.handover.pack import make_manifest

    return make_manifest("https://a.fr", written.records, {}, {})


def test_only_its_owner_may_read_a_pack(written: Written) -> None:
    assert written.write().stat().st_mode & 0o077 == 0


def spoil(name: str, change: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda folder: change(folder / name)


FILE = name_file(sha256(ORIGINAL))
SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file altered": (
        spoil(FILE, lambda p: p.write_bytes(b"\xe9t\xe9;2\n")),
        "altered",
    ),
    "a file cut short": (spoil(FILE, lambda p: p.write_bytes(b"\xe9t")), "altered"),
    "a file longer": (
        spoil(FILE, lambda p: p.write_bytes(ORIGINAL + b"x" * 9999)),
        "altered",
    ),
    "records altered": (
        spoil("datasets.jsonl", lambda p: p.write_text(p.read_text() + " ")),
        "altered",
    ),
    "records cut short": (
        spoil("deposits.jsonl", lambda p: p.write_bytes(p.read_bytes()[:-20])),
        "altered",
    ),
    "records missing": (spoil("people.jsonl", lambda p: p.unlink()), "missing"),
    "a file too many": (
        spoil("extra.txt", lambda p: p.write_text("hello")),
        "unexpected",
    ),
    "a hidden file": (spoil(".htaccess", lambda p: p.write_text("")), "unexpected"),
    "a link": (
        spoil("people.jsonl", lambda p: (p.unlink(), p.symlink_to("/etc/passwd"))),
        "unexpected",
    ),
    "a folder that is a link": (
        spoil("files/zz", lambda p: p.symlink_to("/etc")),
        "unexpected",
    ),
    "a pipe": (spoil("pipe", lambda p: os.mkfifo(p)), "unexpected"),
    "no manifest": (spoil("manifest.json", lambda p: p.unlink()), "not_a_pack"),
    "a manifest that is no JSON": (
        spoil("manifest.json", lambda p: p.write_text("{")),
        "not_a_pack",
    ),
    "a manifest nested without end": (
        spoil("manifest.json", lambda p: p.write_text("[" * 100_000)),
        "not_a_pack",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_pack_is_refused(case: str, written: Written) -> None:
    change, code = SPOILT[case]
    folder = written.write()
    change(folder)
    assert refusal(folder) == code


def entries(value: Any, path: str) -> Any:
    return next(one for one in value["entries"] if one["path"] == path)


LIES: dict[str, tuple[Callable[[Any], object], str]] = {
    "another format": (lambda v: v.update(format="tar"), "not_a_pack"),
    "a later version": (lambda v: v.update(version=2), "version"),
    "a version that is a text": (lambda v: v.update(version="1"), "version"),
    "no portal": (lambda v: v.pop("portal"), "not_a_pack"),
    "another digest": (lambda v: v.update(digest="0" * 64), "altered"),
    "a path that climbs": (
        lambda v: entries(v, FILE).update(path="../../etc/passwd"),
        "unexpected",
    ),
    "a path that climbs inside files": (
        lambda v: entries(v, FILE).update(path="files/../../../etc/passwd"),
        "unexpected",
    ),
    "an absolute path": (
        lambda v: entries(v, FILE).update(path="/etc/passwd"),
        "unexpected",
    ),
    "a file under another name": (
        lambda v: entries(v, FILE).update(path=name_file("0" * 64)),
        "unexpected",
    ),
    "a size below zero": (lambda v: entries(v, FILE).update(size=-1), "not_a_pack"),
    "a size that is a text": (
        lambda v: entries(v, FILE).update(size="1"),
        "not_a_pack",
    ),
    "an enormous size": (lambda v: entries(v, FILE).update(size=2**60), "too_large"),
    "an entry twice": (
        lambda v: v["entries"].append(entries(v, FILE)),
        "unexpected",
    ),
    "an entry that is a text": (lambda v: v["entries"].append("x"), "not_a_pack"),
    "entries that are no list": (lambda v: v.update(entries={}), "not_a_pack"),
    "a file that nobody speaks of": (
        lambda v: v["entries"].append(
            {"path": name_file("0" * 64), "sha256": "0" * 64, "size": 1}
        ),
        "missing",
    ),
}


@pytest.mark.parametrize("case", LIES)
def test_a_manifest_that_lies_is_refused(case: str, written: Written) -> None:
    change, code = LIES[case]
    assert refusal(written.change_manifest(change)) == code


RECORDS: dict[str, Callable[[Any], object]] = {
    "no collectivity": lambda r: r["collectivities"].clear(),
    "two of them": lambda r: r["collectivities"]["215600537"].update(status="active"),
    "a SIREN that is none": lambda r: r["deposits"]["p1"].update(siren="215600462"),
    "somebody else's deposit": lambda r: r["deposits"]["p1"].update(siren="217500016"),
    "a hash that is a path": lambda r: r["deposits"]["p1"].update(
        original_sha256="../../../etc/passwd"
    ),
    "an unknown state": lambda r: r["deposits"]["p1"].update(state="live"),
    "a dataset without name": lambda r: r["datasets"]["d1"].pop("name"),
    "a dataset's name with a slash": lambda r: r["datasets"]["d1"].update(name="a/b"),
    "a NUL sign": lambda r: r["datasets"]["d1"].update(title="a\0b"),
    "an administrator of the portal": lambda r: r["people"][
        "agent@crach.example.org"
    ].update(capacity="sysadmin"),
    "an upload that climbs": lambda r: r["datasets"]["d1"]["resources"][0].update(
        upload={"sha256": sha256(ORIGINAL), "name": "../x"}
    ),
    "a logo that climbs": lambda r: r["organizations"][CRACH].update(
        image={"sha256": sha256(ORIGINAL), "name": "../../x.png"}
    ),
    "a successor from nowhere": lambda r: r["collectivities"]["215600537"].update(
        successor="217500016"
    ),
}


@pytest.mark.parametrize("case", RECORDS)
def test_records_that_cannot_be_are_refused(case: str, written: Written) -> None:
    RECORDS[case](written.records)
    assert refusal(written.write()) == "record"


def test_half_a_pair_of_signs_is_refused(written: Written) -> None:
    # No file can hold it as it is: it comes escaped.
    written.records["datasets"]["d1"]["title"] = "MARK"
    folder = written.write()
    path = folder / "datasets.jsonl"
    path.write_text(path.read_text().replace("MARK", "\\ud800"))
    data = path.read_bytes()
    manifest = json.loads((folder / "manifest.json").read_text())
    entries(manifest, "datasets.jsonl").update(sha256=sha256(data), size=len(data))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert refusal(folder) == "record"


def test_a_zip_bomb_is_not_unfolded(written: Written) -> None:
    """A file that unfolds to much more than announced stops at what was announced."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", written.manifest.to_bytes())
        for name in ("collectivities", "organizations", "people", "datasets"):
            archive.writestr(f"{name}.jsonl", b"{}" + b" " * 50_000_000)
        archive.writestr("deposits.jsonl", b" " * 50_000_000)
    target.seek(0)
    assert refusal(target) == "altered"


def test_a_manifest_that_is_a_bomb_is_not_unfolded(written: Written) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b" " * 2_000_000)
    target.seek(0)
    assert refusal(target, Limits(manifest=1_000_000)) == "too_large"


SMALL = {
    "records": Limits(records=10),
    "a file": Limits(file=3),
    "all of it": Limits(total=100),
    "too many parts": Limits(entries=2),
}


@pytest.mark.parametrize("case", SMALL)
def test_what_is_too_large_is_refused(case: str, written: Written) -> None:
    assert refusal(written.write(), SMALL[case]) == "too_large"
    assert refusal(zipped(written), SMALL[case]) == "too_large"


ZIPS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "not a ZIP file": lambda data: b"PK\x03\x04 hello",
    "cut in its middle": lambda data: data[: len(data) // 2],
    "without its end": lambda data: data[:-10],
}


@pytest.mark.parametrize("case", ZIPS)
def test_a_spoilt_zip_file_is_refused(case: str, written: Written) -> None:
    spoilt = ZIPS[case](zipped(written).getvalue())
    assert refusal(io.BytesIO(spoilt)) == "not_a_pack"


def test_bytes_changed_inside_a_zip_file_are_seen(written: Written) -> None:
    data = bytearray(zipped(written).getvalue())
    for position in range(60, len(data), 97):
        spoilt = bytearray(data)
        spoilt[position] ^= 0xFF
        try:
            opened = open_pack(io.BytesIO(bytes(spoilt)))
            for one in opened.manifest.files:
                assert sha256(opened.open_file(one).read()) == one
            assert opened.records == written.records
        except PackRefused:
            continue


def test_a_name_twice_in_a_zip_file_is_refused(written: Written) -> None:
    target = zipped(written)
    with (
        zipfile.ZipFile(target, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("people.jsonl", "")
    target.seek(0)
    assert refusal(target) == "unexpected"


def test_a_link_in_a_zip_file_is_refused(written: Written) -> None:
    target = zipped(written)
    with zipfile.ZipFile(target, "a") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    target.seek(0)
    assert refusal(target) == "unexpected"
