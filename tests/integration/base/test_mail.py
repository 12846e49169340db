"""Letters, received by a real SMTP server."""

from __future__ import annotations

from unittest import mock

import ckantoolkit as tk
import pytest

from ckanext.odlocale.base.letter import Link, compose
from ckanext.odlocale.base.mail import LetterNotSent, send
from tests.integration.mailbox import Mailbox

LETTER = compose(
    "Crac'h: votre accès",
    ["Bonjour, c'est prêt!", Link("Activer", "https://portail.example/a")],
    signature="Département d'essai",
)


def test_a_letter_arrives_in_both_forms_with_its_accents(mailbox: Mailbox) -> None:
    send(LETTER, name="Gaëlle Le Bœuf", address="gaelle@crach.example")
    message = mailbox.only_message()
    assert mailbox.envelopes[0].rcpt_tos == ["gaelle@crach.example"]
    assert message["Subject"] == "Crac'h\u00a0: votre accès"
    assert message["To"].addresses[0].display_name == "Gaëlle Le Bœuf"
    assert message["From"].addresses[0].addr_spec == "portail@essai.example"
    assert message.get_content_type() == "multipart/alternative"
    plain = message.get_body(("plain",)).get_content()
    assert plain.replace("\r\n", "\n") == LETTER.text
    page = message.get_body(("html",)).get_content()
    assert page.replace("\r\n", "\n") == LETTER.html


def test_answers_go_where_asked(mailbox: Mailbox) -> None:
    send(LETTER, name="G", address="g@crach.example", reply_to="atd@essai.example")
    assert mailbox.only_message()["Reply-To"] == "atd@essai.example"


def test_a_line_break_in_the_address_adds_no_recipient(mailbox: Mailbox) -> None:
    with pytest.raises(LetterNotSent):
        send(LETTER, name="G", address="g@a.example\nBcc: b@c.d")
    assert mailbox.envelopes == []


def test_a_line_break_in_the_name_adds_no_header(mailbox: Mailbox) -> None:
    send(LETTER, name="G\r\nBcc: tous@example.fr", address="g@a.example")
    assert mailbox.only_message()["Bcc"] is None
    assert [one.rcpt_tos for one in mailbox.envelopes] == [["g@a.example"]]


def test_a_refused_recipient_is_an_error(mailbox: Mailbox) -> None:
    with pytest.raises(LetterNotSent, match="550"):
        send(LETTER, name="X", address="inconnu@crach.example")


def test_a_server_out_of_reach_is_an_error(mailbox: Mailbox) -> None:
    with (
        mock.patch.dict(tk.config, {"smtp.server": "127.0.0.1:9"}),
        pytest.raises(LetterNotSent, match="could not be connected"),
    ):
        send(LETTER, name="X", address="g@crach.example")


@pytest.mark.parametrize("missing", ["", None])
@pytest.mark.parametrize("name", ["smtp.server", "smtp.mail_from"])
def test_a_missing_setting_is_an_error_and_not_a_silence(
    name: str, missing: str | None, mailbox: Mailbox
) -> None:
    with (
        mock.patch.dict(tk.config, {name: missing}),
        pytest.raises(LetterNotSent, match=r"smtp\.server and smtp\.mail_from"),
    ):
        send(LETTER, name="X", address="g@crach.example")
    assert mailbox.envelopes == []
