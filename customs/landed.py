"""The case that is assessed and the answer: frozen, plain, and the same for every caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from customs.duty import Goods, Rate, Rounding, Rules
from customs.regimes import PLATFORM_REGISTRATIONS, Regime
from marketplace.kit.explain import Certainty, Charge, PaperNeeded, Reason, RuleRef
from marketplace.kit.money import Money
from marketplace.kit.places import Place

ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """One line of goods; `value`, weights and `measured` are totals of the line."""

    reference: str
    hs_code: str
    origin: str
    description: str
    quantity: Decimal
    value: Money
    net_weight_kg: Decimal | None = None
    gross_weight_kg: Decimal | None = None
    measured: Mapping[str, Decimal] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenMeasure:
    """A measure stated in the case instead of being read from the tables."""

    line: str | None
    kind: str
    expression: str
    label: str = ""
    base: tuple[str, ...] = ()
    inside: bool | None = None


@dataclass(frozen=True, slots=True)
class GivenRules:
    """Rules stated in the case instead of the destination's own."""

    regime: str | None = None
    valuation: str | None = None
    rounding: Rounding | None = None
    tax_base: tuple[str, ...] | None = None
    uplift_percent: Decimal | None = None
    price_includes_duty: bool = False


@dataclass(frozen=True, slots=True)
class LandedCase:
    """What goes where, for whom, when, and with which transport."""

    on: date
    ship_from: Place
    ship_to: Place
    currency: str
    lines: tuple[GoodsLine, ...]
    freight: Money
    insurance: Money
    rates: Mapping[tuple[str, str], Decimal]
    buyer_kind: str = "consumer"
    buyer_tax_id: str | None = None
    terms: str = "DDP"
    mode: str | None = None
    registrations: tuple[str, ...] = PLATFORM_REGISTRATIONS
    onward_transport: Money | None = None
    measures: tuple[GivenMeasure, ...] | None = None
    rules: GivenRules | None = None
    year_spent: Money | None = None
    # The goods crossed the border and paid duty before: a sale inside the territory.
    free_circulation: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to pay duty on a line, and what it would save."""

    line: str
    kind: str
    label: str
    rate: str
    duty: Money
    saving: Money
    chosen: bool
    allowed: bool
    papers: tuple[str, ...]
    rule: RuleRef | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """Everything an assessment was calculated of, so that it can be kept and calculated again."""

    case: LandedCase
    goods: tuple[Goods, ...]
    fees: tuple[Rate, ...]
    rules: Rules
    freight: Decimal
    insurance: Decimal
    onward: Decimal
    currencies: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Duty and tax of a case, explained; `charges` holds no goods or freight."""

    state: Certainty
    charges: tuple[Charge, ...]
    customs_value: Money
    tax_base: Money
    regime: Regime
    alternatives: tuple[Alternative, ...] = ()
    papers: tuple[PaperNeeded, ...] = ()
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    worked: Worked | None = field(default=None, compare=False, repr=False)
    before_duty: tuple[
        Money, ...
    ] = ()  # each line, then freight, then insurance, of a price that includes duty

    @property
    def total(self) -> Money:
        """The sum of the charges."""
        amount = sum((charge.amount.amount for charge in self.charges), Decimal(0))
        return Money(amount, self.customs_value.currency)

    @property
    def at_most(self) -> Money:
        """The ceiling of an estimate."""
        amount = sum(((charge.at_most or charge.amount).amount for charge in self.charges), Decimal(0))
        return Money(amount, self.customs_value.currency)


class Currencies(dict[str, Decimal]):
    """What one unit of each currency is in one currency; crossed when first asked for."""

    def __init__(self, into: str, rates: Mapping[tuple[str, str], Decimal]) -> None:
        super().__init__({into: ONE})
        self.into, self.rates = into, rates

    def __missing__(self, currency: str) -> Decimal:
        found = self[currency] = self._cross(currency)
        return found

    def _one(self, base: str, quote: str) -> Decimal | None:
        if (rate := self.rates.get((base, quote))) is not None:
            return rate
        if (rate := self.rates.get((quote, base))) is not None and rate:
            return ONE / rate
        return None

    def _cross(self, currency: str) -> Decimal:
        if (rate := self._one(currency, self.into)) is not None:
            return rate
        for middle in dict.fromkeys(("EUR", "USD", *(name for pair in self.rates for name in pair))):
            first, second = self._one(currency, middle), self._one(middle, self.into)
            if first is not None and second is not None:
                return first * second
        raise KeyError(currency)


@dataclass(slots=True)
class Work:
    """What an assessment gathers on its way: reasons, warnings, and how sure it still is."""

    reasons: list[Reason]
    warnings: list[str]
    state: Certainty = Certainty.FIXED

    def refuse(self, reason: Reason) -> None:
        """There is no price, for this reason."""
        self.state = Certainty.NOT_POSSIBLE
        self.reasons.append(reason)

    def doubt(self, reason: Reason) -> None:
        """The price is an estimate, for this reason."""
        self.state = Certainty.worst(self.state, Certainty.ESTIMATE)
        self.reasons.append(reason)
