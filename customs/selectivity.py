"""How likely a declaration is wrong: past outcomes of its parts, added up and explained, in three lanes.

The model is a naive sum: each part (seller, goods, origin, goods from that origin …) moves the score by the
smoothed log-odds of its own past, so every point has a reason that a person can check. No part that was
never seen moves anything.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

PARTS: Final = ("importer", "seller", "declarant", "goods", "origin", "tax_type")
TOGETHER: Final[dict[str, tuple[str, ...]]] = {
    "goods from origin": ("goods", "origin"),
    "goods on route": ("goods", "origin", "departure"),
}
SMOOTHING: Final = 10.0  # a part counts fully only when it was seen much more often than this
YELLOW_FROM: Final = 0.25
RED_FROM: Final = 0.5


class Lane(StrEnum):
    """What a customs house does with a declaration."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A past declaration: its parts, and whether it was wrong."""

    parts: Mapping[str, str]
    wrong: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """A fitted model: the usual share of wrong declarations, and what each known part adds (log-odds)."""

    usual: float
    points: Mapping[str, Mapping[str, float]]
    yellow_from: float = YELLOW_FROM
    red_from: float = RED_FROM
    source: str = ""

    def as_json(self) -> dict[str, Any]:
        """Write the model for the database."""
        points = {part: dict(values) for part, values in self.points.items()}
        return {
            "usual": self.usual, "points": points, "yellow_from": self.yellow_from,
            "red_from": self.red_from, "source": self.source,
        }  # fmt: skip

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Weights:
        """Read a stored model."""
        return cls(
            float(given["usual"]), given["points"], float(given["yellow_from"]), float(given["red_from"]),
            str(given["source"]),
        )  # fmt: skip


# Shipped with the product: nothing is known about anybody yet, so nobody is stopped by a score alone.
DEFAULT: Final = Weights(0.03, {}, source="house default: no outcomes yet")


@dataclass(frozen=True, slots=True)
class Point:
    """What one part adds to the score, in log-odds."""

    part: str
    value: str
    adds: float


@dataclass(frozen=True, slots=True)
class Risk:
    """The chance that a declaration is wrong, its lane, and the reasons, strongest first."""

    chance: float
    lane: Lane
    points: tuple[Point, ...]

    @property
    def percent(self) -> int:
        """Give the chance as a whole number for people."""
        return round(self.chance * 100)


def fit(outcomes: Iterable[Outcome], *, source: str, smoothing: float = SMOOTHING) -> Weights:
    """Learn the points of each part from past outcomes; a share of nothing or of everything is refused."""
    seen: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    wrong = total = 0
    for outcome in outcomes:
        total += 1
        wrong += outcome.wrong
        for part, value in _keys(outcome.parts):
            counts = seen[part][value]
            counts[0] += outcome.wrong
            counts[1] += 1
    if not 0 < wrong < total:
        raise ValueError("the outcomes must contain right and wrong declarations")
    usual = wrong / total
    prior = _logit(usual)
    points = {
        part: {
            value: round(_logit((bad + smoothing * usual) / (count + smoothing)) - prior, 4)
            for value, (bad, count) in values.items()
        }
        for part, values in seen.items()
    }
    return Weights(usual, points, source=source)


def judge(parts: Mapping[str, str], weights: Weights) -> Risk:
    """Add up what the known parts say."""
    points = [
        Point(part, value, adds)
        for part, value in _keys(parts)
        if (adds := weights.points.get(part, {}).get(value))
    ]
    chance = _share(_logit(weights.usual) + sum(point.adds for point in points))
    lane = Lane.GREEN
    if chance >= weights.red_from:
        lane = Lane.RED
    elif chance >= weights.yellow_from:
        lane = Lane.YELLOW
    return Risk(chance, lane, tuple(sorted(points, key=lambda point: -abs(point.adds))))


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a model orders declarations it has not seen."""

    auc: float
    recall_at_tenth: float
    precision: tuple[float, float, float]

    def words(self) -> str:
        """Say it in one line."""
        one, five, ten = (f"{share:.1%}" for share in self.precision)
        return (
            f"AUC {self.auc:.3f}; at 10 % inspected {self.recall_at_tenth:.1%} of the wrong ones are found; "
            f"wrong among the top 1/5/10 %: {one} / {five} / {ten}"
        )


def quality(outcomes: Sequence[Outcome], weights: Weights) -> Quality:
    """Measure a model on outcomes that it was not fitted on; ties count half."""
    scored = sorted(((judge(one.parts, weights).chance, one.wrong) for one in outcomes), key=lambda x: x[0])
    wrong = sum(bad for _chance, bad in scored)
    if not 0 < wrong < len(scored):
        raise ValueError("the outcomes must contain right and wrong declarations")
    ranks, at = 0.0, 0
    while at < len(scored):
        end = at
        while end < len(scored) and scored[end][0] == scored[at][0]:
            end += 1
        ranks += (at + 1 + end) / 2 * sum(bad for _chance, bad in scored[at:end])
        at = end
    auc = (ranks - wrong * (wrong + 1) / 2) / (wrong * (len(scored) - wrong))
    best = [bad for _chance, bad in reversed(scored)]

    def hits(share: float) -> tuple[int, int]:
        many = max(int(len(best) * share), 1)
        return sum(best[:many]), many

    one, five, ten = hits(0.01), hits(0.05), hits(0.1)
    return Quality(auc, ten[0] / wrong, (one[0] / one[1], five[0] / five[1], ten[0] / ten[1]))


def _keys(parts: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name in PARTS:
        if value := parts.get(name, ""):
            yield name, value
    for name, several in TOGETHER.items():
        values = [parts.get(part, "") for part in several]
        if all(values):
            yield name, " · ".join(values)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
