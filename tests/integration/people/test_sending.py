"""Letters at most once: the worker killed in the middle of one, and begun again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.odlocale.people import inviting
from ckanext.odlocale.people.invitations import read_list
from ckanext.odlocale.people.tables import Invitation
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import Desk, manager_of
from tests.integration.publishing.conftest import Town

ROOT = Path(__file__).parents[3]


def start_worker() -> subprocess.Popen[bytes]:
    """Send what waits, in a process of its own, as an operator does."""
    program = Path(sys.executable).parent / "ckan"
    command = [str(program), "-c", str(ROOT / "test.ini"), "odlocale", "people"]
    environ = {
        **os.environ,
        "CKAN_SMTP_SERVER": str(tk.config["smtp.server"]),
        "CKAN_SMTP_MAIL_FROM": str(tk.config["smtp.mail_from"]),
    }
    return subprocess.Popen([*command, "send", "--per-minute", "0"], env=environ)


@pytest.fixture
def places(town: Callable[[], Town]) -> list[Town]:
    return [town() for _ in range(9)]


def ours(mailbox: Mailbox, prefix: str) -> list[str]:
    found = [to for one in mailbox.envelopes for to in one.rcpt_tos]
    return [to for to in found if to.startswith(prefix)]


def test_a_worker_killed_between_marking_and_sending_leaves_one_to_a_person(
    places: list[Town], mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    prefix = f"tue-{places[0].code}-".lower()
    rows = "".join(f"{p.code};{prefix}{p.code}@essai.example\n" for p in places)
    listed = read_list(f"code;email\n{rows}".lower().encode())
    assert inviting.invite_list(inviting.plan_list(listed), None) == len(places)
    # Letters of other tests that wait leave first.
    already = model.Session.query(Invitation).filter_by(state="waiting").count()
    model.Session.commit()
    mailbox.stalls_after = already - len(places) + 4
    worker = start_worker()
    assert mailbox.stalled.wait(60)
    worker.send_signal(signal.SIGKILL)
    worker.wait(30)
    mailbox.stalls_after = None
    before = ours(mailbox, prefix)
    assert 0 < len(before) < len(places)

    again = start_worker()
    assert again.wait(60) == 0
    received = ours(mailbox, prefix)
    assert len(received) == len(set(received)), "nobody is written to twice"
    states = dict(
        model.Session.query(Invitation.email, Invitation.state).filter(
            Invitation.email.startswith(prefix)
        )
    )
    left = [email for email, state in states.items() if state == "sending"]
    assert len(left) == 1, "the one whose letter nobody knows of"
    assert {*received, *left} == set(states), "nobody is forgotten"

    assert start_worker().wait(60) == 0
    assert left[0] not in ours(mailbox, prefix), "no run decides by itself"
    (place,) = [one for one in places if f"-{one.code}@".lower() in left[0]]
    page = desk_of(manager_of(place)).get(f"/equipe/{place.code}").page
    assert left[0] in page
    assert "Peut-être pas reçu" in page


def test_a_job_writes_in_the_portal_s_language(town: Callable[[], Town]) -> None:
    """A worker has no visitor to ask, and CKAN then translates nothing."""
    program = (
        "import sys\n"
        "from ckan.cli import load_config\n"
        "from ckan.config.middleware import make_app\n"
        "make_app(load_config(sys.argv[1]))\n"
        "from ckan.plugins import toolkit as tk\n"
        "from ckanext.odlocale.base.worker import portal_language\n"
        "with portal_language():\n"
        "    print(tk._('Activate my access'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(ROOT / "test.ini")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "Activer mon accès"
