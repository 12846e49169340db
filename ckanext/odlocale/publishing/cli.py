"""``ckan odlocale publishing``: files online, and where they are stored."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import click

from ckanext.odlocale.base import marks
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.publishing import retention, stopped, work_jobs
from ckanext.odlocale.publishing.releases import releases_of
from ckanext.odlocale.publishing.withdrawal import Reason
from ckanext.odlocale.territory.command_line import CONFLICTS, call, fail
from ckanext.odlocale.territory.tables import Collectivity

_DOCUMENT = re.compile(r"(?:/dataset/|/publier/[^/]+/document/)([^/?#]+)")
_ADDRESS = re.compile(r"/donnees/([^/]+)/([^/]+)/([^/]+?)(?:\.csv|\.parquet|/|$)")


@click.group(short_help="Files that are online.")
def publishing() -> None:
    """Files that are online, the versions of their models, and the storage."""


@publishing.command()
def daily() -> None:
    """Do what each day asks for: finish purges, remove files of no use, add Parquet,
    tell the search what is online where a publication was killed.

    Stopped half-way, run it again.
    """
    done = retention.work(datetime.datetime.now(datetime.timezone.utc))
    marks.done("publishing")
    click.echo(
        f"{done.erased} files erased, {done.unused} of no use removed,"
        f" {done.parquet} Parquet added, {done.indexed} local authorities told to the"
        f" search again, {done.published} publications that had stopped are online",
        err=True,
    )


@publishing.command()
def retry() -> None:
    """Publish what stopped within a day: a server was out of reach, or was killed.

    In the name of who asked for it, where the draft is still as it was. Run it often.
    """
    begun = work_jobs.begin_again()
    done = stopped.retry()
    click.echo(f"{begun} long files that a worker had lost were checked", err=True)
    click.echo(f"{done} publications that had stopped are online", err=True)


@publishing.command()
@click.argument("schema", metavar="MODEL")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def plan(schema: str, form: str) -> None:
    """Say what becomes of the files online under a former version of a model.

    Writes nothing. Exits with 0, or 1 where some would no longer conform.
    """
    found: dict[str, Any] = call("odlocale_schema_plan", {"schema": schema})
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for one in found["files"]:
            click.echo(
                f"{one['code']}\t{one['key']}\t{one['version']}\t{one['verdict']}"
            )
            for fault in one["faults"]:
                click.echo(f"\t{fault}")
    _tell_count(found["count"])
    if any(one["verdict"] == "breaks" for one in found["files"]):
        raise SystemExit(CONFLICTS)


@publishing.command()
@click.argument("schema", metavar="MODEL")
@click.option("--after", help="Go on after this file, printed when a run stopped.")
def migrate(schema: str, after: str | None) -> None:
    """Bring files to the version in use of their model.

    One transaction a file: a run that stops is started again. Files that would break
    stay online as they are; exits with 1 where there are some.
    """
    breaks = moved = 0
    while True:
        asked = {"schema": schema, "after": after}
        done: dict[str, Any] = call("odlocale_schema_migrate", asked)
        moved += done["fits"] + done["follows"]
        breaks += done["breaks"]
        after = done["after"]
        if after is None:
            break
        click.echo(f"{moved}… --after {after}", err=True)
    speak = translator("fr")
    said = speak.ngettext(
        "{count} file follows the new version.",
        "{count} files follow the new version.",
        moved,
    )
    click.echo(said.format(count=moved))
    if breaks:
        left = speak.ngettext(
            "{count} file stays as it is: it would no longer conform.",
            "{count} files stay as they are: they would no longer conform.",
            breaks,
        )
        click.echo(left.format(count=breaks), err=True)
        raise SystemExit(CONFLICTS)


def _tell_count(count: int) -> None:
    said = translator("fr").ngettext(
        "{count} file is online under a former version.",
        "{count} files are online under a former version.",
        count,
    )
    click.echo(said.format(count=count), err=True)


@click.command(short_help="Erase for good a file, or rows of it.")
@click.argument("file", metavar="ADDRESS_OR_ID")
@click.option(
    "--text",
    help="Erase the rows that hold it, in all files of these data; - reads it from"
    " the standard input, which no history keeps.",
)
@click.option(
    "--reason",
    type=click.Choice([one.value for one in Reason]),
    default=Reason.PERSONAL.value,
    show_default=True,
    help="What the journal and the address say.",
)
@click.option("--apply", "applies", is_flag=True, help="Erase, not only plan.")
def purge(file: str, text: str | None, reason: str, applies: bool) -> None:
    """Erase for good a published file with those before it, or the rows of a person.

    ADDRESS_OR_ID is the permanent address of the file, or the identifier of a release;
    or the page of what follows no model (/dataset/…), which goes whole.
    Without --apply, says what would go and erases nothing. Originals, published files,
    Parquet, reports, tables filled in online, the feed, the search and CKAN's activity
    are cleaned; the journal keeps that it was done. Stopped half-way, run it again.
    """
    if text == "-":
        text = click.get_text_stream("stdin").readline().strip()
    document = _DOCUMENT.search(file)
    if document is not None:
        _purge_document(document[1], text, reason, applies=applies)
        return
    asked = {"id": _find(file), **({"text": text} if text else {})}
    plan: dict[str, Any] = call("odlocale_release_purge_plan", asked)
    shown = {name: plan[name] for name in plan if name != "preview"}
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    if not applies:
        click.echo("nothing erased: add --apply", err=True)
        return
    done = {**asked, "reason": reason, "digest": plan["digest"]}
    call("odlocale_release_purge", done)
    click.echo("erased", err=True)


def _purge_document(name: str, text: str | None, reason: str, *, applies: bool) -> None:
    if text:
        fail(f"{name}: it follows no model, and goes whole: leave --text out")
    found: dict[str, Any] = call("odlocale_document_show", {"id": name})
    told = ("id", "code", "title", "state", "issued", "version")
    shown = {one: found[one] for one in told}
    shown["files"] = [one["url"] for one in found["resources"]]
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    if not applies:
        click.echo("nothing erased: add --apply", err=True)
        return
    asked = {"id": found["id"], "version": found["version"], "reason": reason}
    call("odlocale_document_purge", asked)
    click.echo("erased", err=True)


def _find(file: str) -> str:
    """Return the release that an address shows, or showed last."""
    found = _ADDRESS.search(file)
    if found is None:
        return file
    owner = Collectivity.by_code(found[1])
    releases = releases_of(owner.siren, found[2], found[3]) if owner else []
    left = [one for one in releases if one.state != "purged"]
    if not left:
        fail(f"{file}: nothing was published there, or it is erased already")
    online = [one for one in left if one.state == "published"]
    return str((online or left)[0].id)


#: Commands that are beside the group, under ``ckan odlocale``.
beside = [purge]
