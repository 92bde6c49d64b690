"""Landed cost: goods, freight, cover, duty and tax composed into one explained price. Plain Python.

One rounding per line, to the buyer's currency; every total is a sum of lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from marketplace.kit.explain import Certainty, Charge, PaperNeeded, Reason
from marketplace.kit.money import Money, total
from marketplace.kit.places import Place

GOODS_KINDS: Final = frozenset({"goods", "exchange"})
TRANSPORT_KINDS: Final = frozenset({"freight", "insurance"})
FEE_KINDS: Final = frozenset({"fee"})
TAX_KINDS: Final = frozenset({"vat", "sales_tax", "consumption_tax", "excise"})
# Every other kind is a duty: third_country_duty, preference, suspension, quota, anti_dumping, …
ORDER_PARTS: Final = ("goods", "exchange", "freight", "insurance", "duty", "tax", "fees")


@dataclass(frozen=True, slots=True)
class FxLine:
    """One currency pair of a price: market rate, our rate, and what the margin costs in money."""

    base: str
    quote: str
    market: Decimal
    rate: Decimal
    as_of: date
    source: str
    cost: Money
    certainty: Certainty = Certainty.FIXED


@dataclass(frozen=True, slots=True)
class GoodsPart:
    """One goods line: a quantity at a unit price in the seller's currency, with the rate to the buyer's."""

    reference: str
    label: str
    quantity: int
    unit_price: Money
    market: Decimal
    rate: Decimal

    def value(self, currency: str) -> Money:
        """Take the line at the market rate, rounded once."""
        return Money(self.unit_price.amount * self.quantity * self.market, currency).rounded()

    def margin(self, currency: str) -> Money:
        """Tell what our rate adds, so that goods and margin are the price at our rate."""
        at_ours = Money(self.unit_price.amount * self.quantity * self.rate, currency).rounded()
        return at_ours - self.value(currency)


@dataclass(frozen=True, slots=True)
class Planks:
    """The three parts that a buyer sees: goods, transport, tax. Their sum is the total."""

    goods: Money
    transport: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Option:
    """A way of delivery as a whole delivered total."""

    code: str
    label: str
    mode: str
    carrier: str
    earliest: date
    latest: date
    total: Money | None = None
    chosen: bool = False
    duty_paid: bool = True
    co2_kg: Decimal | None = None
    best_for: tuple[str, ...] = ()


def marked(ways: tuple[Option, ...], day: Decimal) -> tuple[Option, ...]:
    """Say which way is cheapest, fastest, best value by the whole price; a day later is worth `day`."""
    totals = {way.code: way.total.amount for way in ways if way.total is not None}
    if len(ways) < 2 or len(totals) < len(ways):
        return ways
    first = min(way.latest for way in ways)

    def worth(way: Option) -> Decimal:
        return totals[way.code] + day * (way.latest - first).days

    winners = {
        "price": min(ways, key=lambda way: (totals[way.code], way.latest)).code,
        "speed": min(ways, key=lambda way: (way.latest, totals[way.code])).code,
        "value": min(ways, key=lambda way: (worth(way), way.latest)).code,
    }
    words = {way.code: tuple(w for w, code in winners.items() if code == way.code) for way in ways}
    return tuple(replace(way, best_for=words[way.code]) for way in ways)


@dataclass(frozen=True, slots=True)
class Start:
    """A store from which goods travel, and in which customs status they lie there."""

    place: Place
    name: str
    customs_status: str

    @property
    def words(self) -> str:
        """The store and its town, the town only once."""
        town = self.place.town
        return self.name if not town or town in self.name else f"{self.name}, {town}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The chosen way, with its days and its legs in words; `start` is empty at the maker's own place."""

    code: str
    label: str
    mode: str
    carrier: str
    earliest: date
    latest: date
    legs: tuple[str, ...] = ()
    start: Start | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """A lower duty that a paper of origin brought on a line, and the duty without it."""

    line: str
    agreement: str
    paper: str  # as it travels with the line
    before: Money
    duty: Money

    @property
    def saved(self) -> Money:
        """The duty that the buyer does not pay."""
        return self.before - self.duty


@dataclass(frozen=True, slots=True)
class LandedCost:
    """The price at the buyer's door, every line explained."""

    state: Certainty
    currency: str
    total: Money
    at_most: Money | None
    charges: tuple[Charge, ...]
    planks: Planks
    terms: str = "DDP"
    later: tuple[Charge, ...] = ()
    options: tuple[Option, ...] = ()
    delivery: Delivery | None = None
    fx: tuple[FxLine, ...] = ()
    reasons: tuple[Reason, ...] = ()
    papers: tuple[PaperNeeded, ...] = ()
    warnings: tuple[str, ...] = ()
    regime: str = ""
    quantity: int = 1
    insured: Money | None = None
    valid_until: datetime | None = None
    preferences: tuple[Preference, ...] = ()
    # What duty and tax were calculated of; kept with a quote (`customs/record.py`).
    worked: Any = field(default=None, compare=False, repr=False)

    @property
    def possible(self) -> bool:
        return self.state is not Certainty.NOT_POSSIBLE

    @property
    def later_total(self) -> Money:
        """What the buyer will be asked for at the door; nothing when all is paid now."""
        return total((charge.amount for charge in self.later), self.currency)

    @property
    def each(self) -> Money:
        """The delivered price of one piece, for show only."""
        return Money(self.total.amount / max(self.quantity, 1), self.currency).rounded()

    def part(self, name: str) -> Money:
        """One of the order's frozen parts: goods, exchange, freight, insurance, duty, tax, fees."""
        return total((c.amount for c in self.charges if part_of(c.kind) == name), self.currency)


