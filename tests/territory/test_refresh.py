"""The register refreshed from API Géo, whatever API Géo answers.

The service is a real server of this machine, which answers what the register says
of a département, then is broken in each way that services break.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.territory.refresh import Refreshed, refresh_register
from ckanext.odlocale.territory.register import Register

REGISTER = Register.load()
PLACE = "90"
BELFORT = "90010"
Json = dict[str, Any]
SQUARE = [[[6.8, 47.6], [6.9, 47.6], [6.9, 47.7], [6.8, 47.7], [6.8, 47.6]]]


def communes_of(departement: str) -> list[Json]:
    return [
        {
            "code": one.insee,
            "nom": one.name,
            "siren": one.siren,
            "population": one.population,
            "codeEpci": one.epci_siren,
            "codeDepartement": departement,
            "codesPostaux": list(one.postal_codes),
            "centre": {"type": "Point", "coordinates": [6.86, 47.64]},
        }
        for one in REGISTER.communes(departement)
    ]


def all_epci() -> list[Json]:
    return [
        {"code": one.siren, "nom": one.name, "population": one.population}
        for one in REGISTER
        if one.kind == "epci"
    ]


class Service:
    """What the server answers; each test breaks one part of it."""

    def __init__(self) -> None:
        self.communes = {code: communes_of(code) for code in (PLACE, "988", "75")}
        self.epci = all_epci()
        self.asked: list[str] = []
        self.raw: list[tuple[str, Callable[[BaseHTTPRequestHandler], None]]] = []

    def breaks(
        self, path: str, write: Callable[[BaseHTTPRequestHandler], None]
    ) -> None:
        """Answer once otherwise where the address asked for holds ``path``."""
        self.raw.append((path, write))

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        for rank, (path, write) in enumerate(self.raw):
            if path in handler.path:
                del self.raw[rank]
                write(handler)
                return
        send(handler, json.dumps(self.document(handler.path)).encode())

    def document(self, path: str) -> Any:
        if path.startswith("/epcis"):
            return self.epci
        communes = self.communes[path.split("/")[2]]
        if "geojson" not in path:
            return communes
        features = [
            {
                "type": "Feature",
                "properties": {"code": one["code"], "nom": one["nom"]},
                "geometry": {"type": "Polygon", "coordinates": SQUARE},
            }
            for one in communes
        ]
        return {"type": "FeatureCollection", "features": features}


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def status(code: int) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, b"{}", code)


def body(content: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, content)


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'[{"code": "900')


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def refresh(address: str, *codes: str, retries: int = 2, **options: Any) -> Refreshed:
    client = GuardedClient(
        frozenset({"127.0.0.1"}),
        timeout=(0.5, 0.5),
        retries=retries,
        pause=lambda _: None,
    )
    return refresh_register(client, REGISTER, codes or (PLACE,), address, **options)


def shown(refreshed: Refreshed) -> tuple[str, str, str]:
    assert refreshed.cause is not None
    return refreshed.source, refreshed.cause.code, refreshed.cause.detail


def test_a_service_that_says_what_the_register_says_changes_nothing(
    address: str, service: Service
) -> None:
    found = refresh(address)
    assert (found.source, found.cause) == ("api-geo", None)
    assert found.register.rows == REGISTER.rows
    assert (found.missing, found.unknown) == ((), ())
    assert [path.partition("?")[0] for path in service.asked] == [
        "/departements/90/communes",
        "/epcis",
        "/departements/90/communes",
    ]


def test_what_changed_is_laid_over_the_shipped_register(
    address: str, service: Service
) -> None:
    belfort = next(one for one in service.communes[PLACE] if one["code"] == BELFORT)
    other = next(
        one["codeEpci"]
        for one in service.communes[PLACE]
        if one["codeEpci"] != belfort["codeEpci"]
    )
    belfort.update(
        nom="Le Grand-Belfort",
        siren="253514491",
        population=50000,
        codeEpci=other,
        codesPostaux=["90000", "90001"],
    )
    next(one for one in service.epci if one["code"] == other)["nom"] = "CC du  Sud"
    found = refresh(address).register.commune(BELFORT)
    assert found is not None
    assert (found.name, found.full_name) == (
        "Le Grand-Belfort",
        "Commune du Grand-Belfort",
    )
    assert (found.siren, found.population) == ("253514491", 50000)
    assert (found.epci_siren, found.postal_codes) == (other, ("90000", "90001"))
    assert REGISTER.commune(BELFORT).name == "Belfort"  # type: ignore[union-attr]


def test_the_name_of_a_grouping_is_refreshed(address: str, service: Service) -> None:
    siren = service.communes[PLACE][0]["codeEpci"]
    next(one for one in service.epci if one["code"] == siren)["nom"] = "CC du  Sud"
    found = refresh(address).register.by_siren(siren)
    assert found is not None
    assert (found.name, found.full_name) == (
        "CC du Sud",
        "Communauté de communes du Sud",
    )


def test_a_grouping_that_is_new_is_added_with_its_communes(
    address: str, service: Service
) -> None:
    for one in service.communes[PLACE][:3]:
        one["codeEpci"] = "253514491"
    service.epci.append({"code": "253514491", "nom": "CC Nouvelle"})
    register = refresh(address).register
    found = register.by_siren("253514491")
    assert found is not None
    assert (found.kind, found.category, found.departement) == ("epci", "CC", PLACE)
    assert len(register.members("253514491")) == 3
    assert found in register.departement(PLACE)


def test_centres_and_contours_are_kept(address: str) -> None:
    found = refresh(address)
    assert found.centres[BELFORT] == (6.86, 47.64)
    assert len(found.contours) == len(REGISTER.communes(PLACE))
    assert found.no_contours is None


def test_contours_that_are_not_wanted_are_not_asked_for(
    address: str, service: Service
) -> None:
    found = refresh(address, with_contours=False)
    assert found.contours == ()
    assert not any("geojson" in path for path in service.asked)


def test_without_contours_the_rest_is_believed_and_the_cause_told(
    address: str, service: Service
) -> None:
    service.breaks("geojson", body(b"<html>Maintenance</html>"))
    found = refresh(address)
    assert found.source == "api-geo"
    assert found.contours == ()
    assert found.no_contours is not None
    assert "Maintenance" in found.no_contours.detail
    assert found.centres


@pytest.mark.parametrize("code", [500, 429, 502, 503, 504])
def test_an_error_that_passes_is_tried_again(
    address: str, service: Service, code: int
) -> None:
    service.breaks("/communes", status(code))
    service.breaks("/epcis", status(code))
    assert refresh(address).source == "api-geo"


def test_a_silence_that_passes_is_tried_again(address: str, service: Service) -> None:
    service.breaks("/communes", silent)
    assert refresh(address).source == "api-geo"


@pytest.mark.parametrize(
    ("write", "detail"),
    [
        pytest.param(status(500), "status 500", id="500"),
        pytest.param(status(404), "status 404", id="404"),
        pytest.param(status(503), "status 503", id="503"),
        pytest.param(body(b"<html>Maintenance</html>"), "Maintenance", id="HTML"),
        pytest.param(body(b'[{"code": "900'), "900", id="truncated JSON"),
        pytest.param(cut_short, "", id="a body cut short"),
        pytest.param(silent, "", id="slow"),
        pytest.param(body(b"{}"), "not a list", id="an object"),
        pytest.param(body(b"[1, 2]"), "not a list", id="numbers"),
        pytest.param(body(b""), "", id="nothing"),
        pytest.param(body(b"[" * 200_000), "", id="lists within lists"),
        pytest.param(body(b" " * 6_000_000), "more than", id="too large"),
    ],
)
@pytest.mark.parametrize("path", ["/departements/90/communes", "/epcis"])
def test_a_broken_service_leaves_the_shipped_register_and_says_why(
    address: str,
    service: Service,
    path: str,
    write: Callable[[BaseHTTPRequestHandler], None],
    detail: str,
) -> None:
    service.breaks(path, write)
    found = refresh(address, retries=0)
    assert found.register is REGISTER
    assert shown(found)[:2] == ("shipped-offline", "no_answer")
    assert detail in shown(found)[2]
    assert found.cause is not None
    assert found.cause.departement == (PLACE if "communes" in path else "")


def test_a_service_that_is_down_leaves_the_shipped_register() -> None:
    found = refresh("http://127.0.0.1:9")
    assert found.register is REGISTER
    assert shown(found)[:2] == ("shipped-offline", "no_answer")


def test_a_private_address_is_not_called() -> None:
    client = GuardedClient(retries=0)
    found = refresh_register(client, REGISTER, [PLACE], "http://127.0.0.1:9")
    assert shown(found)[:2] == ("shipped-offline", "no_answer")


def test_the_whole_refresh_has_one_deadline(address: str, service: Service) -> None:
    moments = iter([0.0, 1.0, 500.0])
    found = refresh(address, PLACE, "75", clock=lambda: next(moments), max_seconds=300)
    assert shown(found) == (
        "shipped-offline",
        "no_answer",
        "the refresh took too long",
    )
    assert len(service.asked) == 1


@pytest.mark.parametrize("kept", [0, 1, 50, 95])
def test_a_departement_in_part_is_not_believed(
    address: str, service: Service, kept: int
) -> None:
    del service.communes[PLACE][kept:]
    found = refresh(address)
    assert found.register is REGISTER
    assert shown(found)[:2] == ("shipped-offline", "incomplete")
    assert shown(found)[2].startswith(f"{kept} communes")


def test_a_vintage_ahead_keeps_what_merged_and_tells_what_is_new(
    address: str, service: Service
) -> None:
    gone = service.communes[PLACE].pop()
    service.communes[PLACE].append({**gone, "code": "90999", "siren": "253514491"})
    found = refresh(address)
    assert found.source == "api-geo"
    assert (found.missing, found.unknown) == ((gone["code"],), ("90999",))
    assert found.register.commune(gone["code"]) == REGISTER.commune(gone["code"])
    assert found.register.commune("90999") is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"siren": None}, id="no SIREN"),
        pytest.param({"siren": ""}, id="an empty SIREN"),
        pytest.param({"siren": "219000101"}, id="a wrong check digit"),
        pytest.param({"siren": 219000106}, id="a SIREN that is a number"),
        pytest.param({"siren": "215600461"}, id="the SIREN of another"),
        pytest.param({"nom": None}, id="no name"),
        pytest.param({"nom": "  "}, id="an empty name"),
        pytest.param({"nom": "L'" * 101}, id="a name too long"),
        pytest.param({"population": "12"}, id="a population that is text"),
        pytest.param({"population": -1}, id="a negative population"),
        pytest.param({"population": 10**12}, id="a population beyond France's"),
        pytest.param({"population": True}, id="a population that is true"),
        pytest.param({"codeEpci": None}, id="no EPCI any more"),
        pytest.param({"codeEpci": "253514491"}, id="an EPCI that is not listed"),
        pytest.param({"codeEpci": 1}, id="an EPCI that is a number"),
        pytest.param({"codesPostaux": "90000"}, id="postal codes as text"),
        pytest.param({"codesPostaux": ["9000"]}, id="a postal code too short"),
        pytest.param({"code": None}, id="no code"),
        pytest.param({"code": "56046"}, id="another département's commune"),
        pytest.param({"code": "219000106"}, id="a SIREN as code"),
    ],
)
def test_one_commune_that_makes_no_sense_and_nothing_is_believed(
    address: str, service: Service, change: Json
) -> None:
    belfort = next(one for one in service.communes[PLACE] if one["code"] == BELFORT)
    belfort.update(change)
    found = refresh(address)
    assert found.register is REGISTER
    assert shown(found)[:2] == ("shipped-offline", "inconsistent")


def test_a_commune_given_twice_is_not_believed(address: str, service: Service) -> None:
    service.communes[PLACE].append(dict(service.communes[PLACE][0]))
    assert shown(refresh(address))[1] == "inconsistent"


@pytest.mark.parametrize("change", [{"code": "1"}, {"nom": ""}, {"nom": 3}])
def test_a_grouping_that_makes_no_sense_is_not_believed(
    address: str, service: Service, change: Json
) -> None:
    service.epci[0].update(change)
    assert shown(refresh(address))[1] == "inconsistent"


def test_a_population_or_postal_codes_that_are_absent_stay_what_they_were(
    address: str, service: Service
) -> None:
    for one in service.communes[PLACE]:
        del one["population"], one["codesPostaux"], one["centre"]
    found = refresh(address)
    assert found.register.commune(BELFORT) == REGISTER.commune(BELFORT)
    assert found.centres == {}


@pytest.mark.parametrize(
    "centre",
    [None, [], {"coordinates": [200, 47]}, {"coordinates": ["6", "47"]}, {"x": 1}],
)
def test_a_centre_that_is_none_is_left_out(
    address: str, service: Service, centre: object
) -> None:
    service.communes[PLACE][0]["centre"] = centre
    found = refresh(address)
    assert found.source == "api-geo"
    assert service.communes[PLACE][0]["code"] not in found.centres


def test_one_departement_that_fails_and_the_others_are_not_believed_either(
    address: str, service: Service
) -> None:
    service.communes["75"][0]["nom"] = "Lutèce"
    service.breaks("/departements/90/", status(404))
    found = refresh(address, "75", PLACE)
    assert found.register is REGISTER


def test_the_arrondissements_of_paris_are_not_communes(
    address: str, service: Service
) -> None:
    paris = service.communes["75"][0]
    for number in range(1, 21):
        service.communes["75"].append({**paris, "code": f"751{number:02d}"})
    found = refresh(address, "75")
    assert found.source == "api-geo"
    assert found.unknown == ()


def test_communes_that_have_no_siren_in_the_register_may_have_none(
    address: str, service: Service
) -> None:
    service.communes["988"] = [
        {"code": one.insee, "nom": one.name, "codeDepartement": "988"}
        for one in REGISTER.unidentified("988")
    ]
    found = refresh(address, "988")
    assert found.source == "api-geo"
    assert found.register.rows == REGISTER.rows
