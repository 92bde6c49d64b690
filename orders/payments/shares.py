"""One order's share of a payment, part by part. Plain Python: the host builds it, the annexe keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from marketplace.kit.money import Money, total

PARTS: Final = ("goods", "exchange", "freight", "insurance", "duty", "tax", "fees")


@dataclass(frozen=True, slots=True)
class Share:
    """What one order takes of the payment (buyer's currency) and what its goods are in the seller's.

    `goods` is at the market rate, `exchange` our margin; `country` is the destination that gets duty and tax.
    """

    seller: str
    country: str
    goods: Money
    exchange: Money
    freight: Money
    insurance: Money
    duty: Money
    tax: Money
    fees: Money
    seller_goods: Money
    category: str = ""
    seller_country: str = ""

    @property
    def parts(self) -> dict[str, Money]:
        return {name: getattr(self, name) for name in PARTS}

    @property
    def total(self) -> Money:
        return total(self.parts.values(), self.goods.currency)


def refund_by_parts(
    parts: Mapping[str, Money],
    refunded: Mapping[str, Money],
    amount: Money,
    weights: Mapping[str, Money] | None = None,
) -> dict[str, Money]:
    """Spread a refund over the parts so that any number of partial refunds equals one full refund.

    The cumulative refund is shared by the original parts; what was refunded before is taken off. Where an
    earlier refund named its parts, no part goes below zero or above what is left of it. `weights` name how
    this refund is meant; what a part cannot give, the next one gives.
    """
    names = list(parts)
    before = total(refunded.values(), amount.currency)
    target = (before + amount).split([parts[name].amount for name in names])
    left = {name: parts[name] - refunded[name] for name in names}
    wanted = {name: share - refunded[name] for name, share in zip(names, target, strict=True)}
    if weights:
        shares = amount.split([weights[name].amount if name in weights else 0 for name in names])
        wanted = dict(zip(names, shares, strict=True))
    taken = {name: max(Money.zero(amount.currency), min(wanted[name], left[name])) for name in names}
    short = amount - total(taken.values(), amount.currency)
    for name in names:
        more = min(short, left[name] - taken[name]) if short.amount > 0 else max(short, -taken[name])
        taken[name] += more
        short -= more
    return taken
