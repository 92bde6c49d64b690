"""Cartonization: which boxes goods go into, and where each thing lies, in millimetres and grams.

Boxes are filled by cutting free space into cuboids (guillotine), in a few orders; where that leaves
something out and the set is small, a bounded search over corner points tries again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Final

Sides = tuple[int, int, int]
SEARCH_NODES: Final = 4_000
SEARCH_ITEMS: Final = 12


@dataclass(frozen=True, slots=True)
class Box:
    """A carton: inner sides, its own weight, and the most it may weigh with its contents."""

    name: str
    inner_mm: Sides
    empty_g: int = 0
    max_total_g: int = 30_000
    wall_mm: int = 3

    @property
    def volume(self) -> int:
        length, width, height = self.inner_mm
        return length * width * height


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to pack; `keep_flat` may turn only around its vertical axis."""

    mm: Sides
    weight_g: int = 0
    keep_flat: bool = False
    sku: str = ""

    @property
    def volume(self) -> int:
        length, width, height = self.mm
        return length * width * height

    def turned(self) -> tuple[Sides, ...]:
        """All ways it may lie, each once."""
        a, b, c = self.mm
        if self.keep_flat:
            return ((a, b, c), (b, a, c)) if a != b else ((a, b, c),)
        return tuple(dict.fromkeys(((a, b, c), (b, a, c), (a, c, b), (c, a, b), (b, c, a), (c, b, a))))


@dataclass(frozen=True, slots=True)
class Placed:
    """An item at a corner, in the way it lies."""

    item: Item
    at: Sides
    sides: Sides


@dataclass(slots=True)
class Packed:
    """One filled box."""

    box: Box
    placed: list[Placed] = field(default_factory=list)

    @property
    def weight_g(self) -> int:
        return self.box.empty_g + sum(p.item.weight_g for p in self.placed)

    @property
    def share_filled(self) -> Decimal:
        return Decimal(sum(p.item.volume for p in self.placed)) / self.box.volume


@dataclass(frozen=True, slots=True)
class Plan:
    """Filled boxes, and what fits in none."""

    boxes: tuple[Packed, ...]
    left_over: tuple[Item, ...] = ()

    def count(self, name: str) -> int:
        """How many boxes of a name are used."""
        return sum(packed.box.name == name for packed in self.boxes)


def pack(boxes: Sequence[Box], items: Iterable[Item]) -> Plan:
    """Fill the smallest box that takes all that is left, else the one that takes most, again and again."""
    left = sorted(items, key=lambda i: (-i.volume, -max(i.mm), -i.weight_g, i.sku))
    sizes = sorted(boxes, key=lambda box: (box.volume, box.empty_g))
    done: list[Packed] = []
    while left:
        best: Packed | None = None
        volume, weight = sum(item.volume for item in left), sum(item.weight_g for item in left)
        for box in sizes:
            whole = box.volume >= volume and box.max_total_g - box.empty_g >= weight
            if not whole and any(_holds_more(other, box) for other in sizes):
                continue
            packed = fill(box, left)
            if len(packed.placed) == len(left):
                best = packed
                break
            if best is None or _rank(packed) > _rank(best):
                best = packed
        if best is None or not best.placed:
            break
        done.append(best)
        left = _without(left, best.placed)
    return Plan(tuple(done), tuple(left))


def _holds_more(other: Box, box: Box) -> bool:
    """Tell whether another box takes everything this one takes, and is larger."""
    roomy = all(a >= b for a, b in zip(sorted(other.inner_mm), sorted(box.inner_mm), strict=True))
    strong = other.max_total_g - other.empty_g >= box.max_total_g - box.empty_g
    return roomy and strong and other.inner_mm[2] >= box.inner_mm[2] and other.volume > box.volume


def most_in_one(box: Box, items: Sequence[Item]) -> int:
    """How many of the items one box takes."""
    return len(fill(box, items, search_nodes=50_000).placed)


