"""Where collectivités are on data.gouv.fr, and what is done there, in words."""

from __future__ import annotations

import ckantoolkit as tk


def state_names() -> dict[str, str]:
    """Return where a collectivité is, in words."""
    return {
        "unknown": tk._("Not searched yet"),
        "absent": tk._("Not there"),
        "doubtful": tk._("To decide"),
        "others": tk._("There, run by others"),
        "invited": tk._("There, others written to"),
        "ours": tk._("There, run by you"),
        "certified": tk._("There, certified"),
        "pending": tk._("Waits for data.gouv.fr"),
        "refused": tk._("Refused by data.gouv.fr"),
        "live": tk._("Read each night"),
    }


def verb_names() -> dict[str, str]:
    """Return what is to be done, in words."""
    return {
        "create_organization": tk._("Create its organisation"),
        "adopt": tk._("Take up its organisation"),
        "add_siret": tk._("Add its SIRET"),
        "create_source": tk._("Have its data read"),
        "move_source": tk._("Change the address of its data"),
        "decide": tk._("To decide"),
        "invite": tk._("Write to its administrators"),
        "search": tk._("To search"),
        "wait": tk._("Wait"),
        "give_key": tk._("Give a key"),
        "publish_first": tk._("Publish data first"),
        "elsewhere": tk._("Publishes elsewhere"),
        "unchanged": tk._("Nothing to do"),
        "forgotten": tk._("No longer there"),
    }


def problem_names() -> dict[str, str]:
    """Return why a step stopped, in words."""
    return {
        "no_answer": tk._("data.gouv.fr did not answer. Start again later."),
        "not_now": tk._("data.gouv.fr takes nothing at present. Start again later."),
        "not_understood": tk._(
            "data.gouv.fr answered something else. Start again later."
        ),
        "key_refused": tk._("data.gouv.fr does not know this key. Give another."),
        "no_key": tk._("No key of data.gouv.fr was given."),
        "refused": tk._("data.gouv.fr refused:"),
        "somebody_created": tk._("Somebody created one meanwhile. Decide first."),
    }


def held_names() -> dict[str, str]:
    """Return how data.gouv.fr holds data, in words."""
    return {
        "up_to_date": tk._("Up to date"),
        "waiting": tk._("Read next night"),
        "late": tk._("An older version"),
        "leaving": tk._("Soon archived"),
        "archived": tk._("Archived"),
        "absent": tk._("Absent"),
        "gone_here": tk._("No longer here"),
    }


def work_names() -> dict[str, str]:
    """Return the work that is followed, in words."""
    return {
        "search": tk._("Searching data.gouv.fr"),
        "apply": tk._("Registering on data.gouv.fr"),
        "read": tk._("Reading data.gouv.fr"),
    }


def fault_sentences() -> dict[str, str]:
    """Say why a catalogue of another portal could not be read, by its word."""
    return {
        "unreachable": tk._("The address does not answer."),
        "format": tk._("It answers neither Turtle nor RDF/XML."),
        "syntax": tk._("What it answers cannot be read."),
        "empty": tk._("It describes no data."),
        "many": tk._("It describes too many data."),
    }
