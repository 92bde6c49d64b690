"""The table of rates that a price is calculated with: frozen, plain Python, full precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from marketplace.kit.explain import Certainty
from marketplace.kit.money import Money

ONE: Final = Decimal(1)
BASIS_POINT: Final = Decimal("0.0001")


class NoRate(LookupError):
    """No source that we read quotes this currency."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"There is no exchange rate for {currency}.")
        self.currency = currency


@dataclass(frozen=True, slots=True)
class CustomerRate:
    """What one unit of the base costs the customer: the market's rate and ours, side by side."""

    market: Decimal
    rate: Decimal
    spread_bp: int
    as_of: date
    source: str


class Tier(StrEnum):
    """Whom a margin is for; a rule without a tier is for everybody."""

    ALL = ""
    BUSINESS = "business"
    SELLER = "seller"


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates against the euro with their day and source; `max_age_days` 0 means that no age is too old."""

    as_of: date
    source: str
    per_euro: Mapping[str, Decimal]
    illustrative: frozenset[str] = frozenset()
    version: str = "embedded"
    dates: Mapping[str, date] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    spreads: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    default_spread_bp: int = 50
    max_age_days: int = 7
    promises_illustrative: bool = False

    def has(self, currency: str) -> bool:
        return currency in self.per_euro

    def cross(self, base: str, quote: str) -> Decimal:
        """Return how many units of `quote` one unit of `base` buys, at full precision; raise NoRate."""
        if base == quote:
            return ONE
        return self._euro(quote) / self._euro(base)

    def convert(self, money: Money, currency: str) -> Money:
        """Convert at the market rate, unrounded."""
        if money.currency == currency:
            return money
        # Multiply before dividing, so that an exact result stays exact.
        return Money(money.amount * self._euro(currency) / self._euro(money.currency), currency)

    def customer_rate(self, base: str, quote: str, tier: str = "") -> CustomerRate:
        """Return the rate with our margin against the customer, who pays in `quote`."""
        market = self.cross(base, quote)
        spread = 0 if base == quote else self.spread_bp(base, quote, tier)
        day = min(self.day_of(base), self.day_of(quote))
        names = dict.fromkeys(self.sources.get(code, self.source) for code in (base, quote) if code != "EUR")
        return CustomerRate(
            market, market * (1 + spread * BASIS_POINT), spread, day, ", ".join(names) or self.source
        )

    def spread_bp(self, base: str, quote: str, tier: str = "") -> int:
        """Return our margin in basis points: the most exact rule, else the default."""
        for rule_tier in dict.fromkeys((tier, "")):
            for pair in ((base, quote), (base, ""), ("", quote), ("", "")):
                if (found := self.spreads.get((*pair, rule_tier))) is not None:
                    return found
        return self.default_spread_bp

    def day_of(self, currency: str) -> date:
        """Return the day of the currency's own rate."""
        return self.dates.get(currency, self.as_of)

    def certainty(self, on: date, *currencies: str) -> Certainty:
        """Say how far a price in these currencies may be promised: stale rates make an estimate."""
        if len(set(currencies)) == 1:
            return Certainty.FIXED
        asked = [code for code in currencies if code != "EUR"]
        if any(code not in self.per_euro for code in asked):
            return Certainty.NOT_POSSIBLE
        if not self.promises_illustrative and self.illustrative.intersection(asked):
            return Certainty.ESTIMATE
        oldest = min((self.day_of(code) for code in asked), default=self.as_of)
        if self.max_age_days and (on - oldest).days > self.max_age_days:
            return Certainty.ESTIMATE
        return Certainty.FIXED

    def _euro(self, currency: str) -> Decimal:
        if currency == "EUR":
            return ONE
        try:
            return self.per_euro[currency]
        except KeyError:
            raise NoRate(currency) from None
