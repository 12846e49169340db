"""One value at a time: each row that udata refuses is left unsaid."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.odlocale.datagouv import cleaning

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=UTC)
OWN = "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("https://www.crach.fr/a.csv", "https://www.crach.fr/a.csv"),
        ("http://www.crach.fr:8080/a?b=c#d", "http://www.crach.fr:8080/a?b=c#d"),
        ("  https://www.crach.fr/a.csv ", "https://www.crach.fr/a.csv"),
        (
            "https://www.crach.fr/mes fichiers/a.csv",
            "https://www.crach.fr/mes%20fichiers/a.csv",
        ),
        (
            "https://www.crach.fr/d%C3%A9j%C3%A0.csv",
            "https://www.crach.fr/d%C3%A9j%C3%A0.csv",
        ),
        ("https://www.crach.fr/été.csv", "https://www.crach.fr/%C3%A9t%C3%A9.csv"),
        (
            'https://www.crach.fr/<a>"{b}.csv',
            "https://www.crach.fr/%3Ca%3E%22%7Bb%7D.csv",
        ),
        ("https://www.plouégat.fr/a", "https://www.xn--plougat-eya.fr/a"),
        ("https://93.184.215.14/a", "https://93.184.215.14/a"),
        (
            f"{OWN}/donnees/56046/budget/2022.csv",
            f"{OWN}/donnees/56046/budget/2022.csv",
        ),
        ("http://ckan:5000/a.csv", None),
        ("http://localhost/a.csv", None),
        ("http://serveur.lan/a.csv", None),
        ("http://192.168.1.10/a.csv", None),
        ("http://127.0.0.1:5001/a.csv", None),
        ("http://[::1]/a.csv", None),
        ("http://mairie:secret@www.crach.fr/a.csv", None),
        ("http://127.0.0.1:5000@evil.example.com/", None),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("scdl/budget", None),
        ("//www.crach.fr/a", None),
        ("https://", None),
        ("https://www.crach.fr:99999/a", None),
        ("https://[oops/a", None),
        ("https://www.crach.fr/a\nb", None),
        ("https://exemple.123/a", None),
        ("https://www..fr/a", None),
        (f"https://www.crach.fr/{'a' * 5000}", None),
        ("", None),
        (None, None),
        (12, None),
    ],
)
def test_an_address_is_one_that_udata_accepts_or_nothing(
    value: Any, kept: str | None
) -> None:
    assert cleaning.clean_url(value, OWN) == kept


@given(st.text(max_size=200))
def test_a_clean_address_has_no_forbidden_character(text: str) -> None:
    url = cleaning.clean_url(f"https://www.crach.fr/{text}")
    if url is not None:
        assert not set(url) & set(' <>"{}|\\^`\n\t\x00')
        assert url.isascii()
        assert cleaning.clean_url(url) == url


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Budget", "Budget"),
        (" Bud\x0bget\n2022 ", "Budget 2022"),
        ("\x00\x1f\x7f", None),
        ("e\u0301cole", "école"),
        ("a\ufffeb\ud800c", "abc"),
        ("   ", None),
        (None, None),
        (12, None),
    ],
)
def test_a_line_holds_no_control_character(value: Any, kept: str | None) -> None:
    assert cleaning.clean_line(value) == kept


def test_a_long_line_is_cut_at_a_word() -> None:
    line = cleaning.clean_line("Budget primitif " * 400, longest=30)
    assert line == "Budget primitif Budget…"
    assert len(cleaning.clean_line("x" * 5000) or "") == 350


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("mairie@crach.fr", "mairie@crach.fr"),
        (" mairie@crach.fr ", "mairie@crach.fr"),
        ("mailto:mairie@crach.fr", "mairie@crach.fr"),
        ("mairie crach.fr", None),
        ("mairie@crach", None),
        ("mairie@crach.fr\nBcc: x@y.fr", None),
        ("<mairie@crach.fr>", None),
        ("", None),
        (None, None),
    ],
)
def test_an_e_mail_is_an_address_or_nothing(value: Any, kept: str | None) -> None:
    assert cleaning.clean_email(value) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2022-12-31", datetime.date(2022, 12, 31)),
        ("2022-12-31T10:00:00", datetime.date(2022, 12, 31)),
        ("1791-02-01", datetime.date(1791, 2, 1)),
        (datetime.date(2022, 1, 2), datetime.date(2022, 1, 2)),
        (datetime.datetime(2022, 1, 2, 3), datetime.date(2022, 1, 2)),
        ("2022", None),
        ("2022-12", None),
        ("2022-02-30", None),
        ("0001-01-01", None),
        ("31/12/2022", None),
        ("", None),
        (None, None),
    ],
)
def test_a_day_is_a_full_date_or_nothing(
    value: Any, kept: datetime.date | None
) -> None:
    assert cleaning.clean_day(value) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2026-11-20T10:00:00.123456", "2026-11-20T10:00:00+00:00"),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00+00:00"),
        ("2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00+00:00"),
        ("2026-11-20", "2026-11-20T00:00:00+00:00"),
        (datetime.date(2026, 11, 20), "2026-11-20T00:00:00+00:00"),
        ("2026-11-23T12:00:01", None),
        ("2999-01-01", None),
        ("hier", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
        (20261120, None),
    ],
)
def test_a_moment_is_past_and_in_utc(value: Any, kept: str | None) -> None:
    moment = cleaning.clean_moment(value, NOW)
    assert (moment.isoformat() if moment else None) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (12, 12),
        ("12", 12),
        ("12 Ko", None),
        (0, None),
        (-1, None),
        (2**63, None),
        (None, None),
        ("", None),
        (1.5, None),
        (True, None),
    ],
)
def test_a_size_is_a_number_of_bytes(value: Any, kept: int | None) -> None:
    assert cleaning.clean_size(value) == kept


def test_keywords_are_those_that_udata_keeps() -> None:
    words = ["Budget", "budget", "BUDGET ", "PV", "École", "!!!", None, "eau"]
    assert cleaning.clean_keywords(words) == ("Budget", "eau", "École")


def test_a_long_keyword_is_cut() -> None:
    (keyword,) = cleaning.clean_keywords(["commune " * 20])
    assert len(keyword) <= 96


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("http://publications.europa.eu/resource/authority/frequency/ANNUAL", "ANNUAL"),
        ("ANNUAL", "ANNUAL"),
        ("annual", None),
        ("Annuelle", None),
        ("P1Y", None),
        ("WEEKLY_4", None),
        ("http://purl.org/cld/freq/annual", None),
        (None, None),
    ],
)
def test_a_frequency_is_a_european_one(value: Any, code: str | None) -> None:
    expected = cleaning.FREQUENCY + code if code else None
    assert cleaning.clean_frequency(value) == expected


@pytest.mark.parametrize(
    ("value", "media_type", "url", "kept"),
    [
        ("CSV", None, "https://a.fr/x", "CSV"),
        ("csv", None, "https://a.fr/x", "CSV"),
        (".csv", None, "https://a.fr/x", "CSV"),
        ("text/csv", None, "https://a.fr/x", "CSV"),
        ("", "text/csv", "https://a.fr/x", "CSV"),
        ("", None, "https://a.fr/x.csv?v=2", "CSV"),
        ("GeoJSON", None, "https://a.fr/x", "GEOJSON"),
        (cleaning.FILE_TYPE + "JSON_LD", None, "https://a.fr/x", "JSON_LD"),
        ("parquet", None, "https://a.fr/x", "=parquet"),
        ("XLSX", "text/csv", "https://a.fr/x.csv", "XLSX"),
        ("un format bien trop long pour être vrai", None, "https://a.fr/x.csv", None),
        ("application/x-inconnu", None, "https://a.fr/x", None),
        (None, None, "https://a.fr/x", None),
    ],
)
def test_a_format_is_a_european_file_type_or_a_word(
    value: Any, media_type: str | None, url: str, kept: str | None
) -> None:
    expected = kept
    if kept:
        expected = kept[1:] if kept.startswith("=") else cleaning.FILE_TYPE + kept
    assert cleaning.clean_format(value, media_type, url) == expected


@pytest.mark.parametrize(
    ("value", "algorithm", "kept"),
    [
        ("a" * 64, "sha256", "sha256"),
        ("A" * 64, "SHA-256", "sha256"),
        ("a" * 64, "http://spdx.org/rdf/terms#checksumAlgorithm_sha256", "sha256"),
        ("a" * 32, "", "md5"),
        ("a" * 40, None, "sha1"),
        ("a" * 32, "sha256", None),
        ("a" * 64, "blake2", None),
        ("a" * 63, "", None),
        ("zz", "sha256", None),
        ("", "sha256", None),
        (None, None, None),
    ],
)
def test_a_fingerprint_agrees_with_its_algorithm(
    value: Any, algorithm: Any, kept: str | None
) -> None:
    found = cleaning.clean_digest(value, algorithm)
    assert found == ((kept, value.lower()) if kept else None)
