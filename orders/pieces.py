"""What some pieces of an order are of each part of its price, so that any number of times adds up to all.

Duty and tax of a line are its own where the price says so; freight and cover go by the tax base that they
stand in, else by the value of the goods. Where tax was taken at the sale it follows the price: a reduction
takes the tax on what is given back, and no more (Directive 2006/112/EC, article 90(1)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from marketplace.kit.money import Money, total
from orders.landed_cost import part_of
from orders.models import Order, OrderLine

WAY: Final = ("freight", "insurance")
EXTRAS: Final = (*WAY, "duty")
INVOICED: Final = ("vat", "sales_tax", "consumption_tax")


@dataclass(frozen=True, slots=True)
class Pieces:
    """So many pieces of a line now, after so many before."""

    line: OrderLine
    now: int
    before: int = 0

    @property
    def reference(self) -> str:
        return self.line.reference

    def of(self, amount: Money) -> Money:
        """Give the share of an amount of the whole line."""
        return self._until(amount, self.before + self.now) - self._until(amount, self.before)

    def _until(self, amount: Money, count: int) -> Money:
        return amount.split([count, self.line.quantity - count])[0]


@dataclass(slots=True)
class Back:
    """What goes back: by part of the price, and of each line what is its own."""

    parts: dict[str, Money]
    lines: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, name: str, of_lines: Mapping[str, Money]) -> None:
        """Add a part that is known by line."""
        currency = self.parts["goods"].currency if "goods" in self.parts else _currency(of_lines)
        self.parts[name] = total(of_lines.values(), currency)
        for reference, amount in of_lines.items():
            self.lines.setdefault(reference, {})[name] = f"{amount.amount:f}"

    def at_most(self, left: Mapping[str, Money]) -> dict[str, Money]:
        """Give the parts, none above what is left of it."""
        return {name: min(amount, left[name]) for name, amount in self.parts.items()}


def _currency(of_lines: Mapping[str, Money]) -> str:
    return next(iter(of_lines.values())).currency


def own(order: Order, part: str) -> dict[str, Money] | None:
    """Give a part of the price by line; None where the price does not say it for each of its lines."""
    found: dict[str, Money] = {}
    for charge in order.charges:
        if part_of(charge["kind"]) != part:
            continue
        if not charge["line"]:
            return None
        amount = Money(Decimal(charge["amount"]["amount"]), order.currency)
        found[charge["line"]] = found.get(charge["line"], Money.zero(order.currency)) + amount
    whole = total(found.values(), order.currency)
    return found if whole.amount == getattr(order, f"{part}_amount") else None


def bases(order: Order) -> dict[str, Money] | None:
    """Give the base of the tax by line; None where a line has not exactly one tax in the order's currency."""
    found: dict[str, Money] = {}
    for charge in order.charges:
        if charge["kind"] in INVOICED:
            basis: dict[str, Any] | None = charge["basis"]
            if not charge["line"] or charge["line"] in found or not basis:
                return None
            if basis["currency"] != order.currency:
                return None
            found[charge["line"]] = Money(Decimal(basis["amount"]), order.currency)
    return found or None


def give_back(order: Order, pieces: Sequence[Pieces], names: Sequence[str], *, at_sale: bool) -> Back:
    """Work out the named parts that go with the pieces; goods always, a tax taken at the sale as well."""
    back = Back({})
    zero = Money.zero(order.currency)
    back.take("goods", {p.reference: p.of(Money(p.line.goods_amount, order.currency)) for p in pieces})
    for name in names:
        if name in {"goods", "tax"}:
            continue
        if (of_lines := own(order, name)) is not None and name not in WAY:
            back.take(name, {p.reference: p.of(of_lines.get(p.reference, zero)) for p in pieces})
        else:
            back.parts[name] = _by_value(order, pieces, name)
    if set(WAY) <= set(names):
        _by_base(order, pieces, back)
    if "tax" in names or at_sale:
        _tax(order, pieces, back, at_sale=at_sale)
    for piece in pieces:
        back.lines[piece.reference]["pieces"] = str(piece.now)
    return back


def _by_value(order: Order, pieces: Sequence[Pieces], name: str) -> Money:
    """Share a part by the value of the goods: what went back before, what goes back now, what stays."""
    amount = Money(getattr(order, f"{name}_amount"), order.currency)
    each = [(p.line.goods_amount / p.line.quantity, p) for p in pieces]
    before = sum((value * p.before for value, p in each), Decimal(0))
    until = sum((value * (p.before + p.now) for value, p in each), Decimal(0))
    everything = max(order.goods_amount, until)
    return amount.split([until, everything - until])[0] - amount.split([before, everything - before])[0]


def _by_base(order: Order, pieces: Sequence[Pieces], back: Back) -> None:
    """Let freight and cover be what the tax base of the lines says, so that base and tax agree.

    Only where the bases hold goods, the way and duty, and nothing is outside.
    """
    stands = bases(order)
    lines = {line.reference: line for line in order.lines.all()}
    if stands is None or set(stands) != set(lines):
        return
    over = {ref: base - Money(lines[ref].goods_amount, order.currency) for ref, base in stands.items()}
    way = total((Money(getattr(order, f"{n}_amount"), order.currency) for n in EXTRAS), order.currency)
    if total(over.values(), order.currency) != way or any(x.amount < 0 for x in over.values()):
        return
    mine = total((p.of(over[p.reference]) for p in pieces), order.currency)
    rest = mine - back.parts.get("duty", Money.zero(order.currency))
    weights = [getattr(order, f"{name}_amount") for name in WAY]
    if rest.amount >= 0 and any(weights):
        back.parts.update(zip(WAY, rest.split(weights), strict=True))
        for piece in pieces:
            back.lines[piece.reference]["way"] = f"{piece.of(over[piece.reference]).amount:f}"


def _tax(order: Order, pieces: Sequence[Pieces], back: Back, *, at_sale: bool) -> None:
    """Take the lines' own tax; of a tax taken at the sale only what was on the parts that go back."""
    taxes, stands = own(order, "tax"), bases(order) or {}
    if taxes is None:
        back.parts["tax"] = _by_value(order, pieces, "tax")
        return
    zero = Money.zero(order.currency)
    duties = (own(order, "duty") or {}) if "duty" in back.parts else {}
    found = {}
    for piece in pieces:
        tax, base = taxes.get(piece.reference, zero), stands.get(piece.reference)
        if at_sale and base and not set(EXTRAS) <= set(back.parts):
            price = Money(piece.line.goods_amount, order.currency) + duties.get(piece.reference, zero)
            tax = (tax * min(Decimal(1), price.amount / base.amount)).rounded()
        found[piece.reference] = piece.of(tax)
    back.take("tax", found)
