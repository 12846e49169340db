"""Where a collectivité is in its département: a drawing, and the query for it.

No map tiles and no outline of the département, which no register gives: its
communes' centres, gathered in cells, draw it well enough. What is drawn is bounded
by the cells, and what is read by one département.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ckanext.odlocale.territory.search import Statement

#: Of the drawing, in its own units.
WIDTH, MARGIN, LARGEST_HEIGHT = 240.0, 8.0, 320.0
# Degrees: some 3 km, a little less than the distance between two town halls.
_CELL_EAST, _CELL_NORTH = 0.045, 0.03

_CELLS = """
SELECT round(avg(c.longitude)::numeric, 4)::float AS longitude,
       round(avg(c.latitude)::numeric, 4)::float AS latitude,
       bool_or(c.siren = :siren OR c.epci_siren = :siren) AS own
FROM odlocale_collectivity c
WHERE c.departement = :departement AND c.kind = 'commune' AND c.status = 'active'
  AND c.longitude IS NOT NULL AND c.latitude IS NOT NULL
GROUP BY floor(c.longitude / :east), floor(c.latitude / :north)
"""

Point = tuple[float, float]


@dataclass(frozen=True)
class Cell:
    """Some neighbouring communes: their centre, and whether one is concerned."""

    longitude: float
    latitude: float
    own: bool = False


@dataclass(frozen=True)
class Drawing:
    """What a page draws, in units of a picture ``width`` wide.

    :ivar dots: the département.
    :ivar own: the dots of the collectivité, where it has several communes.
    :ivar outline: its contour, as the ``d`` of an SVG path; may be empty.
    :ivar centre: where it is.
    """

    width: float
    height: float
    dots: tuple[Point, ...]
    own: tuple[Point, ...]
    outline: str
    centre: Point | None


def cells_statement(siren: str, departement: str) -> Statement:
    """Return the query of a département's cells, those of a collectivité marked."""
    params = {
        "siren": siren,
        "departement": departement,
        "east": _CELL_EAST,
        "north": _CELL_NORTH,
    }
    return Statement(_CELLS, params)


def draw(
    cells: Sequence[Cell], contour: str | None = None, centre: Point | None = None
) -> Drawing | None:
    """Draw a collectivité among the cells of its département.

    :param contour: its contour, GeoJSON in WGS 84.
    :param centre: its longitude and latitude.
    :returns: nothing where there is nothing to show.
    """
    rings = list(_rings(contour)) if contour else []
    own = [cell for cell in cells if cell.own]
    if not rings and not own and centre is None:
        return None
    everywhere = [(cell.longitude, cell.latitude) for cell in cells]
    everywhere += [point for ring in rings for point in ring]
    everywhere += [centre] if centre else []
    frame = _Frame.around(everywhere)
    outline = "".join(filter(None, (frame.path(ring) for ring in rings)))
    return Drawing(
        width=WIDTH,
        height=frame.height,
        dots=tuple(frame.place(cell.longitude, cell.latitude) for cell in cells),
        own=tuple(frame.place(cell.longitude, cell.latitude) for cell in own),
        outline=outline,
        centre=frame.place(*centre) if centre else None,
    )


@dataclass(frozen=True)
class _Frame:
    west: float
    north: float
    squeeze: float
    scale: float
    height: float

    @staticmethod
    def around(points: Sequence[Point]) -> _Frame:
        west, east = min(p[0] for p in points), max(p[0] for p in points)
        south, north = min(p[1] for p in points), max(p[1] for p in points)
        # A degree of longitude is shorter than one of latitude.
        squeeze = math.cos(math.radians((south + north) / 2)) or 1.0
        across = max((east - west) * squeeze, 0.01)
        upright = max(north - south, 0.01)
        room = WIDTH - 2 * MARGIN
        scale = min(room / across, (LARGEST_HEIGHT - 2 * MARGIN) / upright)
        height = round(upright * scale + 2 * MARGIN, 1)
        spare = (room - across * scale) / 2 / scale / squeeze
        return _Frame(west - spare, north, squeeze, scale, height)

    def place(self, longitude: float, latitude: float) -> Point:
        return (
            round((longitude - self.west) * self.squeeze * self.scale + MARGIN, 1),
            round((self.north - latitude) * self.scale + MARGIN, 1),
        )

    def path(self, ring: Iterable[Point]) -> str:
        placed = [self.place(*point) for point in ring]
        kept = [p for i, p in enumerate(placed) if i == 0 or p != placed[i - 1]]
        if len(kept) < 4:
            return ""
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept[:-1]) + "Z"


def _rings(contour: str) -> Iterable[list[Point]]:
    """The outer rings and the holes of a contour that was checked when recorded."""
    geometry = json.loads(contour)
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    for polygon in polygons:
        for ring in polygon:
            yield [(position[0], position[1]) for position in ring]
