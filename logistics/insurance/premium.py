"""Insured value and premium on a product's terms. Basis: Incoterms CIF/CIP 110 %, MIA 1906 s.16."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from marketplace.kit.explain import Certainty, Charge, RuleRef
from marketplace.kit.money import Money

MARKUP: Final = Decimal("0.10")
CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CoverTerms:
    """One row of the product table, frozen: what is covered, at which rate, and what is not."""

    code: str
    label: str
    clause: str
    rate: Decimal
    minimum: Money
    deductible_rate: Decimal = Decimal(0)
    markup: Decimal = MARKUP
    exclusions: tuple[str, ...] = ()
    claim_days: tuple[tuple[str, int], ...] = ()
    insurer: str = "Sampan protection plan"
    rule: RuleRef | None = None
    text_version: str = "1"


@dataclass(frozen=True, slots=True)
class Premium:
    """What cover costs and for how much."""

    amount: Money
    insured: Money
    deductible: Money
    charge: Charge


@dataclass(frozen=True, slots=True)
class InsuranceDuty:
    """Who must insure under a trade term, at least with which clause, for how much of the value."""

    party: str
    clause: str = ""
    share: Decimal = 1 + MARKUP


# Incoterms 2020: only CIF (A5: Institute Cargo Clauses C) and CIP (A5: clauses A) make somebody insure.
_DUTIES: Final = {"CIF": InsuranceDuty("seller", "ICC C"), "CIP": InsuranceDuty("seller", "ICC A")}
_NOBODY: Final = InsuranceDuty("nobody")


def who_insures(terms: str) -> InsuranceDuty:
    """Say who must insure under a trade term; under all others cover is a choice."""
    return _DUTIES.get(terms.upper()[:3], _NOBODY)


def insured_value(
    goods: Decimal, freight: Decimal, markup: Decimal, *, duty: Decimal = Decimal(0)
) -> Decimal:
    """Return goods and freight (and duty when the seller pays it) with the mark-up, unrounded."""
    return (goods + freight + duty) * (1 + markup)


def insured_value_with_premium_inside(
    goods: Decimal, freight: Decimal, markup: Decimal, rate: Decimal
) -> Decimal:
    """Return the insured value when the premium is itself part of CIF: (C+F)·m / (1 - m·r)."""
    factor = 1 + markup
    return (goods + freight) * factor / (1 - factor * rate)


def percent_premium(value: Decimal, percent: Decimal, minimum: Decimal) -> Decimal:
    """Return a parcel premium: a percentage, never below the minimum, rounded half up to cents."""
    return max((value * percent / 100).quantize(CENT, ROUND_HALF_UP), minimum)


def premium(insured: Money, cover: CoverTerms, mode: str) -> Premium:
    """Price cover for goods and freight of this value; the minimum is in the terms' own currency."""
    worth = (insured * (1 + cover.markup)).rounded()
    amount = (worth * cover.rate).rounded()
    if cover.minimum.currency == amount.currency and amount < cover.minimum:
        amount = cover.minimum.rounded()
    rate = f"{(cover.rate * 100).normalize():f}%"
    charge = Charge(
        kind="insurance",
        line=None,
        label=cover.label,
        basis=worth,
        rate=rate,
        amount=amount,
        certainty=Certainty.FIXED,
        rule=cover.rule or RuleRef(id=f"cover:{cover.code}", source=cover.insurer),
        at_most=amount,
        detail=f"{cover.clause}, {mode}",
    )
    return Premium(amount, worth, (worth * cover.deductible_rate).rounded(), charge)


def payout(*, loss: Money, actual_value: Money, insured: Money, deductible: Money) -> Money:
    """Return proven loss up to the insured sum, in proportion when under-insured, less the deductible."""
    owed = min(insured, loss)
    if insured < actual_value:
        owed = owed * (insured.amount / actual_value.amount)
    owed = owed - deductible
    return (owed if owed.amount > 0 else owed * 0).rounded()
