"""The usual price of goods: a band around the middle that a few odd prices cannot move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final

FEWEST: Final = 8
_WIDTH: Final = 3.5 * 1.4826  # median absolute deviations, as standard deviations
_NARROWEST: Final = math.log(2.5)
_WIDEST: Final = math.log(8)


@dataclass(frozen=True, slots=True)
class Band:
    """Lowest and highest usual price, the middle, and how many prices it stands on."""

    low: Decimal
    middle: Decimal
    high: Decimal
    count: int

    def holds(self, price: Decimal) -> bool:
        """Say whether a price is usual."""
        return self.low <= price <= self.high


def band(prices: Sequence[Decimal]) -> Band | None:
    """Median plus and minus 3.5 deviations on the log scale; None when there are too few prices."""
    logs = [math.log(price) for price in prices if price > 0]
    if len(logs) < FEWEST:
        return None
    middle = median(logs)
    spread = min(max(_WIDTH * median(abs(x - middle) for x in logs), _NARROWEST), _WIDEST)
    low, mid, high = (Decimal(str(round(math.exp(x), 4))) for x in (middle - spread, middle, middle + spread))
    return Band(low, mid, high, len(logs))
