"""``ckan odlocale territory``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from ckan.cli.cli import ckan

from ckanext.odlocale.territory import api_geo, cli
from ckanext.odlocale.territory.tables import Collectivity

DELLE = "90033"


@pytest.fixture
def run(cli: Any, portal: None) -> Any:
    """Run a command of the territory."""

    def invoke(*arguments: str) -> Any:
        return cli.invoke(ckan, ["odlocale", "territory", *arguments])

    return invoke


def test_apply_prints_the_plan_and_what_was_done(run: Any) -> None:
    run("apply", "--departement", "90")
    result = run("apply", "--departement", "90")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("\n") == 1
    assert "105" in result.stdout
    assert "0" in result.stderr


def test_a_plan_that_leaves_nothing_to_decide_exits_0(run: Any) -> None:
    result = run("plan", "--departement", "55", "--format", "json")
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    assert made["counts"]["create"] == len(made["steps"]) > 400
    # Nothing was written.
    assert Collectivity.by_code("55545") is None


def test_the_csv_has_a_line_for_each_collectivity(run: Any) -> None:
    result = run("plan", "--departement", "48", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) > 150
    assert {"verdict", "siren", "insee", "organization", "message"} <= rows[0].keys()


def test_the_table_has_a_line_for_each_change_and_the_totals(run: Any) -> None:
    result = run("plan", "--departement", "23")
    lines = result.stdout.splitlines()
    assert any("gueret-23096" in line for line in lines)
    assert str(len(lines) - 1) in lines[-1]


def test_what_a_person_must_decide_exits_1(run: Any) -> None:
    result = run("plan", "--departement", "977")
    assert result.exit_code == 1
    assert "Saint-Barthélemy" in result.stdout
    assert result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["plan", "--departement", "99"], id="unknown département"),
        pytest.param(["plan", "--atd", "219000103"], id="no ATD of the portal"),
        pytest.param(["plan", "--list", "absent.csv"], id="absent list"),
        pytest.param(["plan", "--epci", "200069052", "--epci", "x"], id="no EPCI"),
        pytest.param(["plan", "--region", "53", "--region", "52"], id="whose"),
        pytest.param(["plan", "--departement", "90", "--vintage", "1999"], id="year"),
        pytest.param(["plan", "--decisions", "absent.json"], id="absent answers"),
        pytest.param(["perimeter", "show", "219000103"], id="no perimeter"),
        pytest.param(["perimeter", "set", "219000103"], id="empty perimeter"),
        pytest.param(["perimeter", "remove", "219000103"], id="nothing to remove"),
        pytest.param(["contours"], id="no file"),
        pytest.param(["contours", "absent.geojson"], id="absent file"),
        pytest.param(["contours", "x.geojson", "--api-geo"], id="both"),
    ],
)
def test_what_cannot_run_exits_2_and_says_why(run: Any, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.strip()
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"code;nom\n56046;Crach", b"[]", b"[" * 200_000],
    ids=["empty", "binary", "csv", "another JSON", "deep"],
)
def test_a_file_that_is_no_geojson_exits_2(
    run: Any, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "contours.geojson"
    path.write_bytes(content)
    result = run("contours", str(path))
    assert result.exit_code == 2, result.output
    assert result.stderr.strip()


def collection(*codes: str, shift: float = 0) -> str:
    ring = [[7.0, 47.5], [7.1 + shift, 47.5], [7.1, 47.6], [7.0, 47.5]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    features = [
        {"type": "Feature", "properties": {"insee": code}, "geometry": geometry}
        for code in codes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_contours_of_a_file_are_recorded(run: Any, tmp_path: Path) -> None:
    run("apply", "--departement", "90")
    path = tmp_path / "contours.geojson"
    path.write_text("\ufeff" + collection(DELLE, "97701"), "utf-8")
    result = run("contours", str(path))
    assert result.exit_code == 0, result.output
    assert Collectivity.by_code(DELLE).contour


def test_refused_contours_exit_1_and_are_named(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "contours.geojson"
    path.write_text(collection(DELLE, DELLE), "utf-8")
    result = run("contours", str(path))
    assert result.exit_code == 1
    assert DELLE in result.stderr


def test_an_unreachable_api_geo_changes_nothing_and_says_so(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("apply", "--departement", "90")

    def fail(*_: object) -> None:
        raise api_geo.ApiGeoUnavailable("90", "unknown host")

    monkeypatch.setattr(cli.api_geo, "fetch_contours", fail)
    result = run("contours", "--api-geo")
    assert result.exit_code == 2
    assert "unknown host" in result.stderr


def test_contours_of_api_geo_are_recorded(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("apply", "--departement", "90")
    asked: list[Any] = []

    def answer(_client: object, departements: Any) -> Any:
        asked.extend(departements)
        return json.loads(collection(DELLE, shift=0.01))

    monkeypatch.setattr(cli.api_geo, "fetch_contours", answer)
    result = run("contours", "--api-geo")
    assert result.exit_code == 0, result.output
    assert "90" in asked
