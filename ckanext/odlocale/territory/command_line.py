"""What the territory's commands share: calling an action, talking, failing.

Data goes to the standard output, talk to the standard error. Exit status: 0 fine, 1
something is left for a person to decide, 2 it could not run.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import ckantoolkit as tk
import click

from ckanext.odlocale.base.language import translator

CONFLICTS, FAILURE = 1, 2
# France's communes, drawn finely, weigh 350 MB.
MAX_FILE_BYTES = 500 * 1024 * 1024


def call(name: str, data_dict: dict[str, Any], **extra: Any) -> Any:
    """Call an action as the portal itself; end the command where it refuses.

    :param extra: what the action finds in its context.
    """
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    # Sentences in the portal's language: there is no visitor to ask.
    app = click.get_current_context().meta["flask_app"]
    with app.test_request_context():
        try:
            return tk.get_action(name)({"user": site["name"], **extra}, data_dict)
        except tk.ValidationError as error:
            fail(
                " ".join(text for texts in error.error_dict.values() for text in texts)
            )
        except tk.ObjectNotFound as error:
            fail(str(error))


def write_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as CSV; what no column names is left out."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_json(file: Path) -> object:
    """Return what a JSON file holds; end the command where it cannot be read."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            fail(_("{file} is too large: 500 MB at most.").format(file=file))
        return json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        say = _("{file} cannot be read: {cause}.")
        fail(say.format(file=file, cause=error.strerror))
    except (ValueError, RecursionError):
        fail(_("{file} is not JSON.").format(file=file))


def fail(message: str) -> NoReturn:
    """Say why the command could not run, and end it."""
    talk(message)
    sys.exit(FAILURE)


def talk(message: str, *, newline: bool = True) -> None:
    """Say something that is not data."""
    click.echo(message, err=True, nl=newline)


def _(message: str) -> str:
    return translator(tk.config["ckan.locale_default"]).gettext(message)
