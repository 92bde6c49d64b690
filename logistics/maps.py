"""The map of a parcel's way: hubs, lines between them, where it is now. Drawn on the server."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from logistics import network
from logistics.geography import WIDTH, Spot, projected, way
from logistics.models import Hub, Shipment

W, H, PAD = 300.0, 450.0, 52.0
CLOSEST: Final = 0.9
OUTLINES: Final = Path(__file__).parent / "data" / "outlines.json"


@dataclass(frozen=True, slots=True)
class Stop:
    """One hub on the map with its label beside it."""

    x: float
    y: float
    name: str
    note: str
    kind: str
    anchor: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Line:
    """One leg between two hubs, behind the parcel or before it."""

    d: str
    done: bool


@dataclass(frozen=True, slots=True)
class RouteMap:
    """Everything the template draws, in the units of its view box."""

    words: str
    lands: tuple[float, ...]
    down: float
    scale: float
    outlines: tuple[str, ...]
    lines: tuple[Line, ...]
    stops: tuple[Stop, ...]
    key: str


@lru_cache(maxsize=1)
def outlines() -> dict[str, str]:
    """Outlines of the countries we trade with, in map units."""
    table: dict[str, str] = json.loads(OUTLINES.read_text(encoding="utf-8"))
    return table


def hubs() -> dict[str, tuple[Spot, str]]:
    """Where each hub is, and in which country, by its name."""
    key = f"hub-spots:{network.mark()}"
    known: dict[str, tuple[float, float, str]] = cache.get(key) or {}
    if not known:
        known = {h.name: (float(h.latitude), float(h.longitude), h.country) for h in Hub.objects.all()}
        cache.set(key, known, 3600)
    return {name: (Spot(lat, lon), country) for name, (lat, lon, country) in known.items()}


def legs_between(words: Sequence[str]) -> list[tuple[str, str, str]]:
    """Read `Nairobi airport – Frankfurt airport, air` as start, end and mode."""
    found = []
    for leg in words:
        between, _comma, mode = leg.rpartition(", ")
        start, dash, end = between.partition(" – ")
        if dash:
            found.append((start, end, mode))
    return found


def legs_of(shipment: Shipment) -> list[str]:
    """Name the one leg between the only two hubs of its kind; nothing where a country has several."""
    kind = {"air": "airport", "sea": "port", "reefer": "port"}.get(shipment.mode, "")
    ends = []
    for address in (shipment.sender, shipment.recipient):
        found = Hub.objects.filter(country=address.get("country", ""), kind=kind)[:2]
        if len(found) != 1:
            return []
        ends.append(found[0].name)
    return [f"{ends[0]} – {ends[1]}, {shipment.mode}"]


def route_map(legs: Sequence[str], *, at_stop: int | None = None, delivered: bool = False) -> RouteMap | None:
    """Draw the hubs of a way; `at_stop` counts from 0 (-1 is the last), None is before the first.

    Nothing is drawn when fewer than two hubs of the way are known.
    """
    spots = hubs()
    between = [leg for leg in legs_between(legs) if leg[0] in spots and leg[1] in spots and leg[0] != leg[1]]
    if not between:
        return None
    names = [between[0][0], *(leg[1] for leg in between)]
    here = len(names) - 1 if at_stop == -1 else at_stop
    if delivered:
        here = len(names)
    return _drawn(between, names, here, spots)


def _drawn(
    between: list[tuple[str, str, str]],
    names: list[str],
    here: int | None,
    spots: dict[str, tuple[Spot, str]],
) -> RouteMap:
    ways: list[list[tuple[float, float]]] = []
    near: float | None = None
    for start, end, mode in between:
        points = []
        for spot in way(spots[start][0], spots[end][0], mode):
            point = projected(spot, near=near)
            near = point[0]
            points.append(point)
        ways.append(points)
    every = [point for points in ways for point in points]
    left, right = min(x for x, _y in every), max(x for x, _y in every)
    top, bottom = min(y for _x, y in every), max(y for _x, y in every)
    room = ((W - 2 * PAD) / max(right - left, 1), (H - 2 * PAD) / max(bottom - top, 1))
    scale = min(*room, CLOSEST)
    across, down = W / 2 - (left + right) / 2 * scale, H / 2 - (top + bottom) / 2 * scale

    def put(point: tuple[float, float]) -> tuple[float, float]:
        return round(point[0] * scale + across, 1), round(point[1] * scale + down, 1)

    lines = tuple(
        Line("M" + " ".join(f"{x} {y}" for x, y in map(put, points)), here is not None and n < here)
        for n, points in enumerate(ways)
    )
    ends = [put(ways[0][0]), *(put(points[-1]) for points in ways)]
    stops = _stops(ends, names, here)
    copies = [across + k * WIDTH * scale for k in (-1, 0, 1)]
    lands = tuple(round(x, 1) for x in copies if x + WIDTH * scale > -2 * W and x < 3 * W)
    countries = dict.fromkeys(spots[name][1] for name in names)
    said = _("Map: {way}").replace("{way}", " – ".join(names))
    told = f"{get_language()}{names}{here}{lines}"
    return RouteMap(
        words=f"{said}. {_('Now')}: {names[here]}." if here is not None and here < len(names) else said,
        lands=lands,
        down=round(down, 1),
        scale=round(scale, 5),
        outlines=tuple(outlines()[c] for c in countries if c in outlines()),
        lines=lines,
        stops=stops,
        key=hashlib.sha256(told.encode()).hexdigest()[:20],
    )


def _stops(ends: list[tuple[float, float]], names: list[str], here: int | None) -> tuple[Stop, ...]:
    found: list[Stop] = []
    for n, ((x, y), name) in enumerate(zip(ends, names, strict=True)):
        kind = "now" if n == here else "done" if here is not None and n < here else "next"
        short = name.replace(" airport", "").replace(" port", "").partition(",")[0]
        width = 7.4 * len(short)
        right = x + 12 + width < W or x < W / 2
        label_y = y + 4.5
        # A label that would lie on the one before it moves below or above.
        for other in found:
            if abs(other.label_y - label_y) < 30 and abs(other.x - x) < 130:
                label_y = other.label_y + (32 if y >= other.y else -32)
        note = _("here now") if kind == "now" else ""
        found.append(
            Stop(x, y, short, note, kind, "start" if right else "end", x + 12 if right else x - 12, label_y)
        )
    return tuple(found)
