"""From bytes to text, whatever a town hall's software has written.

UTF-8 (with or without a byte order mark) and UTF-16 are recognised for certain. The
rest is one byte per character, and only statistics tell Windows-1252 from Mac Roman
or from DOS: the reading that gives the most letters French uses is kept. The whole
file is looked at, because a first accent may come after a megabyte.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

#: One-byte encodings French files are found in, in order of likelihood.
SINGLE_BYTE = ("cp1252", "mac_roman", "cp850", "latin-1")

_LOWER = frozenset("éèêëàâäçùûüîïôöÿœæñ")
_OTHER = frozenset("ÉÈÊËÀÂÄÇÙÛÜÎÏÔÖŒÆÑ«»’‘“”–—…€°²³ºª§·\u00a0\u202f")
#: Bytes counted to choose an encoding: enough to be sure, little enough to be fast.
_SAMPLE = 20_000
#: Bytes looked at together.
_BLOCK = 1 << 20

#: UTF-8 once read as Windows-1252 and saved again: « dÃ©pense », « lâ€™eau ».
_MOJIBAKE = re.compile("Ã[\u0080-\u00bf\u0152-\u2122]|â€[™œ“”\u009d˜¦]|Â[ °«»]")

#: Control characters no text has: Windows-1252 read as Latin-1 (« – » as U+0096).
_C1 = re.compile("[\u0080-\u0084\u0086-\u009f]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
#: First characters of « Ã© », « â€™ » and « Â° », in UTF-8.
_MOJIBAKE_BYTES = tuple(sign.encode() for sign in ("Ã", "â€", "Â"))
_C1_BYTES = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")
_WORD_WITH_C1 = re.compile('[^\\s,;"]*[\u0080-\u0084\u0086-\u009f][^\\s,;"]*')


class Content:
    """The bytes of a file, which a file on disk spares holding to the end.

    :ivar path: where they can be read again, if anywhere
    """

    def __init__(self, data: bytes, path: Path | None = None) -> None:
        self._data: bytes | None = data
        self.path = path

    @property
    def data(self) -> bytes:
        """The bytes, read again where they were let go."""
        if self._data is not None:
            return self._data
        assert self.path is not None
        return self.path.read_bytes()

    def release(self) -> None:
        """Let the bytes go, where they can be read again."""
        if self.path is not None:
            self._data = None

    def blocks(self, start: int, size: int) -> Iterator[bytes]:
        """Yield whole lines, so many bytes at a time at least.

        :param start: where they begin
        """
        held = self._data
        stream: BinaryIO
        if held is None and self.path is not None:
            stream = self.path.open("rb")
        else:
            stream = io.BytesIO(held or b"")
        with stream:
            stream.seek(start)
            while block := stream.read(size):
                yield block if block.endswith(b"\n") else block + stream.readline()


@dataclass(frozen=True)
class Decoded:
    """Text and how it was obtained.

    A text that is the file's own bytes is decoded where it is asked for only: a big
    file is not held twice.

    :ivar written: the text, where it is not the bytes themselves
    :ivar encoding: Python codec name
    :ivar mixed: whether some lines were in UTF-8 and others were not
    :ivar repaired: an example of a word whose accents were restored, if any
    :ivar garbled: whether letters were wrong (« dÃ©pense »), not only dashes
    :ivar raw: the bytes, where those after ``skip`` are the text in UTF-8
    """

    written: str | None
    encoding: str
    mixed: bool = False
    repaired: str | None = None
    garbled: bool = False
    raw: Content | None = None
    skip: int = 0

    @property
    def text(self) -> str:
        """The whole text."""
        if self.written is not None:
            return self.written
        assert self.raw is not None
        return str(memoryview(self.raw.data)[self.skip :], "utf-8")

    def head(self, size: int) -> str:
        """Return the beginning of the text, of so many bytes at most."""
        if self.raw is None:
            return (self.written or "")[:size]
        return str(self.raw.data[self.skip : self.skip + size], "utf-8", "ignore")

    def count(self, sign: str) -> int:
        """Return how often an ASCII sign is in the text."""
        if self.raw is None:
            return (self.written or "").count(sign)
        return self.raw.data.count(sign.encode())


def decode(content: Content) -> Decoded | None:
    """Return the text of a file, or None where the bytes are not text.

    :param content: the whole file
    """
    data = content.data
    if data.startswith(codecs.BOM_UTF8):
        decoded = _decode_utf8(content, len(codecs.BOM_UTF8), "utf-8-sig")
        return decoded or _decode_single_byte(data[len(codecs.BOM_UTF8) :])
    utf16 = _utf16_codec(data)
    if utf16 is not None:
        text = data.decode(utf16, errors="replace").lstrip("\ufeff")
        return None if _is_noise(text) else Decoded(text, utf16)
    if b"\x00" in data:
        return None
    return _decode_utf8(content, 0, "utf-8") or _decode_single_byte(data)


def _decode_utf8(content: Content, skip: int, encoding: str) -> Decoded | None:
    data = content.data
    if not _is_utf8(data, skip) or b"\x00" in data:
        return None
    decoded = Decoded(None, encoding, raw=content, skip=skip)
    if _is_noise(decoded.head(4 * _SAMPLE)):
        return None
    if _C1_BYTES.search(data):
        text = decoded.text
        word = _WORD_WITH_C1.search(text)
        shown = _restore_c1(word.group()) if word else ""
        restored, example = _mend_mojibake(_restore_c1(text))
        return Decoded(
            restored, encoding, repaired=example or shown, garbled=example is not None
        )
    if any(sign in data for sign in _MOJIBAKE_BYTES):
        mended, example = _mend_mojibake(decoded.text)
        if example is not None:
            return Decoded(mended, encoding, repaired=example, garbled=True)
    return decoded


def _is_utf8(data: bytes, skip: int) -> bool:
    """Tell whether bytes are UTF-8 to the last, some at a time."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    whole = memoryview(data)[skip:]
    try:
        for start in range(0, len(whole), _BLOCK):
            decoder.decode(whole[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _utf16_codec(data: bytes) -> str | None:
    """Recognise UTF-16 by its mark, or by ASCII letters that are every other byte."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    sample = data[:4096]
    if len(sample) < 4 or b"\x00" not in sample:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def _is_noise(text: str) -> bool:
    """Tell whether control characters are too many for a text."""
    sample = text[:_SAMPLE]
    return len(_CONTROL.findall(sample)) > 0.02 * len(sample) + 1


def _decode_single_byte(data: bytes) -> Decoded | None:
    """Decode what is not UTF-8, line by line where lines disagree."""
    foreign = _high_bytes(data)
    encoding = max(SINGLE_BYTE, key=lambda codec: _score(foreign, codec))
    if b"\xc3" not in data and b"\xe2\x80" not in data:
        text, example = _decode_with(data, encoding), None
    else:
        text, example, encoding = _decode_by_line(data)
    if _is_noise(text):
        return None
    return Decoded(text, encoding, mixed=example is not None, repaired=example)


_ACCENTED = re.compile(r"\w*[^\x00-\x7f]\w*")


def _high_bytes(data: bytes) -> bytes:
    """Return the first bytes that are not ASCII, enough of them to judge by."""
    found = re.finditer(rb"[\x80-\xff]+", data)
    return b" ".join(run.group()[:100] for run in islice(found, _SAMPLE))[:_SAMPLE]


def _score(foreign: bytes, codec: str) -> int:
    """Count French letters against characters French does not use."""
    try:
        text = foreign.decode(codec)
    except UnicodeDecodeError:
        text = foreign.decode(codec, errors="replace")
    score = 0
    for sign in text:
        if sign in _LOWER:
            score += 3
        elif sign in _OTHER:
            score += 1
        elif sign != " ":
            score -= 3
    return score


def _decode_with(data: bytes, encoding: str) -> str:
    """Decode, with Latin-1 for the five bytes Windows-1252 leaves undefined."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _decode_by_line(data: bytes) -> tuple[str, str | None, str]:
    """Decode each line as UTF-8 if it is, else in the likeliest one-byte encoding.

    :returns: the text; a word of a line that is not as the others, where lines
        disagree; the encoding of what is not UTF-8
    """
    lines = data.split(b"\n")
    others = []
    utf8_lines = 0
    for line in lines:
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            utf8_lines += 1
        except UnicodeDecodeError:
            others.append(line)
    foreign = _high_bytes(b" ".join(others))
    encoding = max(SINGLE_BYTE, key=lambda codec: _score(foreign, codec))
    if not utf8_lines:
        return _decode_with(data, encoding), None, encoding
    parts = []
    for line in lines:
        try:
            parts.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            parts.append(_decode_with(line, encoding))
    told = _ACCENTED.search(_decode_with(b" ".join(others), encoding))
    return "\n".join(parts), told.group() if told else "", encoding


def _mend_mojibake(text: str) -> tuple[str, str | None]:
    """Undo UTF-8 read as Windows-1252, run by run.

    A run is mended only where its bytes are UTF-8: « Ã » that is meant stays.
    """
    example: str | None = None

    def mend(found: re.Match[str]) -> str:
        nonlocal example
        run = found.group()
        if not _MOJIBAKE.search(run):
            return run
        try:
            mended = _encode_cp1252(run).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            return run
        if example is None:
            start, end = found.span()
            before = re.search(r"\w*$", text[max(0, start - 30) : start])
            after = re.match(r"\w*", text[end : end + 30])
            example = (
                (before.group() if before else "")
                + mended
                + (after.group() if after else "")
            )
        return mended

    mended = re.sub("[\u0080-\uffff]+", mend, text)
    return mended, example


def _restore_c1(text: str) -> str:
    def restore(found: re.Match[str]) -> str:
        try:
            return found.group().encode("latin-1").decode("cp1252")
        except UnicodeDecodeError:
            return found.group()

    return _C1.sub(restore, text)


def _encode_cp1252(run: str) -> bytes:
    """Encode to Windows-1252, its five undefined bytes kept as they are."""
    encoded = bytearray()
    for sign in run:
        try:
            encoded += sign.encode("cp1252")
        except UnicodeEncodeError:
            encoded += sign.encode("latin-1")
    return bytes(encoded)