def fill(box: Box, items: Sequence[Item], *, search_nodes: int = SEARCH_NODES) -> Packed:
    """Put as many items as fit into one box."""
    best = Packed(box)
    for way in range(3):
        packed = _cut(box, items, way)
        if _rank(packed) > _rank(best):
            best = packed
        if len(best.placed) == len(items):
            return best
    volume = sum(item.volume for item in items)
    weight = box.empty_g + sum(item.weight_g for item in items)
    small = len(items) <= SEARCH_ITEMS and volume <= box.volume and weight <= box.max_total_g
    if small and all(any(_inside(s, box.inner_mm) for s in item.turned()) for item in items):
        found = _search(box, items, search_nodes)
        if len(found.placed) > len(best.placed):
            best = found
    return best


def _rank(packed: Packed) -> tuple[int, Decimal, int]:
    return len(packed.placed), packed.share_filled, -packed.box.volume


def _without(items: Sequence[Item], placed: Sequence[Placed]) -> list[Item]:
    left = list(items)
    for spot in placed:
        left.remove(spot.item)
    return left


def _inside(sides: Sides, room: Sides) -> bool:
    return sides[0] <= room[0] and sides[1] <= room[1] and sides[2] <= room[2]


def _cut(box: Box, items: Sequence[Item], way: int) -> Packed:
    """Guillotine: put each item into the tightest free cuboid, then cut what is left of it into three."""
    packed = Packed(box)
    weight = box.empty_g
    free: list[tuple[Sides, Sides]] = [((0, 0, 0), box.inner_mm)]
    for item in items:
        if weight + item.weight_g > box.max_total_g:
            continue
        choice: tuple[tuple[int, ...], int, Sides] | None = None
        for index, (at, room) in enumerate(free):
            for sides in item.turned():
                gaps = (room[0] - sides[0], room[1] - sides[1], room[2] - sides[2])
                if min(gaps) < 0:
                    continue
                waste = room[0] * room[1] * room[2]
                if way == 0:
                    score: tuple[int, ...] = (at[2], min(gaps[0], gaps[1]), gaps[2], waste)
                elif way == 1:
                    score = (min(gaps), waste, at[2])
                else:
                    score = (at[2], at[1], at[0], sides[2], gaps[0] + gaps[1])
                if choice is None or score < choice[0]:
                    choice = (score, index, sides)
        if choice is None:
            continue
        _score, index, sides = choice
        at, room = free.pop(index)
        packed.placed.append(Placed(item, at, sides))
        weight += item.weight_g
        free += _pieces(at, room, sides, way)
    return packed


def _pieces(at: Sides, room: Sides, sides: Sides, way: int) -> list[tuple[Sides, Sides]]:
    """Cut the rest of a cuboid: above the item first, then along its longer free side."""
    (x, y, z), (length, width, height), (a, b, c) = at, room, sides
    wide = (length - a) * width > length * (width - b)
    if way == 1:
        wide = not wide
    if way == 2:
        parts = [((x, y, z + c), (length, width, height - c)), ((x, y + b, z), (length, width - b, c))]
        parts.append(((x + a, y, z), (length - a, b, c)))
    elif wide:
        parts = [((x + a, y, z), (length - a, width, height)), ((x, y + b, z), (a, width - b, height))]
        parts.append(((x, y, z + c), (a, b, height - c)))
    else:
        parts = [((x, y + b, z), (length, width - b, height)), ((x + a, y, z), (length - a, b, height))]
        parts.append(((x, y, z + c), (a, b, height - c)))
    return [(corner, space) for corner, space in parts if min(space) > 0]


