"""``ckan odlocale territory handover`` and ``takeover``.

Data goes to the standard output, talk to the standard error. Exit status: 0 fine, 1
something is left for a person to decide, 2 it could not run.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import ckantoolkit as tk
import click

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.http import GuardedClient, RequestError
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.handover import sentences
from ckanext.odlocale.handover.opening import (
    Pack,
    PackRefused,
    open_pack,
    read_manifest,
)
from ckanext.odlocale.handover.pack import MANIFEST, Manifest, write_folder
from ckanext.odlocale.handover.plan import ACCEPTABLE
from ckanext.odlocale.handover.records import Records
from ckanext.odlocale.handover.sending import (
    TIMEOUT,
    TOTAL_SECONDS,
    PortalRefused,
    Receiver,
    RemoteReceiver,
    ask_plan,
    carry_out,
    pack_core,
)
from ckanext.odlocale.territory.cli import territory

CONFLICTS, FAILURE = 1, 2
TOKEN_VARIABLE = "ODLOCALE_HANDOVER_TOKEN"  # noqa: S105 (a name, not a token)

accept_option = click.option(
    "--accept",
    "accepted",
    multiple=True,
    type=click.Choice(sorted(ACCEPTABLE)),
    help="Pass over this conflict. May be repeated.",
)


@click.command("handover", short_help="Hand a collectivité over to another portal.")
@click.argument("sirens", nargs=-1, metavar="[SIREN]...")
@click.option("--to", "destination", help="A folder, or the other portal's address.")
@click.option("--apply", "carry", is_flag=True, help="With an address: do it.")
@click.option(
    "--token-env",
    default=TOKEN_VARIABLE,
    show_default=True,
    help="Environment variable that holds a token of the other portal.",
)
@click.option(
    "--people",
    type=click.Choice(["agreed", "none"]),
    default="agreed",
    show_default=True,
    help="Which members go with it.",
)
@accept_option
@click.option(
    "--confirm",
    "receipt",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Receipt that takeover wrote: redirect everything to the other portal.",
)
@click.option("--release-feed", is_flag=True, help="data.gouv.fr reads the other one.")
@click.option("--cancel", is_flag=True, help="Take the hand-over back.")
def handover_command(
    sirens: tuple[str, ...],
    destination: str | None,
    carry: bool,
    token_env: str,
    people: str,
    accepted: tuple[str, ...],
    receipt: Path | None,
    release_feed: bool,
    cancel: bool,
) -> None:
    """Hand over each collectivité SIREN. Without option, list the hand-overs.

    \b
    --to FOLDER      write a pack in FOLDER/SIREN; nothing changes here
    --to URL         show what the other portal would change
    --to URL --apply send, have it taken in, verify, then redirect
    """
    chosen = sum(map(bool, (destination, receipt, release_feed, cancel)))
    # A receipt says which collectivité it is about.
    named = bool(sirens) != bool(receipt) or not (sirens or chosen)
    if chosen > 1 or not named or (sirens and not chosen):
        raise click.UsageError(_("Give a SIREN and one thing to do."))
    if receipt is not None:
        _show(_call("odlocale_handover_confirm", _read_receipt(receipt)))
    elif release_feed:
        for siren in sirens:
            _show(_call("odlocale_handover_release_feed", {"siren": siren}))
    elif cancel:
        for siren in sirens:
            _call("odlocale_handover_cancel", {"siren": siren})
            _talk(_("{siren} is here again.").format(siren=siren))
    elif destination is None:
        for one in _call("odlocale_handover_list", {}):
            _show(one)
    else:
        _hand_over(sirens, destination, carry, token_env, people, accepted)


def _hand_over(
    sirens: tuple[str, ...],
    destination: str,
    carry: bool,
    token_env: str,
    people: str,
    accepted: tuple[str, ...],
) -> None:
    receiver = None
    if destination.startswith(("http://", "https://")):
        receiver = _remote(destination.rstrip("/"), token_env)
    left = 0
    for siren in sirens:
        asked = {"siren": siren, "people": people}
        made = _call("odlocale_handover_pack", asked)
        _talk_left_out(made)
        manifest, records = read_manifest(made["manifest"]), made["records"]
        files = {one: _locate(one) for one in made["files"]}
        if receiver is None:
            _write_pack(Path(destination) / siren, manifest, records, files)
        else:
            left += _send(receiver, manifest, records, files, carry, accepted)
    sys.exit(CONFLICTS if left else 0)


def _write_pack(
    folder: Path, manifest: Manifest, records: Records, files: Mapping[str, Path]
) -> None:
    try:
        write_folder(folder, manifest, records, files)
    except FileExistsError:
        _fail(
            _("{folder} holds something else. Give another one.").format(folder=folder)
        )
    except OSError as error:
        say = _("{folder} cannot be written: {cause}.")
        _fail(say.format(folder=folder, cause=error.strerror))
    _show({"folder": str(folder), "pack": manifest.id, "files": len(files)})


def _send(
    receiver: Receiver,
    manifest: Manifest,
    records: Records,
    files: Mapping[str, Path],
    carry: bool,
    accepted: tuple[str, ...],
) -> int:
    """Return 1 where something is left to decide."""
    core = pack_core(manifest, records)
    with _explained():
        plan = ask_plan(receiver, core, accepted)
        if _show_plan(plan):
            return 1
        if not carry:
            _talk(_("Nothing was changed. Add --apply to carry this plan out."))
            return 0
        done = carry_out(receiver, core, plan, files, accepted, _show_progress)
    receipt = done["receipt"]
    if receipt is None:
        _fail(_("The other portal does not hold all of it. Nothing was changed here."))
    asked = {"siren": done["siren"], "receipt": receipt}
    _show(_call("odlocale_handover_confirm", asked))
    return 0


@click.command("takeover", short_help="Take in a collectivité of another portal.")
@click.argument("pack", type=click.Path(exists=True, path_type=Path))
@click.option("--apply", "carry", is_flag=True, help="Carry the plan out.")
@click.option("--expect", help="The pack's number, as handover printed it.")
@click.option(
    "--receipt",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the receipt that the other portal needs.",
)
@accept_option
def takeover_command(
    pack: Path,
    carry: bool,
    expect: str | None,
    receipt: Path | None,
    accepted: tuple[str, ...],
) -> None:
    """Show what taking PACK in would change; with --apply, do exactly that.

    PACK is a folder that handover wrote, the same as a ZIP file, or a folder of such.
    """
    packs = sorted(pack.glob(f"*/{MANIFEST}")) if pack.is_dir() else []
    places = [one.parent for one in packs] if packs else [pack]
    if receipt is not None and len(places) > 1:
        raise click.UsageError(_("Take one collectivité at a time with --receipt."))
    left = 0
    for place in places:
        try:
            opened = open_pack(place)
            if expect is not None and opened.id != expect:
                _fail(_("This pack is another one: {number}.").format(number=opened.id))
            left += _take(opened, carry, receipt, accepted)
        except PackRefused as error:
            _fail(sentences.say_refused(error, _))
    sys.exit(CONFLICTS if left else 0)


def _take(
    pack: Pack, carry: bool, receipt: Path | None, accepted: tuple[str, ...]
) -> int:
    receiver = LocalReceiver(pack)
    core = pack_core(pack.manifest, pack.records)
    plan = ask_plan(receiver, core, accepted)
    missing = set(plan["missing"])
    if missing & pack.apart:
        _fail(
            _("The pack is not whole: {count} files lack.").format(count=len(missing))
        )
    if _show_plan(plan):
        return 1
    if not carry and plan["receipt"] is None:
        _talk(_("Nothing was changed. Add --apply to carry this plan out."))
        return 0
    done = carry_out(
        receiver, core, plan, dict.fromkeys(missing, Path()), accepted, _show_progress
    )
    if receipt is not None:
        receipt.write_text(json.dumps(done["receipt"], indent=1) + "\n", "utf-8")
    _show(done["receipt"])
    return 0


@dataclass(frozen=True)
class LocalReceiver:
    """This portal, taking in a pack that it reads by itself."""

    pack: Pack

    def call(self, core: bytes, options: Mapping[str, str]) -> dict[str, Any]:
        """Call ``odlocale_takeover``."""
        asked = {"upload": io.BytesIO(core), **options}
        return dict(_call("odlocale_takeover", asked))

    def send_file(self, sha256: str, path: Path) -> None:
        """Call ``odlocale_takeover_file`` with the pack's file."""
        with self.pack.open_file(sha256) as stream:
            asked = {"upload": stream, "sha256": sha256}
            _call("odlocale_takeover_file", asked)


