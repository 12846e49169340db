"""Sending a pack to another portal, through its action API.

Whatever stops it half-way, the same call goes on from there: files that arrived are
not sent again, and a takeover that was carried out answers its receipt again.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from urllib3.filepost import encode_multipart_formdata

from ckanext.odlocale.base.http import GuardedClient, NotJson, Response
from ckanext.odlocale.handover.pack import Manifest, write_zip
from ckanext.odlocale.handover.records import Records

#: A takeover may take minutes before its first byte of answer.
TIMEOUT: Final = (10.0, 900.0)
TOTAL_SECONDS: Final = 1800.0
MAX_ANSWER_BYTES: Final = 64 * 1024**2

Progress = Callable[[int, int], None]


class PortalRefused(Exception):
    """The other portal answered that it will not.

    :ivar status: its HTTP status.
    :ivar sentences: what it says.
    """

    def __init__(self, status: int, sentences: tuple[str, ...]) -> None:
        super().__init__(f"{status}: {' '.join(sentences)}")
        self.status, self.sentences = status, sentences


class Receiver(Protocol):
    """A portal that takes a pack in."""

    def call(self, core: bytes, options: Mapping[str, str]) -> dict[str, Any]:
        """Call ``odlocale_takeover`` with the records of a pack."""

    def send_file(self, sha256: str, path: Path) -> None:
        """Call ``odlocale_takeover_file``."""


@dataclass(frozen=True)
class RemoteReceiver:
    """A portal reached by its address.

    :param address: without a slash at the end.
    :param token: of an administrator there.
    """

    client: GuardedClient
    address: str
    token: str

    def call(self, core: bytes, options: Mapping[str, str]) -> dict[str, Any]:
        """Call ``odlocale_takeover``.

        :raises PortalRefused: it says no.
        :raises ckanext.odlocale.base.http.RequestError: it does not answer.
        """
        sent = {"upload": ("pack.zip", core, "application/zip"), **options}
        return self._post("odlocale_takeover", sent)

    def send_file(self, sha256: str, path: Path) -> None:
        """Call ``odlocale_takeover_file``, as :meth:`call` does."""
        upload = (sha256, path.read_bytes(), "application/octet-stream")
        self._post("odlocale_takeover_file", {"upload": upload, "sha256": sha256})

    def _post(self, action: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        body, kind = encode_multipart_formdata(fields)
        answer = self.client.post(
            f"{self.address}/api/3/action/{action}",
            body,
            {"Authorization": self.token, "Content-Type": kind},
            MAX_ANSWER_BYTES,
        )
        return _read_answer(answer)


def _read_answer(answer: Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except NotJson as error:
        raise PortalRefused(answer.status, (str(error),)) from error
    if answer.status == 200 and isinstance(value, dict) and value.get("success"):
        result = value.get("result")
        if isinstance(result, dict):
            return result
    said = value.get("error") if isinstance(value, dict) else value
    raise PortalRefused(answer.status, tuple(_sentences(said)))


def _sentences(error: Any) -> list[str]:
    if isinstance(error, dict):
        return [
            sentence
            for name, one in error.items()
            if name != "__type"
            for sentence in _sentences(one)
        ]
    if isinstance(error, list):
        return [sentence for one in error for sentence in _sentences(one)]
    return [str(error)]


def pack_core(manifest: Manifest, records: Records) -> bytes:
    """Return a pack without its files."""
    core = io.BytesIO()
    write_zip(core, manifest, records, {})
    return core.getvalue()


def ask_plan(
    receiver: Receiver, core: bytes, accept: tuple[str, ...]
) -> dict[str, Any]:
    """Ask what the other portal would change. Nothing changes there."""
    return receiver.call(core, _options("false", accept))


def _options(apply: str, accept: tuple[str, ...], **more: str) -> dict[str, str]:
    # CKAN takes a form of one empty field for JSON.
    return {
        "apply": apply,
        **({"accept": " ".join(accept)} if accept else {}),
        **more,
    }


def carry_out(
    receiver: Receiver,
    core: bytes,
    plan: Mapping[str, Any],
    files: Mapping[str, Path],
    accept: tuple[str, ...] = (),
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Send the files that are missing there, then have the plan carried out.

    :param plan: what :func:`ask_plan` answered.
    :param files: where the files are, by SHA-256.
    :returns: what ``odlocale_takeover`` answers, its receipt included.
    """
    missing = list(plan["missing"])
    for rank, sha256 in enumerate(missing):
        receiver.send_file(sha256, files[sha256])
        progress(rank + 1, len(missing))
    # Conflicts of missing files are gone: the plan to carry out is the one of now.
    made = ask_plan(receiver, core, accept) if missing else plan
    return receiver.call(core, _options("true", accept, digest=made["digest"]))