def _search(box: Box, items: Sequence[Item], nodes: int) -> Packed:  # noqa: C901  one search, one state
    """Fill the lowest free corner with each kind of item in turn, or leave it, as far as the nodes last."""
    kinds = {item: items.count(item) for item in dict.fromkeys(items)}
    best: list[Placed] = []
    placed: list[Placed] = []
    budget = nodes

    def clash(at: Sides, sides: Sides) -> bool:
        x, y, z = at
        for other in placed:
            (u, v, w), (a, b, c) = other.at, other.sides
            if x >= u + a or u >= x + sides[0] or y >= v + b or v >= y + sides[1]:
                continue
            if z < w + c and w < z + sides[2]:
                return True
        return False

    def step(corners: frozenset[Sides], remaining: int) -> bool:
        nonlocal best, budget
        budget -= 1
        if len(placed) > len(best):
            best = list(placed)
        if not remaining or budget < 0:
            return not remaining
        ordered = sorted(corners, key=lambda p: (p[2], p[1], p[0]))
        for index, at in enumerate(ordered):
            rest = frozenset(ordered[index + 1 :])
            room = tuple(inner - start for inner, start in zip(box.inner_mm, at, strict=True))
            for item in list(kinds):
                if not kinds[item]:
                    continue
                for sides in item.turned():
                    if not _inside(sides, room) or clash(at, sides):  # type: ignore[arg-type]
                        continue
                    kinds[item] -= 1
                    placed.append(Placed(item, at, sides))
                    x, y, z = at
                    new = {(x + sides[0], y, z), (x, y + sides[1], z), (x, y, z + sides[2])}
                    if step(rest | new, remaining - 1):
                        return True
                    placed.pop()
                    kinds[item] += 1
                    if budget < 0:
                        return False
        return False

    step(frozenset({(0, 0, 0)}), len(items))
    return Packed(box, best)


# The house's cartons: inner size in mm, own and most weight. Larger pieces travel in their own box.
CARTONS: Final = (
    Box("S", (220, 160, 100), 90, 5_000),
    Box("M", (310, 220, 150), 160, 12_000),
    Box("L", (400, 300, 250), 320, 20_000),
    Box("XL", (600, 400, 400), 720, 30_000),
)


@dataclass(frozen=True, slots=True)
class Carton:
    """A packed carton as a shipment needs it."""

    name: str
    gross_weight_kg: Decimal
    size_cm: tuple[Decimal, Decimal, Decimal]
    contents: tuple[tuple[str, int], ...]
    plan: Packed | None = None


Wanted = tuple[str, int, Decimal, tuple[Decimal, Decimal, Decimal]]


def cartons(wanted: Iterable[Wanted], sizes: Sequence[Box] = CARTONS) -> list[Carton]:
    """Pack (sku, quantity, kilograms each, centimetres each) into cartons; what is too large goes alone."""
    items = [
        Item(
            (_mm(size[0]), _mm(size[1]), _mm(size[2])),
            int((kg * 1000).to_integral_value(ROUND_CEILING)),
            sku=sku,
        )
        for sku, quantity, kg, size in wanted
        for _each in range(quantity)
    ]
    plan = pack(sizes, items)
    found = [_carton(packed) for packed in plan.boxes]
    for item in plan.left_over:
        size = (Decimal(item.mm[0]) / 10, Decimal(item.mm[1]) / 10, Decimal(item.mm[2]) / 10)
        found.append(Carton("own", Decimal(item.weight_g) / 1000, size, ((item.sku, 1),)))
    return found


def _mm(cm: Decimal) -> int:
    return int((cm * 10).to_integral_value(ROUND_CEILING))


def _carton(packed: Packed) -> Carton:
    outer = [Decimal(side + 2 * packed.box.wall_mm) / 10 for side in packed.box.inner_mm]
    counts: dict[str, int] = {}
    for spot in packed.placed:
        counts[spot.item.sku] = counts.get(spot.item.sku, 0) + 1
    return Carton(
        packed.box.name,
        Decimal(packed.weight_g) / 1000,
        (outer[0], outer[1], outer[2]),
        tuple(sorted(counts.items())),
        packed,
    )
