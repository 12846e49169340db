"""``odlocale scdl explain``: the page of a check, in the terminal."""

from __future__ import annotations

import click

from ..base.language import translator
from .command_tools import print_json
from .explaining import UnknownCode, explain, load_explanations
from .explaining_pages import to_markdown, to_text


@click.command("explain")
@click.argument("code", required=False, metavar="[CODE]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
)
def explain_code(code: str | None, form: str) -> None:
    """Say what a finding means, why, and what to do; without a code, list them all.

    CODE is what stands in brackets before a finding, such as date.french. The pages
    are in French. Exits with 2 where no check has this code.
    """
    if code is None:
        _list(form)
        return
    try:
        one = explain(code)
    except UnknownCode:
        told = translator("fr").gettext(
            "No check is called “{code}”. “odlocale scdl explain” lists them all."
        )
        raise click.UsageError(told.format(code=code[:60])) from None
    if form == "json":
        print_json(one.to_dict())
    else:
        written = to_markdown(one) if form == "markdown" else to_text(one)
        click.echo(written.rstrip("\n"))


def _list(form: str) -> None:
    every = load_explanations()
    if form == "json":
        print_json([one.to_dict() for one in every.values()])
        return
    width = max(map(len, every))
    for one in every.values():
        if form == "markdown":
            click.echo(f"- `{one.code}` {one.title}")
        else:
            click.echo(f"{one.code:<{width}}  {one.title}")
