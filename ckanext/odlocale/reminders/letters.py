"""The reminder, and the note that an answer is kept, in the words of who reads them."""

from __future__ import annotations

from collections.abc import Sequence

import ckantoolkit as tk

from ckanext.odlocale.base.french import format_date
from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.people.letters import absolute, signature
from ckanext.odlocale.publishing.next_step import DataLine
from ckanext.odlocale.publishing.preparing import columns_kept
from ckanext.odlocale.reminders.choosing import is_owed
from ckanext.odlocale.reminders.links import (
    Answer,
    Kind,
    Stop,
    sign_answer,
    sign_stop,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

#: Data that one letter details; the desk shows the others.
MAX_LINES = 3
#: Collectivités that one letter details; the desk shows the others.
MAX_PLACES = 10


def secret() -> str:
    """Return what the links of letters are signed with."""
    return str(tk.config["SECRET_KEY"])


def stop_address(user_id: str, kind: Kind) -> str:
    """Return the address that stops letters of one kind."""
    token = sign_stop(Stop(user_id, kind), secret())
    return absolute("odlocale_reminders.stop", token=token)


def reminder(
    user_id: str, parts: Sequence[tuple[Collectivity, Sequence[DataLine]]]
) -> Letter:
    """Say what is expected, with the table ready and the answer «nothing».

    :param parts: each collectivité of the person with what is expected of it
    """
    place, lines = parts[0]
    late = lines[0].expected.standing != "due"
    if len(parts) > 1:
        subject = tk.ungettext(
            "{name} and {count} more: data are expected",
            "{name} and {count} others: data are expected",
            len(parts) - 1,
        )
    elif late:
        subject = tk._("{name}: {label}, expected since {day}")
    else:
        subject = tk._("{name}: {label} before {day}")
    words = {**_words(place, lines[0]), "count": len(parts) - 1}
    blocks: list[str | Link] = []
    for one, expected in parts[:MAX_PLACES]:
        if len(parts) > 1:
            blocks.append(tk._("For {name}:").format(name=one.name))
        blocks += _about_place(one, user_id, expected, 1 if len(parts) > 1 else 0)
    if len(parts) > MAX_PLACES:
        others = ", ".join(one.name for one, _ in parts[MAX_PLACES:])
        said = tk._("Also expected: {others}.").format(others=others)
        blocks += [
            said,
            Link(tk._("See my data"), absolute("odlocale_publishing.home")),
        ]
    blocks.append(
        Link(tk._("No longer receive reminders"), stop_address(user_id, "reminders"))
    )
    return compose(subject.format(**words), blocks, signature=signature())


def _about_place(
    place: Collectivity, user_id: str, lines: Sequence[DataLine], most: int
) -> list[str | Link]:
    """Say what is expected of one collectivité.

    :param most: data that are detailed; 0 for as many as one letter may detail
    """
    shown = most or MAX_LINES
    blocks: list[str | Link] = []
    for line in lines[:shown]:
        blocks += _about(place, user_id, line)
    if len(lines) > shown:
        others = ", ".join(one.name for one in lines[shown:])
        said = tk._("Also expected: {others}.").format(others=others)
        where = absolute("odlocale_publishing.collectivity", code=place.code)
        blocks += [said, Link(tk._("See my data"), where)]
    return blocks


def _about(place: Collectivity, user_id: str, line: DataLine) -> list[str | Link]:
    says = _words(place, line)
    year = line.expected.year
    asked = Answer(user_id, place.siren, line.schema, year)
    return [
        _expected(line).format(**says),
        (
            tk._("Your table is ready, as last time.")
            if line.files and columns_kept(load_catalogue().get(line.schema))
            else tk._("Your table is ready. What we already know is filled in.")
        ),
        Link(
            tk._("Open the table: {label}").format(**says),
            absolute(
                "odlocale_preparing.ask", code=place.code, schema=line.schema, year=year
            ),
        ),
        Link(
            tk._("{label}: nothing to publish").format(**says),
            absolute("odlocale_reminders.nothing", token=sign_answer(asked, secret())),
        ),
    ]


def _expected(line: DataLine) -> str:
    if is_owed(line):
        return str(
            tk._("{label}: the law asks it of {name}, and it was expected on {day}.")
        )
    if line.expected.standing == "late":
        return str(tk._("{label}: an update was expected on {day}."))
    return str(tk._("{label}: an update is expected before {day}."))


def _words(place: Collectivity, line: DataLine) -> dict[str, str]:
    day = format_date(line.due_on) if line.due_on else ""
    return {"name": place.name, "label": line.name, "day": day}


def answer_kept(place: Collectivity, answer: Answer, label: str) -> Letter:
    """Say that the answer «nothing to publish» is kept, and how to take it back."""
    says = {"name": place.name, "year": answer.year, "label": label}
    where = absolute("odlocale_reminders.nothing", token=sign_answer(answer, secret()))
    return compose(
        tk._("{name}: your answer for {year} is noted").format(**says),
        [
            tk._("{label}: nothing to publish in {year}. Your answer counts.").format(
                **says
            ),
            Link(tk._("Change this answer"), where),
        ],
        signature=signature(),
    )
