"""Reading delivery status notifications: as servers write them, and hostile ones."""

from __future__ import annotations

import pytest

from ckanext.odlocale.base.letter import seal_of
from ckanext.odlocale.people.bounces import (
    MAX_BYTES,
    MAX_RECIPIENTS,
    Bounce,
    NotANotice,
    read_notice,
)

KEY = "secret"
ADDRESS = "mairie@crach.example"


def dsn(
    address: str = ADDRESS,
    action: str = "failed",
    status: str = "5.1.1",
    code: str = "smtp; 550 5.1.1 No such mailbox",
    seal: str | None = None,
    quoted: str = "text/rfc822-headers",
    more: str = "",
) -> bytes:
    """A notice as Postfix writes it."""
    seal = seal_of(ADDRESS, KEY) if seal is None else seal
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: retours@portail.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;"
        ' boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: {code}\r\n\r\n{more}"
        f"--B\r\nContent-Type: {quoted}\r\n\r\n"
        f"From: portail@portail.example\r\nTo: {ADDRESS}\r\n"
        f"X-Odlocale-Letter: {seal}\r\nSubject: Crach\r\n\r\n"
        "--B--\r\n"
    ).encode()


@pytest.mark.parametrize("quoted", ["text/rfc822-headers", "message/rfc822"])
def test_what_a_server_says_is_read(quoted: str) -> None:
    notice = read_notice(dsn(quoted=quoted))
    assert notice.bounces == (
        Bounce(ADDRESS, "failed", "5.1.1", "550 5.1.1 No such mailbox"),
    )
    assert notice.is_ours(ADDRESS, KEY)


@pytest.mark.parametrize(
    ("action", "status", "meaning"),
    [
        ("failed", "5.1.1", "gone"),
        ("failed", "5.1.10", "gone"),
        ("failed", "5.4.4", "gone"),
        ("failed", "5.2.2", "given up"),
        ("failed", "5.7.1", "given up"),
        ("failed", "4.4.7", "given up"),
        ("failed", "", "given up"),
        ("delayed", "4.4.1", "late"),
        ("delayed", "5.1.1", "late"),
    ],
)
def test_what_it_means(action: str, status: str, meaning: str) -> None:
    (bounce,) = read_notice(dsn(action=action, status=status)).bounces
    assert bounce.meaning == meaning


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "", "Failed!"])
def test_what_arrived_is_no_bounce(action: str) -> None:
    with pytest.raises(NotANotice):
        read_notice(dsn(action=action))


def test_a_forged_notice_is_not_ours() -> None:
    for seal in ("", "0" * 64, seal_of("autre@crach.example", KEY), "é" * 64):
        assert not read_notice(dsn(seal=seal)).is_ours(ADDRESS, KEY)
    # Whoever received one of our letters says nothing of another's address.
    mine = read_notice(dsn(address="autre@crach.example"))
    assert not mine.is_ours("autre@crach.example", KEY)


def test_the_address_that_was_written_to_prevails() -> None:
    more = (
        "Original-Recipient: rfc822; mairie@crach.example\r\n"
        "Final-Recipient: rfc822; boite@interne.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n\r\n"
    )
    notice = read_notice(dsn(address="pas une adresse", more=more))
    assert [one.address for one in notice.bounces] == [ADDRESS]


@pytest.mark.parametrize(
    "code",
    [
        "smtp; 550\r\n Bcc: tous@example.fr",
        "smtp; 550\x00\x1b[31m",
        "smtp; " + "x" * 9000,
    ],
)
def test_a_reason_is_one_short_printable_line(code: str) -> None:
    (bounce,) = read_notice(dsn(code=code)).bounces
    assert len(bounce.reason) <= 200
    assert bounce.reason.isprintable()


def test_a_crowd_is_cut_short() -> None:
    more = "".join(
        f"Final-Recipient: rfc822; a{n}@b.fr\r\nAction: failed\r\n\r\n"
        for n in range(500)
    )
    assert len(read_notice(dsn(more=more)).bounces) <= MAX_RECIPIENTS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 1000,
        b"Subject: Bonjour\r\n\r\nUn courrier comme un autre.",
        b"Content-Type: multipart/report; boundary=\r\n\r\n",
        b"Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\n"
        b"Content-Type: message/delivery-status\r\n\r\n\r\n--B--",
        b"a" * (MAX_BYTES + 1),
        b"Content-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n" * 2_000,
        b"Content-Type: multipart/report; charset=\xff; boundary=B\r\n\r\n--B\r\n",
    ],
    ids=["nothing", "noise", "mail", "no-boundary", "no-group", "giant", "deep", "odd"],
)
def test_what_is_no_notice_is_refused(content: bytes) -> None:
    with pytest.raises(NotANotice):
        read_notice(content)


@pytest.mark.parametrize("cut", range(0, len(dsn()), 37))
def test_a_notice_cut_anywhere_is_read_or_refused(cut: int) -> None:
    try:
        notice = read_notice(dsn()[:cut])
    except NotANotice:
        return
    assert all(one.address for one in notice.bounces)
