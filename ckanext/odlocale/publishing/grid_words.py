"""What the grid's program says: its own words, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable


def list_words(gettext: Callable[[str], str]) -> dict[str, str]:
    """Return the sentences that the program of the grid shows, by name.

    What is in braces is filled in by the program.

    :param gettext: translates a sentence into the reader's language
    """
    _ = gettext
    return {
        "row": _("Row"),
        "required": _("(required)"),
        "cell": _("{column}, row {row}"),
        "nothing": _("(nothing)"),
        "leaving": _("Tab now leaves the table."),
        "example": _("For example: {example}"),
        "why": _("Why?"),
        "correct": _("Write {value}"),
        "points": _("Cells to look at: {count}. F8 goes to the next one."),
        "no_finding": _("No cell to look at."),
        "saving": _("Saving…"),
        "saved": _("Saved at {hour}"),
        "lost": _("Connection lost: what you type stays on this computer."),
        "expired": _("Log in again. You will find your work here."),
        "refused": _("One cell could not be saved."),
        "paste_again": _("Connection lost. Paste once more."),
        "undone": _("Undone."),
        "redone": _("Done again."),
        "nothing_undone": _("Nothing to undo."),
        "nothing_again": _("Nothing to do again."),
        "taken_out": _("The row was taken out."),
        "menu": _("What to do with the row"),
        "insert": _("Insert a row above"),
        "remove": _("Take the row out"),
        "undo": _("Undo the last action"),
        "show_optional": _("Show the optional columns: {count}"),
        "hide_optional": _("Hide the optional columns"),
    }
