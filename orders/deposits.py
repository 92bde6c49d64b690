"""A deposit now, the balance before shipping. Plain Python: what is asked, what is kept, when to remind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from marketplace.kit.money import Money, chargeable, total

LEAST_SHARE: Final = Decimal("0.10")
MOST_SHARE: Final = Decimal("0.90")
MOST_KEPT: Final = Decimal("0.50")
LEAST_DAYS: Final = 3
# The money of an order that is not shipped goes back after 60 days, so the balance cannot wait longer.
MOST_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class DepositTerms:
    """What a seller agreed to: which orders, how much now, how long the balance may wait, what is kept."""

    share: Decimal
    least: Money
    days: int
    kept: Decimal = Decimal(0)

    def covers(self, goods: Money) -> bool:
        """Tell whether goods of this value (in the seller's currency) may be paid in two steps."""
        return goods.currency == self.least.currency and goods >= self.least


@dataclass(frozen=True, slots=True)
class Plan:
    """How one order is paid in two steps; `kept` stays with the seller when the balance is not paid."""

    deposit: Money
    balance: Money
    kept: Money
    days: int


@dataclass(frozen=True, slots=True)
class Step:
    """One order of a purchase: its total, and its plan where it is paid in two steps."""

    seller: str
    total: Money
    plan: Plan | None = None

    @property
    def now(self) -> Money:
        return self.plan.deposit if self.plan else self.total


def plan(price: Money, terms: DepositTerms, *, business: bool) -> Plan | None:
    """Split a price into deposit and balance; None where it is too small for two payments.

    The deposit is an amount that a card can be charged exactly. A private person gets all of it back: only
    businesses can agree that a part is kept.
    """
    deposit = chargeable(price * terms.share)
    balance = price - deposit
    if deposit.amount <= 0 or balance.amount <= 0:
        return None
    kept = (deposit * terms.kept).rounded() if business else Money.zero(price.currency)
    return Plan(deposit, balance, kept, terms.days)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a purchase costs now and later, when its large orders are paid in two steps."""

    steps: tuple[Step, ...]

    @property
    def now(self) -> Money:
        return total((step.now for step in self.steps), self.steps[0].total.currency)

    @property
    def later(self) -> Money:
        return total((step.total - step.now for step in self.steps), self.steps[0].total.currency)

    @property
    def plans(self) -> tuple[tuple[str, Plan], ...]:
        return tuple((step.seller, step.plan) for step in self.steps if step.plan)


def offer(steps: Sequence[Step]) -> Offer | None:
    """Offer two steps where at least one order may be paid so."""
    return Offer(tuple(steps)) if any(step.plan for step in steps) else None


def reminders_due(asked: datetime, due: datetime, at: datetime) -> int:
    """Count the reminders that should have been sent: at half of the time, and one day before its end."""
    marks = sorted({asked + (due - asked) / 2, due - timedelta(days=1)})
    return sum(mark <= at for mark in marks if mark > asked)
