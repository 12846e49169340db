"""``ckan odlocale datagouv plan|apply|status|key|daily``: registration on data.gouv.fr.

Data goes to the standard output, talk to the standard error. Exit status: 0 fine, 1
something is left (for a person to decide, or because data.gouv.fr stopped answering), 2
it could not run.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.datagouv import keys
from ckanext.odlocale.datagouv.alarms import tell_alarms
from ckanext.odlocale.datagouv.calling import DatagouvError
from ckanext.odlocale.datagouv.registering import APPLIED
from ckanext.odlocale.datagouv.registration_model import ApiKey
from ckanext.odlocale.territory.command_line import (
    CONFLICTS,
    call,
    fail,
    read_json,
    talk,
    write_csv,
)

Format = Literal["table", "json", "csv"]
_COLUMNS = ("code", "siren", "name", "state", "verb", "detail", "id")
_STATUS = ("code", "siren", "name", "state", "certified", "siret", "source", "job",
           "failed", "problem")  # fmt: skip
PAGE = 1000


def scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which collectivités, and how to write."""
    options = (
        click.option("--perimeter", "perimeters", multiple=True, metavar="SIREN",
                     help="An ATD's; all of the portal by default."),
        click.option("--code", "codes", multiple=True, help="INSEE code or SIREN."),
        click.option("--format", "form", type=click.Choice(["table", "json", "csv"]),
                     default="table", show_default=True, help="How to write."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.command("plan")
@scope_options
@click.option("--offline", is_flag=True, help="From what is known: no call is made.")
@click.option("--fresh", is_flag=True, help="Search again for those without one.")
def plan(
    perimeters: tuple[str, ...],
    codes: tuple[str, ...],
    form: Format,
    *,
    offline: bool,
    fresh: bool,
) -> None:
    """Say what is to be done on data.gouv.fr. Nothing is written there.

    Two calls at most for each collectivité that is not known yet, none for the others,
    and one for each key, to see that it works.
    """
    scope = _scope(perimeters, codes)
    left = 0
    if not offline:
        checked = _check_keys()
        asked = {**scope, "fresh": fresh}
        found = call("odlocale_datagouv_search", asked, odlocale_tell=_progress)
        left = len(found["problems"]) + found["left"]
        talk(f"{found['calls']} calls for {sum(found['done'].values())} collectivités, "
             f"{checked} to check the keys")  # fmt: skip
        _talk_problems(found)
    made = call("odlocale_datagouv_plan", scope)
    click.echo(write_plan(made, form), nl=False)
    counts = ", ".join(f"{verb}: {count}" for verb, count in made["counts"].items())
    talk(f"{counts} (digest {made['digest']})")
    if left or made["counts"].get("decide"):
        raise SystemExit(CONFLICTS)


@click.command("apply")
@scope_options
@click.option(
    "--plan",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Carry out the steps of this plan (--format json), and no other.",
)
def apply(
    perimeters: tuple[str, ...],
    codes: tuple[str, ...],
    form: Format,
    file: Path | None,
) -> None:
    """Create organisations and sources on data.gouv.fr, each once.

    Stopped at any moment, run it again: what was created is found, never made twice.
    """
    scope = _scope(perimeters, codes)
    if file is not None:
        scope["steps"] = _steps_of(file)
        if not scope["steps"]:
            talk("this plan changes nothing")
            return
    done = call("odlocale_datagouv_apply", scope, odlocale_tell=_progress)
    if form == "json":
        click.echo(json.dumps(done, ensure_ascii=False, indent=1))
    else:
        for verb, count in done["done"].items():
            click.echo(f"{verb}\t{count}")
    talk(f"{done['calls']} calls, {done['left']} steps left")
    _talk_problems(done)
    if done["problems"] or done["left"]:
        raise SystemExit(CONFLICTS)


@click.command("status")
@scope_options
@click.option("--state", help="Only those: pending, live, others…")
@click.option("--read", is_flag=True, help="Ask data.gouv.fr first.")
def status(
    perimeters: tuple[str, ...],
    codes: tuple[str, ...],
    form: Format,
    state: str | None,
    *,
    read: bool,
) -> None:
    """Show where each collectivité is on its way to data.gouv.fr."""
    scope = _scope(perimeters, codes)
    if read:
        done = call("odlocale_datagouv_read", scope, odlocale_tell=_progress)
        talk(f"{done['calls']} calls")
        _talk_problems(done)
    rows: list[dict[str, Any]] = []
    asked = {**scope, **({"state": state} if state else {}), "limit": PAGE}
    while True:
        page = call("odlocale_datagouv_status", {**asked, "offset": len(rows)})
        rows += page["results"]
        if not page["results"] or len(rows) >= page["count"]:
            break
    click.echo(write_status(rows, form), nl=False)
    talk(", ".join(f"{name}: {count}" for name, count in page["counts"].items()))


@click.command("daily")
def daily() -> None:
    """Read what data.gouv.fr holds, and tell the ATDs what fails. Run each day."""
    done = call("odlocale_datagouv_read", {}, odlocale_tell=_progress)
    talk(f"{done['calls']} calls")
    _talk_problems(done)
    app: Any = click.get_current_context().meta["flask_app"]
    with app.test_request_context():
        sent, failures = tell_alarms(datetime.datetime.now(datetime.timezone.utc))
    talk(f"{sent} letters sent, {failures} not sent")
    if done["left"] or failures:
        raise SystemExit(CONFLICTS)


@click.command("key")
@click.argument("code")
@click.option("--forget", is_flag=True, help="Forget it.")
def key(code: str, *, forget: bool) -> None:
    """Give a key of data.gouv.fr, typed or on the standard input.

    CODE is whose it is: a collectivité's INSEE code or SIREN, or an ATD's SIREN.
    """
    if forget:
        done = call("odlocale_datagouv_key_forget", {"code": code})
        talk("forgotten" if done["forgotten"] else "there was none")
        return
    # Never an argument: those of a command are read by all users of a machine.
    given = (
        click.prompt("key", hide_input=True)
        if click.get_text_stream("stdin").isatty()
        else click.get_text_stream("stdin").readline()
    )
    done = call("odlocale_datagouv_key_set", {"code": code, "key": given.strip()})
    talk(f"key of {done['owner']}" if done["checked"] else "kept, but not tried")


COMMANDS = (plan, apply, status, daily, key)


def write_plan(made: dict[str, Any], form: Format) -> str:
    """Return a plan as text."""
    if form == "json":
        return json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    rows = [{**step, "detail": _detail(step)} for step in made["steps"]]
    return _write(rows, _COLUMNS, form)


def write_status(rows: list[dict[str, Any]], form: Format) -> str:
    """Return where collectivités are, as text."""
    if form == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    flat = [
        {
            **row,
            "source": (row["source"] or {}).get("page")
            or (row["source"] or {}).get("id"),
            "job": (row["last_job"] or {}).get("status"),
            "failed": len(row["failed"]) or "",
        }
        for row in rows
    ]
    return _write(flat, _STATUS, form)


def _write(rows: list[dict[str, Any]], columns: tuple[str, ...], form: Format) -> str:
    if form == "csv":
        return write_csv(rows, columns)
    lines = (
        f"{row['code']:9}  {row['name']:36.36}  {row['state']:9}  "
        + "  ".join(str(row[name] or "") for name in columns[4:-1])
        for row in rows
    )
    return "".join(line.rstrip() + "\n" for line in lines)


def _detail(step: dict[str, Any]) -> str:
    if step["candidates"]:
        return "; ".join(f"{one['name']} ({one['id']})" for one in step["candidates"])
    said = {
        **step["fields"],
        **({"source": step["then"]["url"]} if step["then"] else {}),
    }
    return ", ".join(f"{name}={value}" for name, value in said.items() if value)


def _scope(perimeters: tuple[str, ...], codes: tuple[str, ...]) -> dict[str, Any]:
    given = {"perimeters": list(perimeters), "codes": list(codes)}
    return {name: value for name, value in given.items() if value}


def _steps_of(file: Path) -> list[str]:
    said = read_json(file)
    steps = said.get("steps") if isinstance(said, dict) else None
    if not isinstance(steps, list):
        fail(f"{file} is not a plan: make one with plan --format json.")
    return [
        str(step["id"])
        for step in steps
        if isinstance(step, dict) and step.get("verb") in APPLIED
    ]


def _check_keys() -> int:
    """Ask whose each key is. A key that does not work is told at once."""
    client, places = keys.client(), list(model.Session.scalars(sa.select(ApiKey.siren)))
    before = client.calls
    for place in places:
        try:
            client.with_key(keys.key_of(place)).me()
        except (DatagouvError, keys.NoKey) as error:
            talk(f"the key of {place} does not work: {error}")
    return client.calls - before


def _talk_problems(done: dict[str, Any]) -> None:
    for siren, code in done["problems"].items():
        talk(f"{siren}: {code}")
    if done["left"]:
        talk(f"data.gouv.fr stopped answering: {done['left']} left, run it again")


def _progress(done: int, total: int) -> None:
    if total and (done % 25 == 0 or done == total):
        talk(f"{done}/{total}")
