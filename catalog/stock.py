"""What a page says about stock: sold out, only a few left, or nothing; plain Python.

A row keeps pieces by place: "" is stock that may go anywhere, "DE" what a buyer in Germany can have (goods in
bond count inside their own country alone). Counts stop where a page says nothing more, so that a row changes
only when its words change. A row without counts is not known yet: it says nothing. Whether an order gets its
pieces is decided by the reservation, never here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

# Up to so many pieces a page names their number.
FEW: Final = 5
ANYWHERE: Final = ""
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stock:
    """Stock of one option, or of one product, for one country; `left` is None while nobody counted."""

    left: int | None
    minimum: int = 1

    @property
    def sold_out(self) -> bool:
        """Tell whether not even the smallest order can be filled."""
        return self.left is not None and self.left < self.minimum

    @property
    def few(self) -> int | None:
        """Give the number of the last pieces, or nothing while there are more."""
        return self.left if self.left is not None and self.minimum <= self.left <= FEW else None

    @property
    def most(self) -> int | None:
        """Give how many can be ordered, when that is known exactly."""
        return self.left if self.left is not None and self.left < cap(self.minimum) else None


def stock_for(counts: Counts, country: str, minimum: int = 1) -> Stock:
    """Read a row for a buyer in a country."""
    return Stock(counts.get(country, counts.get(ANYWHERE)), minimum)


def cap(minimum: int) -> int:
    """Say up to which number the pieces of an option are counted."""
    return max(FEW + 1, minimum)


def of_option(pieces: Counts, minimum: int) -> dict[str, int]:
    """Make the row of an option of what lies there."""
    counted = {place: min(max(count, 0), cap(minimum)) for place, count in pieces.items()}
    anywhere = counted.setdefault(ANYWHERE, 0)
    return {p: n for p, n in counted.items() if p == ANYWHERE or n != anywhere}


def of_product(options: Iterable[tuple[Counts, int]]) -> dict[str, int]:
    """Make the row of a product: the pieces of its options that can be ordered, each with its minimum."""
    rows = [(counts, minimum) for counts, minimum in options if counts]
    places = {place for counts, _ in rows for place in counts}
    made = {}
    for place in places:
        found = [(stock_for(counts, place).left or 0, minimum) for counts, minimum in rows]
        made[place] = min(sum(n for n, minimum in found if n >= minimum), cap(1))
    return of_option(made, 1) if rows else {}