def _show_plan(plan: Mapping[str, Any]) -> bool:
    """Print a plan, and tell whether something is left to decide."""
    verdicts = {
        "create": _("create"),
        "update": _("update"),
        "conflict": _("conflict"),
    }
    # Files that are still to be sent are no conflict.
    steps = [one for one in plan["steps"] if one["reason"] != "file_missing"]
    for step in steps:
        detail = step["message"] or ", ".join(step["changes"])
        line = (
            f"{verdicts[step['verdict']]:10}  {step['kind']:14}  {step['title']:40.40}"
        )
        click.echo(f"{line}  {detail}".rstrip())
    waits = len(plan["steps"]) - len(steps)
    counts = {name: sum(kinds.values()) for name, kinds in plan["counts"].items()}
    counts["create"] += waits
    counts["conflict"] -= waits
    click.echo(
        ", ".join(f"{verdicts.get(n, _('unchanged'))} {c}" for n, c in counts.items())
    )
    if counts["conflict"]:
        say = _("Left for you to decide: {count}. See the reasons.")
        _talk(say.format(count=counts["conflict"]))
    return bool(counts["conflict"])


def _show(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def _show_progress(done: int, total: int) -> None:
    _talk(_("Files sent: {done} of {total}.").format(done=done, total=total))


def _talk_left_out(made: Mapping[str, Any]) -> None:
    if made["left_out"]:
        say = _("Left out, for they did not agree: {names}.")
        _talk(say.format(names=", ".join(made["left_out"])))


def _remote(address: str, token_env: str) -> RemoteReceiver:
    token = os.environ.get(token_env, "").strip()
    if not token:
        say = _("Put a token of the other portal in the variable {name}.")
        _fail(say.format(name=token_env))
    hosts = frozenset(tk.config["ckanext.odlocale.allowed_hosts"])
    client = GuardedClient(hosts, timeout=TIMEOUT, total_seconds=TOTAL_SECONDS)
    return RemoteReceiver(client, address, token)


def _locate(sha256: str) -> Path:
    return storage.open_path(sha256)


def _read_receipt(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
        return {"siren": value["siren"], "receipt": value}
    except (OSError, ValueError, KeyError, TypeError):
        _fail(_("{file} is not a receipt.").format(file=path))


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Say what the other portal answered, in place of a traceback."""
    try:
        yield
    except PortalRefused as error:
        say = _("The other portal refuses ({status}): {said} Nothing was changed.")
        _fail(say.format(status=error.status, said=" ".join(error.sentences)))
    except RequestError as error:
        say = _(
            "The other portal does not answer ({cause}). Start again: what was sent"
            " is not sent again."
        )
        _fail(say.format(cause=error))


def _call(name: str, data_dict: dict[str, Any]) -> Any:
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    app = click.get_current_context().meta["flask_app"]
    # Sentences in the portal's language: there is no visitor to ask.
    with app.test_request_context():
        try:
            return tk.get_action(name)({"user": site["name"]}, data_dict)
        except tk.ValidationError as error:
            said = [text for texts in error.error_dict.values() for text in texts]
            _fail(" ".join(map(str, said)))
        except tk.ObjectNotFound as error:
            _fail(str(error.message or error))


def _fail(message: str) -> NoReturn:
    _talk(message)
    sys.exit(FAILURE)


def _talk(message: str) -> None:
    click.echo(message, err=True)


def _(message: str) -> str:
    return translator(tk.config["ckan.locale_default"]).gettext(message)


territory.add_command(handover_command)
territory.add_command(takeover_command)
