"""Our fee for one sale, component by component. Plain Python: frozen rules in, explained lines out.

The components come in a fixed order: base by category, then what the seller's tier, the lane and the value
band add or take off, then a share of what taking the payment costs, then a fixed amount for each order. Of
each component the rule that names most counts. At the end the least and the most fee for an order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from marketplace.kit.money import Money, total

BASE: Final = "base"
TIER: Final = "tier"
LANE: Final = "lane"
BAND: Final = "band"
PAYMENT: Final = "payment"
FIXED: Final = "fixed"
LIMIT: Final = "limit"
ORDER: Final = (BASE, TIER, LANE, BAND, PAYMENT, FIXED, LIMIT)
# Sales in the last year → the tier's name, the highest first.
TIERS: Final = ((100, "large"), (10, "regular"), (0, "new"))


@dataclass(frozen=True, slots=True)
class Sale:
    """What is sold: goods in the seller's currency, what the buyer pays for all of it in the same."""

    goods: Money
    paid: Money
    seller: str = ""
    category: str = ""
    country: str = ""
    destination: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One component; what it leaves empty fits every sale. Amounts count in their own currency only."""

    component: str
    rate: Decimal = Decimal(0)
    amount: Money | None = None
    floor: Money | None = None
    cap: Money | None = None
    seller: str = ""
    category: str = ""
    country: str = ""
    destination: str = ""
    tier: str = ""
    least: Money | None = None
    below: Money | None = None
    name: str = ""

    def fits(self, sale: Sale) -> bool:
        """Tell whether this rule is about the sale."""
        named = ("seller", "category", "country", "destination", "tier")
        if any(getattr(self, n) and getattr(self, n) != getattr(sale, n) for n in named):
            return False
        amounts = [money for money in (self.amount, self.least, self.below) if money]
        if any(money.currency != sale.goods.currency for money in amounts):
            return False
        return (self.least is None or sale.goods >= self.least) and (
            self.below is None or sale.goods < self.below
        )

    @property
    def names(self) -> tuple[bool, ...]:
        """Say what the rule names, in the order of its weight: the seller before the category and so on."""
        named = (
            self.seller,
            self.category,
            self.country,
            self.destination,
            self.tier,
            self.least,
            self.below,
        )
        return tuple(bool(one) for one in named)


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One component of a fee: what it is taken of, the rate, the amount."""

    component: str
    name: str
    basis: Money
    rate: Decimal
    amount: Money


@dataclass(frozen=True, slots=True)
class Fee:
    """The fee for one sale; its amount is the sum of its lines."""

    lines: tuple[FeeLine, ...]
    amount: Money

    @property
    def words(self) -> str:
        """Say the fee in one line, such as `6% + 0.5% + 2.00`."""
        said: list[str] = []
        for line in self.lines:
            text = f"{_percent(line.rate)}" if line.rate else f"{line.amount.amount.normalize():f}"
            said.append(text if not said or text.startswith("-") else f"+ {text}")
        return " ".join(said).replace("-", "− ")[:120] or "0%"


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}%"


def fee(sale: Sale, rules: Iterable[Rule], *, usual: Decimal) -> Fee:
    """Work a sale's fee out; each line is rounded once. Without a base rule the usual rate counts.

    The fee is never below zero and never more than the goods.
    """
    fitting = [rule for rule in rules if rule.fits(sale)]
    chosen = {one: _first(fitting, one) for one in ORDER}
    base = chosen[BASE] or Rule(BASE, usual, name="Usual rate")
    lines = [_line(base, sale)]
    lines += [_line(rule, sale) for one in ORDER[1:-1] if (rule := chosen[one])]
    lines = [line for line in lines if line.amount or line.component == BASE]
    before, limit = _sum(lines, sale), chosen[LIMIT]
    wanted = _limited(before, limit) if limit else before
    bounded = max(Money.zero(before.currency), min(wanted, sale.goods))
    if bounded != before:
        lines.append(FeeLine(LIMIT, limit.name if limit else "", before, Decimal(0), bounded - before))
    return Fee(tuple(lines), bounded)


def _sum(lines: Sequence[FeeLine], sale: Sale) -> Money:
    return total((line.amount for line in lines), sale.goods.currency)


def _first(rules: Sequence[Rule], component: str) -> Rule | None:
    """Take the rule that names most; of equals the first, which is the newest."""
    mine = [rule for rule in rules if rule.component == component]
    return max(mine, key=lambda rule: rule.names) if mine else None


def _line(rule: Rule, sale: Sale) -> FeeLine:
    basis = sale.paid if rule.component == PAYMENT else sale.goods
    amount = (basis * rule.rate).rounded()
    if rule.amount is not None and rule.component == FIXED:
        amount += rule.amount.rounded()
    return FeeLine(rule.component, rule.name, basis, rule.rate, _limited(amount, rule))


def _limited(amount: Money, rule: Rule) -> Money:
    """Keep an amount between floor and cap, where they are in its currency."""
    if rule.floor and rule.floor.currency == amount.currency:
        amount = max(amount, rule.floor.rounded())
    if rule.cap and rule.cap.currency == amount.currency:
        amount = min(amount, rule.cap.rounded())
    return amount


def tier_of(sales: int) -> str:
    """Name a seller's tier by the number of sales in the last year."""
    return next(name for least, name in TIERS if sales >= least)