def part_of(kind: str) -> str:
    """Name the part of an order that a charge of this kind belongs to."""
    if kind in {"goods", "exchange", "freight", "insurance"}:
        return kind
    if kind in FEE_KINDS:
        return "fees"
    return "tax" if kind in TAX_KINDS else "duty"


def planks_of(charges: Sequence[Charge], currency: str) -> Planks:
    """Sort the lines into the three planks."""
    goods = total((c.amount for c in charges if c.kind in GOODS_KINDS), currency)
    transport = total((c.amount for c in charges if c.kind in TRANSPORT_KINDS), currency)
    rest = total((c.amount for c in charges if c.kind not in GOODS_KINDS | TRANSPORT_KINDS), currency)
    return Planks(goods, transport, rest)


def goods_charges(parts: Sequence[GoodsPart], currency: str) -> list[Charge]:
    """Goods lines at the market rate, each with a margin line where a currency was exchanged."""
    lines: list[Charge] = []
    for part in parts:
        basis = Money(part.unit_price.amount * part.quantity, part.unit_price.currency)
        lines.append(
            Charge("goods", part.reference, part.label, basis, f"{part.quantity} pcs", part.value(currency))
        )
        if part.unit_price.currency != currency:
            lines.append(
                Charge(
                    "exchange",
                    part.reference,
                    f"{part.unit_price.currency} to {currency}",
                    part.value(currency),
                    f"1 {part.unit_price.currency} = {part.rate:.6g} {currency}",
                    part.margin(currency),
                    detail=f"market rate {part.market:.6g}",
                )
            )
    return lines


def fx_lines(parts: Sequence[GoodsPart], currency: str, as_of: date, source: str) -> tuple[FxLine, ...]:
    """One line per seller's currency with the margin in money."""
    pairs: dict[str, list[GoodsPart]] = {}
    for part in parts:
        if part.unit_price.currency != currency:
            pairs.setdefault(part.unit_price.currency, []).append(part)
    return tuple(
        FxLine(
            base, currency, same[0].market, same[0].rate, as_of, source,
            total((p.margin(currency) for p in same), currency),
        )
        for base, same in pairs.items()
    )  # fmt: skip


def compose(
    *,
    currency: str,
    terms: str,
    goods: Sequence[GoodsPart],
    transport: Sequence[Charge],
    border: Sequence[Charge],
    state: Certainty = Certainty.FIXED,
    reasons: Sequence[Reason] = (),
) -> LandedCost:
    """Put the lines together; the state is the worst of its lines, the ceiling the sum of ceilings.

    Under DAP the border lines are not in the total: they are the second bill, kept under `later`.
    """
    now = [*goods_charges(goods, currency), *transport]
    later: list[Charge] = []
    (later if terms == "DAP" else now).extend(border)
    later = [replace(c, certainty=Certainty.worst(c.certainty, Certainty.ESTIMATE)) for c in later]
    whole = total((c.amount for c in now), currency)
    worst = Certainty.worst(state, *(c.certainty for c in now))
    ceiling = total(((c.at_most or c.amount) for c in now), currency) if worst is Certainty.ESTIMATE else None
    return LandedCost(
        state=worst,
        currency=currency,
        total=whole,
        at_most=ceiling,
        charges=tuple(now),
        planks=planks_of(now, currency),
        terms=terms,
        later=tuple(later),
        reasons=tuple(reasons),
        quantity=sum(part.quantity for part in goods),
    )


def refused(currency: str, reasons: Sequence[Reason], terms: str = "DDP") -> LandedCost:
    """Build a price that cannot be given, with the reasons."""
    nothing = Money(Decimal(0), currency)
    return LandedCost(
        state=Certainty.NOT_POSSIBLE, currency=currency, total=nothing, at_most=None, charges=(),
        planks=Planks(nothing, nothing, nothing), terms=terms, reasons=tuple(reasons),
    )  # fmt: skip


def _pairs(lines: Iterable[FxLine]) -> tuple[FxLine, ...]:
    """Say each pair of currencies once, with what its margin costs in all."""
    found: dict[FxLine, Money] = {}
    for line in lines:
        key = replace(line, cost=Money(Decimal(0), line.cost.currency))
        found[key] = found.get(key, key.cost) + line.cost
    return tuple(replace(key, cost=cost) for key, cost in found.items())


def added(costs: Sequence[LandedCost], currency: str) -> LandedCost:
    """Several sellers' prices as one: lines side by side, totals as sums."""
    charges = tuple(c for cost in costs for c in cost.charges)
    state = Certainty.worst(*(cost.state for cost in costs))
    return LandedCost(
        state=state,
        currency=currency,
        total=total((cost.total for cost in costs), currency),
        at_most=total((cost.at_most or cost.total for cost in costs), currency)
        if state is Certainty.ESTIMATE
        else None,
        charges=charges,
        planks=planks_of(charges, currency),
        later=tuple(c for cost in costs for c in cost.later),
        fx=_pairs(line for cost in costs for line in cost.fx),
        reasons=tuple(r for cost in costs for r in cost.reasons),
        papers=tuple(p for cost in costs for p in cost.papers),
        warnings=tuple(w for cost in costs for w in cost.warnings),
        quantity=sum(cost.quantity for cost in costs),
        preferences=tuple(p for cost in costs for p in cost.preferences),
        valid_until=min((c.valid_until for c in costs if c.valid_until), default=None),
    )
