"""Actions of whoever receives letters: to have them no longer, or again."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.reminders.letters import secret
from ckanext.odlocale.reminders.links import LinkRefused, Stop, read_stop
from ckanext.odlocale.reminders.model import LetterStop

__all__ = [
    "odlocale_letter_resume",
    "odlocale_letter_show",
    "odlocale_letter_stop",
]


@tk.side_effect_free
def odlocale_letter_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return which letters a link is about, and whether they are sent.

    :param token: the secret of a letter's link
    :returns: ``kind``: ``reminders`` or ``digest``; ``stopped``
    :raises NotFound: nobody signed this link
    """
    tk.check_access("odlocale_letter_show", context, data_dict)
    stop = _read(data_dict)
    return {"kind": stop.kind, "stopped": LetterStop.holds(stop.user_id, stop.kind)}


def odlocale_letter_stop(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """No longer send letters of one kind to who holds the link. Twice is once.

    :param token: the secret of a letter's link
    :returns: as :func:`odlocale_letter_show`
    :raises NotFound: nobody signed this link
    """
    tk.check_access("odlocale_letter_stop", context, data_dict)
    stop = _read(data_dict)
    LetterStop.put(stop.user_id, stop.kind)
    model.Session.commit()
    return {"kind": stop.kind, "stopped": True}


def odlocale_letter_resume(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Send letters of one kind again to who holds the link.

    :param token: the secret of a letter's link
    :returns: as :func:`odlocale_letter_show`
    :raises NotFound: nobody signed this link
    """
    tk.check_access("odlocale_letter_resume", context, data_dict)
    stop = _read(data_dict)
    LetterStop.lift(stop.user_id, stop.kind)
    model.Session.commit()
    return {"kind": stop.kind, "stopped": False}


def _read(data_dict: DataDict) -> Stop:
    try:
        return read_stop(str(tk.get_or_bust(data_dict, "token")), secret())
    except LinkRefused as error:
        raise tk.ObjectNotFound(tk._("This link no longer opens.")) from error
