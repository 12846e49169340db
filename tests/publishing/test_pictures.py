"""The picture of a file: what a model makes obvious, whatever its rows hold."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from ckanext.odlocale.publishing.pictures import (
    MAX_BARS,
    MAX_CHARTS,
    MAX_LABEL,
    Bars,
    Points,
    choose_picture,
    draw_picture,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.table_schema import Field

CATALOGUE = load_catalogue()
BUDGET = CATALOGUE.get("budget")
GRANTS = CATALOGUE.get("subventions")
PLACES = CATALOGUE.get("equipements")
RENAMED = replace(PLACES, slug="of-our-own", fields=PLACES.fields)

CRACH = ("47.6157", "-3.0013")


def line(
    label: str, spent: str = "", foreseen: str = "", flow: str = "dépense",
    section: str = "fonctionnement", code: str = "011",
) -> dict[str, str]:  # fmt: skip
    return {
        "BGT_CONTNAT": code, "BGT_CONTNAT_LABEL": label, "BGT_SECTION": section,
        "BGT_CODRD": flow, "BGT_MTREAL": spent, "BGT_MTPREV": foreseen,
    }  # fmt: skip


def place(lat: str | None, lon: str | None, name: str = "Mairie") -> dict[str, Any]:
    return {"COLL_NOM": "Crach", "EQUIP_NOM": name, "EQUIP_LAT": lat, "EQUIP_LONG": lon}


def draw(schema: Any, *rows: dict[str, Any], most: int = 5_000) -> dict[str, Any]:
    frame = pl.DataFrame(list(rows), infer_schema_length=None)
    found = draw_picture(frame.cast(pl.String).lazy(), schema, most)
    json.dumps(found, allow_nan=False)
    return found or {}


class TestTheChoice:
    @pytest.mark.parametrize(
        ("slug", "kind"),
        [
            ("budget", Bars),
            ("subventions", Bars),
            ("equipements", Points),
            ("irve", Points),
            ("taxis", Points),
            ("bal", Points),
            ("deliberations", None),
            ("prenoms", None),
            ("catalogue", None),
            ("hautes-remunerations", None),
        ],
    )
    def test_is_said_by_the_columns(self, slug: str, kind: type | None) -> None:
        every = {one.slug: one for one in CATALOGUE.every}
        found = choose_picture(every[slug])
        assert found is None if kind is None else isinstance(found, kind)

    def test_a_model_that_is_brought_in_has_its_map(self) -> None:
        fields = (Field("nom"), Field("lieu", type="geopoint"))
        ours = replace(CATALOGUE.get("prenoms"), slug="bancs", fields=fields)
        assert isinstance(choose_picture(ours), Points)
        found = draw(ours, {"nom": "Banc", "lieu": "-3.0013, 47.6157"})
        assert found["points"] == [[47.6157, -3.0013, "Banc"]]

    @pytest.mark.parametrize(
        ("form", "text"),
        [
            ("default", "-3.0013, 47.6157"),
            ("array", "[-3.0013, 47.6157]"),
            ("object", '{"lon": -3.0013, "lat": 47.6157}'),
        ],
    )
    def test_a_geopoint_is_read_as_its_format_says(self, form: str, text: str) -> None:
        fields = (Field("lieu", type="geopoint", format=form),)
        ours = replace(CATALOGUE.get("prenoms"), slug="bancs", fields=fields)
        assert draw(ours, {"lieu": text})["points"] == [[47.6157, -3.0013, ""]]


class TestBars:
    def test_each_section_and_flow_is_apart(self) -> None:
        found = draw(
            BUDGET,
            line("Charges", "10.10"),
            line("Charges", "10.20"),
            line("Personnel", "50"),
            line("Impôts", "70", flow="recette"),
            line("Travaux", "5", section="investissement"),
        )
        assert [(one["of"], one["bars"]) for one in found["charts"]] == [
            (["fonctionnement", "dépense"], [["Personnel", 50.0], ["Charges", 20.3]]),
            (["fonctionnement", "recette"], [["Impôts", 70.0]]),
            (["investissement", "dépense"], [["Travaux", 5.0]]),
        ]
        assert (found["measure"], found["group"]) == (
            "Montant réalisé",
            "Chapitre",
        )

    def test_what_was_foreseen_is_drawn_where_nothing_was_spent(self) -> None:
        found = draw(BUDGET, line("Charges", "0", "12"), line("Charges", "", "3"))
        assert found["measure"] == "Montant voté"
        assert found["charts"][0]["bars"] == [["Charges", 15.0]]

    def test_a_chapter_without_a_name_has_its_number(self) -> None:
        found = draw(BUDGET, line("", "4", code="65"), line("  ", "1", code="66"))
        assert found["charts"][0]["bars"] == [["65", 4.0], ["66", 1.0]]

    def test_negative_amounts_count_and_weigh(self) -> None:
        found = draw(BUDGET, line("Annulé", "-30"), line("Charges", "10"))
        assert found["charts"][0]["bars"] == [["Annulé", -30.0], ["Charges", 10.0]]
        assert found["charts"][0]["total"] == -20.0

    @pytest.mark.parametrize("text", ["NaN", "inf", "-Infinity", "1e400", "9e30", "x"])
    def test_what_is_no_amount_is_left_out(self, text: str) -> None:
        found = draw(BUDGET, line("Faux", text), line("Vrai", "10"))
        assert found["charts"][0]["bars"] == [["Vrai", 10.0]]
        assert draw(BUDGET, line("Faux", text)) == {}

    def test_no_row_nor_only_zeros_draw_nothing(self) -> None:
        assert draw(BUDGET, line("Charges", "0", "0")) == {}
        nothing = pl.DataFrame(schema=dict.fromkeys(line("x"), pl.String))
        assert draw_picture(nothing.lazy(), BUDGET) is None
        assert draw_picture(nothing.select("BGT_MTREAL").lazy(), BUDGET) is None

    def test_the_ten_biggest_are_named_and_the_others_added_up(self) -> None:
        rows = [
            {"nomBeneficiaire": f"Club {number}", "montant": str(number)}
            for number in range(1, 16)
        ]
        chart = draw(GRANTS, *rows)["charts"][0]
        assert len(chart["bars"]) == MAX_BARS
        assert chart["bars"][0] == ["Club 15", 15.0]
        assert chart["others"] == [5, 15.0]
        assert chart["total"] == 120.0

    def test_any_values_make_four_charts_at_most(self) -> None:
        rows = [line("C", str(n + 1), section=f"s{n:04}") for n in range(300)]
        found = draw(BUDGET, *rows)
        assert len(found["charts"]) == MAX_CHARTS
        assert found["left_out"] == 300 - MAX_CHARTS
        assert found["charts"][-1]["of"][0] == "s0299"

    def test_names_are_bounded(self) -> None:
        found = draw(BUDGET, line("x" * 10_000, "1", section="y" * 10_000))
        (chart,) = found["charts"]
        assert len(chart["bars"][0][0]) == len(chart["of"][0]) == MAX_LABEL

    def test_a_long_file_gives_as_few_figures(self) -> None:
        rows = pl.DataFrame(
            {
                "nomBeneficiaire": [f"<b>{n}</b>" for n in range(100_000)],
                "montant": [str(n) for n in range(100_000)],
            }
        )
        found = draw_picture(rows.lazy(), GRANTS)
        assert found is not None
        assert found["charts"][0]["others"][0] == 100_000 - 1 - MAX_BARS
        assert len(json.dumps(found)) < 2_000


class TestPoints:
    def test_are_named_by_what_tells_them_apart(self) -> None:
        found = draw(PLACES, place(*CRACH, "Mairie"), place("47.62", "-3.01", "École"))
        assert found["points"] == [
            [47.6157, -3.0013, "Mairie"],
            [47.62, -3.01, "École"],
        ]
        assert (found["more"], found["astray"]) == (0, 0)
        assert draw(RENAMED, place(*CRACH))["kind"] == "points"

    @pytest.mark.parametrize(
        ("lat", "lon"),
        [
            ("0", "0"),
            ("-3.0013", "47.6157"),
            ("40.7", "-74.0"),
            ("NaN", "NaN"),
            ("1e400", "2"),
            ("", ""),
            (None, None),
            ("47.6", None),
            ("<script>", "1"),
        ],
    )
    def test_what_is_not_in_france_is_counted(
        self, lat: str | None, lon: str | None
    ) -> None:
        found = draw(PLACES, place(lat, lon), place(*CRACH))
        assert (len(found["points"]), found["astray"]) == (1, 1)
        assert draw(PLACES, place(lat, lon)) == {}

    def test_overseas_is_in_france(self) -> None:
        found = draw(PLACES, place("-21.1", "55.5"), place("46.8", "-56.2"))
        assert (len(found["points"]), found["astray"]) == (2, 0)

    def test_are_bounded_and_what_is_left_out_is_said(self) -> None:
        rows = [place(*CRACH)] * 30 + [place("0", "0")] * 7
        found = draw(PLACES, *rows, most=10)
        assert (len(found["points"]), found["more"], found["astray"]) == (10, 20, 7)

    def test_need_their_columns(self) -> None:
        assert draw(PLACES, {"EQUIP_NOM": "x", "EQUIP_LAT": "47.6"}) == {}
