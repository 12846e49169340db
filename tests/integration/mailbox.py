"""A real SMTP server that keeps the letters of a test."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from unittest import mock

import ckantoolkit as tk
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Keeps what it receives; refuses one recipient.

    :ivar dies_after: how many letters it takes before it breaks every connection
    :ivar stalls_after: how many letters it takes before it answers nothing more, and
        sets :attr:`stalled`
    """

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.dies_after: int | None = None
        self.stalls_after: int | None = None
        self.stalled = threading.Event()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list
    ) -> str:
        if address.startswith("inconnu@"):
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.dies_after is not None and len(self.envelopes) >= self.dies_after:
            server.transport.abort()
            return "421 Gone"
        if self.stalls_after is not None and len(self.envelopes) >= self.stalls_after:
            self.stalled.set()
            await asyncio.sleep(60)
        self.envelopes.append(envelope)
        return "250 OK"

    def only_message(self) -> EmailMessage:
        (envelope,) = self.envelopes
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    handler = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings = {
        "smtp.server": f"127.0.0.1:{port}",
        "smtp.mail_from": "portail@essai.example",
    }
    with mock.patch.dict(tk.config, settings):
        yield handler
    controller.stop()
