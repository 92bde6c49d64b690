"""Where things are on a map: projection, the shortest way in the air, the way of a ship. Plain Python.

The projection is the one of `tools/world_map.py`, so that lines fit the land. Ships follow a few well-known
points of the sea; they are rough on purpose and only drawn, never counted.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 5_000
SEA: Final = ("sea", "reefer", "lcl", "fcl")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on earth, in degrees."""

    latitude: float
    longitude: float


SEA_POINTS: Final = {
    "plate": Spot(-36, -54), "brazil": Spot(-8, -33), "verde": Spot(16, -25), "gibraltar": Spot(36, -8),
    "channel": Spot(49, -6), "north": Spot(52, 3), "sicily": Spot(37, 11), "said": Spot(32, 32),
    "suez": Spot(28, 34), "aden": Spot(12, 46), "ceylon": Spot(5, 80), "aceh": Spot(6, 95),
    "malacca": Spot(1, 104), "south": Spot(12, 112), "east": Spot(29, 124), "japan": Spot(34, 141),
    "alaska": Spot(46, -170), "california": Spot(33, -121), "panama_w": Spot(7, -80),
    "panama_e": Spot(11, -79), "antilles": Spot(20, -73), "york": Spot(40, -71), "cape": Spot(-36, 18),
    "zanzibar": Spot(-5, 43), "peru": Spot(-12, -79), "horn": Spot(-57, -68), "marmara": Spot(38, 25),
    "timor": Spot(-11, 118), "tasman": Spot(-36, 152), "celebes": Spot(3, 122), "papua": Spot(-9, 157),
}  # fmt: skip
SEA_WAYS: Final = (
    ("plate", "brazil"), ("brazil", "verde"), ("verde", "gibraltar"), ("gibraltar", "channel"),
    ("channel", "north"), ("gibraltar", "sicily"), ("sicily", "said"), ("said", "suez"), ("suez", "aden"),
    ("aden", "ceylon"), ("ceylon", "aceh"), ("aceh", "malacca"), ("malacca", "south"), ("south", "east"),
    ("east", "japan"), ("japan", "alaska"), ("alaska", "california"), ("california", "panama_w"),
    ("panama_w", "panama_e"), ("panama_e", "antilles"), ("antilles", "york"), ("york", "channel"),
    ("plate", "cape"), ("cape", "zanzibar"), ("zanzibar", "aden"), ("zanzibar", "ceylon"), ("cape", "aceh"),
    ("peru", "panama_w"), ("peru", "horn"), ("horn", "plate"), ("marmara", "sicily"), ("marmara", "said"),
    ("malacca", "timor"), ("timor", "tasman"), ("south", "celebes"), ("celebes", "papua"),
    ("papua", "tasman"), ("brazil", "antilles"), ("cape", "verde"),
)  # fmt: skip


def projected(spot: Spot, *, near: float | None = None) -> tuple[float, float]:
    """Mercator in map units; `near` (map units) picks the copy of the world that lies closest."""
    latitude = max(-80.0, min(83.0, spot.latitude))
    up = math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))
    x = (spot.longitude + 180) / 360 * WIDTH
    if near is not None:
        x += WIDTH * round((near - x) / WIDTH)
    return x, -up * WIDTH / (2 * math.pi)


def angle(a: Spot, b: Spot) -> float:
    """Angle between two places as seen from the middle of the earth, in radians."""
    p, q = math.radians(a.latitude), math.radians(b.latitude)
    half = math.sin((q - p) / 2) ** 2
    half += math.cos(p) * math.cos(q) * math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * math.asin(min(1.0, math.sqrt(half)))


def great_circle(a: Spot, b: Spot, steps: int = 24) -> list[Spot]:
    """Points of the shortest way over the globe, ends included."""
    whole = angle(a, b)
    if whole < 0.02:
        return [a, b]
    vectors = []
    for one in (a, b):
        lat, lon = math.radians(one.latitude), math.radians(one.longitude)
        vectors.append((math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)))
    found = []
    for n in range(steps + 1):
        f = n / steps
        k, m = math.sin((1 - f) * whole) / math.sin(whole), math.sin(f * whole) / math.sin(whole)
        x, y, z = (k * p + m * q for p, q in zip(*vectors, strict=True))
        found.append(Spot(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))))
    return found


def sea_way(a: Spot, b: Spot) -> list[Spot]:
    """Points of a ship's way between two ports."""
    near_a = min(SEA_POINTS, key=lambda name: angle(a, SEA_POINTS[name]))
    near_b = min(SEA_POINTS, key=lambda name: angle(b, SEA_POINTS[name]))
    beside: dict[str, list[str]] = {name: [] for name in SEA_POINTS}
    for one, other in SEA_WAYS:
        beside[one].append(other)
        beside[other].append(one)
    queue: list[tuple[float, str, tuple[str, ...]]] = [(0.0, near_a, (near_a,))]
    seen: set[str] = set()
    while queue:
        far, name, way = heapq.heappop(queue)
        if name == near_b:
            # Two ports at one point of the sea need no detour over it.
            return [a, *(SEA_POINTS[n] for n in way), b] if len(way) > 1 else [a, b]
        if name in seen:
            continue
        seen.add(name)
        for after in beside[name]:
            step = angle(SEA_POINTS[name], SEA_POINTS[after])
            heapq.heappush(queue, (far + step, after, (*way, after)))
    return [a, b]


def way(a: Spot, b: Spot, mode: str) -> list[Spot]:
    """Points of a leg: by ship around the land, in the air the shortest way, on the road straight."""
    if mode in SEA:
        return sea_way(a, b)
    return great_circle(a, b) if mode == "air" else [a, b]
