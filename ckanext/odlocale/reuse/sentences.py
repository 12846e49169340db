"""What is wrong in a report's form, in words."""

from __future__ import annotations

import ckantoolkit as tk

from ckanext.odlocale.reuse.reports import MAX_MESSAGE, MIN_MESSAGE, Fault


def sentence_of(fault: Fault) -> str:
    """Say what is wrong with a field, and what to do."""
    sentences: dict[Fault, str] = {
        "short": tk._("Say in a few words what is wrong: {least} characters at least."),
        "long": tk._("Write {count} characters at most."),
        "text": tk._("Write a text."),
        "email": tk._("Write an e-mail address, such as mairie@commune.fr."),
        "row": tk._("Write the number of the row, such as 12."),
    }
    return sentences[fault].format(least=MIN_MESSAGE, count=f"{MAX_MESSAGE:,}")
