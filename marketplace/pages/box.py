"""The delivered price box: one landed cost in one of its six states, every line with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.utils.translation import gettext as _

from customs import regimes
from marketplace.kit.explain import Certainty, Charge
from marketplace.kit.money import Money
from orders.landed_cost import FEE_KINDS, GOODS_KINDS, TAX_KINDS, TRANSPORT_KINDS, LandedCost

SALT = "shop.seen"


@dataclass(frozen=True, slots=True)
class Plank:
    """One of the three parts with its lines."""

    name: str
    title: str
    amount: Money
    lines: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """What the partial shows. `state` is fixed, working, estimate, dap, no or ended."""

    state: str
    cost: LandedCost | None
    planks: tuple[Plank, ...] = ()
    open_lines: int = 0
    seen: str = ""
    before: Money | None = None
    change: Money | None = None

    @property
    def customs_way(self) -> str:
        """Say in words by which way of customs the price was made; its code where nobody named it."""
        code = self.cost.regime if self.cost else ""
        known = regimes.named(code.partition("-")[0], code)
        return known.label if known else code


def box(cost: LandedCost | None, *, asked: str, seen: str, now: datetime) -> Box:
    """Choose the state; `seen` is the signed price of the last answer to the same question."""
    if cost is None:
        return Box("working", None)
    if not cost.possible:
        return Box("no", cost)
    before = _before(seen, asked, cost, now)
    state = "fixed"
    if before is not None:
        state = "ended"
    elif cost.terms == "DAP":
        state = "dap"
    elif cost.state is Certainty.ESTIMATE:
        state = "estimate"
    return Box(
        state=state,
        cost=cost,
        planks=tuple(planks(cost.charges, cost)),
        open_lines=sum(1 for line in cost.charges if line.certainty is not Certainty.FIXED),
        seen=_signed(asked, cost),
        before=before,
        change=cost.total - before if before else None,
    )


def planks(charges: Iterable[Charge], cost: LandedCost) -> Iterable[Plank]:
    """Sort the lines under their plank."""
    lines = list(charges)
    goods = tuple(c for c in lines if c.kind in GOODS_KINDS)
    moving = tuple(c for c in lines if c.kind in TRANSPORT_KINDS)
    rest = [c for c in lines if c.kind not in GOODS_KINDS | TRANSPORT_KINDS]
    border = tuple(sorted(rest, key=lambda c: (c.kind in FEE_KINDS, c.kind in TAX_KINDS)))
    yield Plank("goods", _("Goods"), cost.planks.goods, goods)
    yield Plank("transport", _("Delivery, insured"), cost.planks.transport, moving)
    if cost.terms != "DAP":
        yield Plank("tax", _("Duty, tax, customs"), cost.planks.tax, border)


def _signed(asked: str, cost: LandedCost) -> str:
    if cost.valid_until is None:
        return ""
    until = cost.valid_until.timestamp()
    return signing.dumps([asked, str(cost.total.amount), cost.currency, until], salt=SALT, compress=True)


def _before(seen: str, asked: str, cost: LandedCost, now: datetime) -> Money | None:
    """Return the price promised before, when its time is over and the new one differs."""
    if not seen:
        return None
    try:
        question, amount, currency, until = signing.loads(seen, salt=SALT)
    except signing.BadSignature:
        return None
    if question != asked or currency != cost.currency or now.timestamp() < float(until):
        return None
    before = Money(cost.total.amount.__class__(amount), currency)
    return before if before != cost.total else None
