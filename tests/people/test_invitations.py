"""Invitations: lists of people, links, who is set aside."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.people.invitations import (
    LIFETIME,
    MAX_BYTES,
    Line,
    NoColumn,
    Reason,
    hash_of,
    is_address,
    new_token,
    read_list,
    reason_against,
    standing,
)
from ckanext.odlocale.people.roles import Role

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    "content",
    [
        b"code;email;nom;role\n56046;mairie@crach.fr;Anne Le Goff;responsable\n",
        "INSEE,Courriel,Nom,Rôle\r\n56046,Mairie@Crach.FR,Anne Le Goff,"
        "Responsable".encode(),
        "\ufeffcode_insee\te-mail\tnom\trôle\n56046\tmairie@crach.fr;autre@crach.fr\t"
        "Anne Le Goff\tresponsable\n".encode(),
        "code;mèl;nom;rôle\n56046;mairie@crach.fr;Anne Le Goff;responsable\n".encode(
            "cp1252"
        ),
    ],
)
def test_a_list_is_read_however_a_spreadsheet_wrote_it(content: bytes) -> None:
    assert read_list(content) == [
        Line(2, "56046", "mairie@crach.fr", "Anne Le Goff", "manager")
    ]


def test_the_zero_that_a_spreadsheet_dropped_is_given_back() -> None:
    (line,) = read_list(b"code;email\n1001;a@b.fr\n")
    assert line.code == "01001"


def test_empty_rows_are_passed_over_and_rows_keep_their_numbers() -> None:
    lines = read_list(b"code;email\n;\n56046;a@b.fr\n\n56047;\n")
    assert [(one.row, one.email) for one in lines] == [(3, "a@b.fr"), (5, "")]


@pytest.mark.parametrize(
    ("content", "column"),
    [(b"", "code"), (b"nom;email\na;b@c.fr\n", "code"), (b"code;nom\n1;a\n", "email")],
)
def test_a_list_without_its_columns_is_refused(content: bytes, column: str) -> None:
    with pytest.raises(NoColumn) as caught:
        read_list(content)
    assert caught.value.column == column


@pytest.mark.parametrize(
    "content",
    [
        b"code;email\n" + b"a;b\n" * 6000,
        b"x" * (MAX_BYTES + 1),
        b'code;email\n"' + b"x" * 200_000,
    ],
)
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        read_list(content)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@b", "a b@c.fr", "a@b.fr\nBcc: x@y.fr", "<a@b.fr>", "a@b..fr", "é@b.fr",
     "a@b.fr,c@d.fr", "x" * 65 + "@b.fr", '"a"@b.fr'],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize(
    ("email", "code", "role", "kind", "expected"),
    [
        ("a@b.fr", "56046", "agent", "commune", None),
        ("a@b", "56046", "agent", "commune", "address"),
        ("a@b.fr", "99999", "agent", "commune", "code"),
        ("a@b.fr", "56046", None, "commune", "role"),
        ("a@b.fr", "56046", "animator", "commune", "animator"),
        ("a@b.fr", "56046", "manager", "epci", "animator"),
        ("deux@b.fr", "56046", "agent", "commune", "twice"),
        ("la@b.fr", "56046", "agent", "commune", "member"),
        ("attend@b.fr", "56046", "agent", "commune", "waiting"),
    ],
)
def test_who_is_set_aside(
    email: str, code: str, role: Role | None, kind: str, expected: Reason | None
) -> None:
    found = reason_against(
        Line(2, code, email, "", role),
        known={"56046"},
        seen={("56046", "deux@b.fr")},
        members={("56046", "la@b.fr")},
        waiting={("56046", "attend@b.fr")},
        kind=kind,
    )
    assert found == expected


def test_a_link_holds_until_its_hour_and_one_that_may_be_lost_says_so() -> None:
    assert standing("sent", NOW + LIFETIME, NOW + LIFETIME) == "expired"
    assert standing("unknown", NOW, NOW) == "expired"
    assert standing("sending", NOW, NOW) == "unknown"
    assert standing("accepted", NOW, NOW) == "accepted"


def test_links_differ_and_only_their_hash_is_kept() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(hash_of(one) != one and len(hash_of(one)) == 64 for one in made)
