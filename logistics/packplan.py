"""The pack plan as a picture: where each thing lies in a carton, drawn from its front corner. Plain SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

COS30: Final = 0.8660254
SIN30: Final = 0.5
SIZE: Final = 260.0
HUES: Final = 5  # the classes p0 … p4 of the style sheet


@dataclass(frozen=True, slots=True)
class Face:
    """One visible side of a thing, as a polygon's points."""

    points: str
    cls: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing in packing order, lowest and farthest first."""

    number: int
    sku: str
    words: str
    faces: tuple[Face, ...]
    label_x: float
    label_y: float
    cls: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything a template draws for one carton."""

    view_box: str
    carton: tuple[str, ...]
    steps: tuple[Step, ...]


def plan_of(box: Sequence[int], placed: Sequence[Mapping[str, Any]]) -> Drawing | None:
    """Draw a carton (inner mm) with things `{"sku", "at", "sides"}`; nothing when there is no plan."""
    if len(box) != 3 or not placed:
        return None
    length, width, height = (float(side) for side in box)
    scale = SIZE / max((length + width) * COS30, (length + width) * SIN30 + height)

    def point(x: float, y: float, z: float) -> tuple[float, float]:
        return (x - y) * COS30 * scale, ((x + y) * SIN30 - z) * scale

    def polygon(*corners: tuple[float, float, float]) -> str:
        return " ".join("{:.1f},{:.1f}".format(*point(*corner)) for corner in corners)

    kinds = list(dict.fromkeys(str(row["sku"]) for row in placed))
    order = sorted(placed, key=lambda row: (row["at"][2], row["at"][0] + row["at"][1], row["at"][0]))
    steps = []
    for number, row in enumerate(order, 1):
        (x, y, z), (a, b, c) = row["at"], row["sides"]
        top = polygon((x, y, z + c), (x + a, y, z + c), (x + a, y + b, z + c), (x, y + b, z + c))
        right = polygon((x + a, y, z), (x + a, y + b, z), (x + a, y + b, z + c), (x + a, y, z + c))
        left = polygon((x, y + b, z), (x + a, y + b, z), (x + a, y + b, z + c), (x, y + b, z + c))
        hue = f"p{kinds.index(str(row['sku'])) % HUES}"
        label = point(x + a / 2, y + b / 2, z + c)
        words = f"{a / 10:g} × {b / 10:g} × {c / 10:g} cm"
        faces = (Face(top, "top"), Face(left, "left"), Face(right, "right"))
        steps.append(Step(number, str(row["sku"]), words, faces, round(label[0], 1), round(label[1], 1), hue))
    back = (
        polygon((0, 0, 0), (length, 0, 0), (length, width, 0), (0, width, 0)),
        polygon((0, 0, 0), (length, 0, 0), (length, 0, height), (0, 0, height)),
        polygon((0, 0, 0), (0, width, 0), (0, width, height), (0, 0, height)),
    )
    left_edge, right_edge = -width * COS30 * scale, length * COS30 * scale
    bottom = (length + width) * SIN30 * scale
    frame = (left_edge - 4, -height * scale - 4, right_edge - left_edge + 8, bottom + height * scale + 8)
    return Drawing(" ".join(f"{number:.1f}" for number in frame), back, tuple(steps))
