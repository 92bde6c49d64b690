"""Make the map of the world from Natural Earth (public domain), as packed by `world-atlas` (ISC).

Called by `tools/vendor.py`. The land becomes one symbol in a static file, so that every page shares it and no
page carries it; the outlines of the countries we trade with become a table that the server draws from.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

WIDTH = 5_000  # units for 360 degrees; logistics/geography.py uses the same projection
SOUTH = 1_000  # below this, only ice: no parcel goes there
NUMERIC = {
    "AE": 784, "AR": 32, "AT": 40, "AU": 36, "BE": 56, "BR": 76, "CA": 124, "CH": 756, "CL": 152, "CN": 156,
    "CZ": 203, "DE": 276, "DK": 208, "ES": 724, "FI": 246, "FR": 250, "GB": 826, "IE": 372, "IN": 356,
    "IT": 380, "JP": 392, "KE": 404, "KR": 410, "MX": 484, "MY": 458, "NL": 528, "NO": 578, "NZ": 554,
    "PE": 604, "PL": 616, "PT": 620, "SE": 752, "TH": 764, "TR": 792, "US": 840, "VN": 704, "ZA": 710,
}  # fmt: skip


def projected(longitude: float, latitude: float) -> tuple[int, int]:
    """Mercator, the equator at zero, north above it."""
    latitude = max(-80.0, min(83.0, latitude))
    up = math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))
    return round((longitude + 180) / 360 * WIDTH), round(-up * WIDTH / (2 * math.pi))


class Topology:
    """A TopoJSON file: shared lines, delta by delta, on a grid."""

    def __init__(self, file: Path) -> None:
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        (sx, sy), (tx, ty) = told["transform"]["scale"], told["transform"]["translate"]
        self.objects = told["objects"]
        self.lines: list[list[tuple[int, int]]] = []
        for deltas in told["arcs"]:
            x = y = 0
            line = []
            for dx, dy in deltas:
                x, y = x + dx, y + dy
                line.append(projected(x * sx + tx, y * sy + ty))
            self.lines.append(line)

    def ring(self, arcs: list[int]) -> list[tuple[int, int]]:
        """Join lines into one closed line without points that lie on each other."""
        points: list[tuple[int, int]] = []
        for arc in arcs:
            for x, y in self.lines[arc] if arc >= 0 else self.lines[~arc][::-1]:
                # Land that crosses the date line goes on beyond the edge; the page draws the world twice.
                shift = WIDTH * round((points[-1][0] - x) / WIDTH) if points else 0
                if not points or points[-1] != (x + shift, y):
                    points.append((x + shift, y))
        return points

    def path(self, shape: dict[str, Any]) -> str:
        """Write a shape as the `d` of an SVG path, from point to point."""
        if shape["type"] == "GeometryCollection":
            return "".join(self.path(one) for one in shape["geometries"])
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        drawn = []
        for ring in (self.ring(arcs) for polygon in polygons for arcs in polygon):
            if len(ring) < 4 or min(y for _, y in ring) > SOUTH:
                continue
            (x, y), words = ring[0], [f"M{ring[0][0]} {ring[0][1]}l"]
            for nx, ny in ring[1:]:
                words.append(f"{nx - x} {ny - y} ")
                x, y = nx, ny
            drawn.append("".join(words).strip().replace(" -", "-") + "z")
        return "".join(drawn)


def make(package: Path, land_file: Path, outlines_file: Path) -> None:
    """Write the land symbol and the table of outlines."""
    land = Topology(package / "land-110m.json")
    drawn = land.path(land.objects["land"])
    land_file.parent.mkdir(parents=True, exist_ok=True)
    symbol = f'<svg xmlns="http://www.w3.org/2000/svg"><path id="land" d="{drawn}"/></svg>\n'
    land_file.write_text(symbol, encoding="utf-8")
    countries = Topology(package / "countries-110m.json")
    shapes = {int(one["id"]): one for one in countries.objects["countries"]["geometries"] if one.get("id")}
    table = {code: countries.path(shapes[n]) for code, n in sorted(NUMERIC.items()) if n in shapes}
    outlines_file.parent.mkdir(parents=True, exist_ok=True)
    outlines_file.write_text(json.dumps(table, indent=0) + "\n", encoding="utf-8")
