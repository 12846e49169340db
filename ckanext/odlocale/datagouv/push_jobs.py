"""What the worker does: send what is due, and come back for what failed."""

from __future__ import annotations

import datetime

from ckan import model

from ckanext.odlocale.datagouv import push_queue, push_run


def push_pending() -> None:
    """Send what is due, then come back when the next message is to be tried."""
    try:
        push_run.run()
        push_queue.come_back(datetime.datetime.now(datetime.timezone.utc))
    finally:
        model.Session.rollback()
