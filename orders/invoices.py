"""The buyer's invoice of an order, from what was frozen when it was placed.

Goods of several rates stand with a subtotal for each class and rate; a zero rate is a class of its own.
Tax that we took at the sale (IOSS, OVR, …) is the tax of the invoice, and we stand in for the seller before
the tax office (EN 16931, BG-11). Duty and tax that the border takes are no tax on this sale: we pay them for
the buyer, so they are charges outside the scope of the tax (Directive 2006/112/EC, article 79(c)).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any, Final

from marketplace.documents.einvoice import (
    EXEMPT,
    OUTSIDE,
    STANDARD,
    ZERO,
    DoesNotAddUp,
    Invoice,
    InvoiceCharge,
    InvoiceLine,
    Party,
    Tax,
)
from marketplace.documents.invoice_paper import operator
from marketplace.kit.money import Money, total
from orders.models import Order, OrderLine
from orders.tax_schemes import Scheme

MARGIN: Final = Tax(EXEMPT, reason="Exchange of currency, exempt (Directive 2006/112/EC, article 135(1)(e))")
NOT_HERE: Final = Tax(OUTSIDE, reason="No tax is due on this sale where the goods are sent from")
EXTRAS: Final = ("freight", "insurance", "duty")


def invoice_of(order: Order, *, number: str, on: date, scheme: Scheme | None) -> Invoice:
    """Write an order as an invoice; where the tax cannot be shown by rate it is one charge with its name."""
    if scheme is not None:
        try:
            made = _taxed(order, number, on, scheme)
            made.check()
        except DoesNotAddUp:
            pass
        else:
            return made
    return _untaxed(order, number, on, scheme)


def _parts(order: Order, name: str) -> Money:
    return Money(getattr(order, f"{name}_amount"), order.currency)


def _head(order: Order, number: str, on: date, note: str) -> dict[str, Any]:
    group, seller = order.group, order.seller
    here = Party(
        group.company_name or group.name, group.country, group.street, group.town, group.postal_code,
        vat_id=group.tax_id if group.company_name else "", email=group.email,
    )  # fmt: skip
    return {
        "number": number,
        "issued_on": on,
        "currency": order.currency,
        "seller": Party(
            seller.name, seller.country, seller.street, seller.town, seller.postal_code, seller.number
        ),
        "buyer": here,
        "ship_to": Party(group.name, group.country, group.street, group.town, group.postal_code),
        "order": order.number,
        "paid": _parts(order, "total"),
        "note": note,
    }


def _line(line: OrderLine, currency: str, tax: Tax) -> InvoiceLine:
    words = f"{line.title}, {line.option}" if line.option else line.title
    amount = Money(line.goods_amount, currency).rounded()
    return InvoiceLine(words, Decimal(line.quantity), amount, tax, line.sku, line.origin)


def _rates(order: Order) -> tuple[dict[str, Tax], dict[Tax, Money], dict[Tax, Money]]:
    """Read the tax lines of the price: tax class of each goods line, base and tax of each class."""
    of_line: dict[str, Tax] = {}
    bases: dict[Tax, Money] = defaultdict(lambda: Money.zero(order.currency))
    taxes: dict[Tax, Money] = defaultdict(lambda: Money.zero(order.currency))
    for charge in order.charges:
        if charge["kind"] != "vat":
            continue
        if not charge["line"] or not charge["rate"].endswith("%") or charge["basis"] is None:
            raise DoesNotAddUp(number=order.number, problem="a tax line has no rate of its own")
        if charge["basis"]["currency"] != order.currency:
            raise DoesNotAddUp(number=order.number, problem="a tax base stands in another currency")
        rate = Decimal(charge["rate"].removesuffix("%"))
        tax = Tax(STANDARD if rate else ZERO, rate)
        of_line[charge["line"]] = tax
        bases[tax] += Money(Decimal(charge["basis"]["amount"]), order.currency)
        taxes[tax] += Money(Decimal(charge["amount"]["amount"]), order.currency)
    return of_line, bases, taxes


def _taxed(order: Order, number: str, on: date, scheme: Scheme) -> Invoice:
    of_line, bases, taxes = _rates(order)
    currency = order.currency
    rows = list(order.lines.all())
    if any(row.reference not in of_line for row in rows):
        raise DoesNotAddUp(number=number, problem="a line has no tax line")
    if total(taxes.values(), currency) != _parts(order, "tax"):
        raise DoesNotAddUp(number=number, problem="there are taxes besides VAT")
    lines = tuple(_line(row, currency, of_line[row.reference]) for row in rows)
    charges: list[InvoiceCharge] = []
    left = {tax: bases[tax] - total((x.amount for x in lines if x.tax == tax), currency) for tax in bases}
    extras = {name: _parts(order, name) for name in EXTRAS}
    if len(left) == 1 and total(extras.values(), currency) == next(iter(left.values())):
        tax = next(iter(left))
        names = {"freight": "Delivery", "insurance": "Transport cover", "duty": "Customs duty"}
        charges += [InvoiceCharge(names[n], amount, tax, (n,)) for n, amount in extras.items() if amount]
    else:
        outside = total(extras.values(), currency) - total(left.values(), currency)
        if outside.amount < 0 or any(amount.amount < 0 for amount in left.values()):
            raise DoesNotAddUp(number=number, problem="the tax base is larger than the price")
        charges += [
            InvoiceCharge("Delivery, cover and duty", amount, tax, EXTRAS)
            for tax, amount in left.items()
            if amount
        ]
        if outside:
            charges.append(
                InvoiceCharge(
                    "Delivery", outside, Tax(EXEMPT, reason="Not part of the tax base by law"), EXTRAS
                )
            )
    if margin := _parts(order, "exchange") + _parts(order, "fees"):
        charges.append(InvoiceCharge("Exchange", margin, MARGIN, ("exchange", "fees")))
    us = operator()
    note = f"Tax was taken at the sale under {scheme.code} {scheme.number}".strip()
    return Invoice(
        **_head(order, number, on, f"{note} by {us.name}, for the seller."), lines=lines,
        charges=tuple(charges), taxes=dict(taxes),
        representative=_representative(order, scheme),
    )  # fmt: skip


def _representative(order: Order, scheme: Scheme) -> Party | None:
    """Name us as the one who accounts for the tax; None before we have a number in the scheme."""
    us = operator()
    if not scheme.number or not us.country:
        return None
    # EN 16931, BR-CO-9: a number begins with a country; IOSS numbers do (IM…), others get their country's.
    starts = scheme.number[:2].isalpha()
    number = scheme.number if starts else f"{order.group.country}{scheme.number}"
    return Party(us.name, us.country, us.street, us.town, us.postal_code, vat_id=number)


def _untaxed(order: Order, number: str, on: date, scheme: Scheme | None) -> Invoice:
    tax_words = f"Tax taken at the sale ({scheme.code})" if scheme else "Import tax paid for you"
    names = {
        "freight": "Delivery", "insurance": "Transport cover", "duty": "Customs duty paid for you",
        "tax": tax_words, "fees": "Service", "exchange": "Exchange",
    }  # fmt: skip
    parts = {name: _parts(order, name) for name in names}
    return Invoice(
        **_head(order, number, on, "Duty and tax of the destination are paid by us to its customs."),
        lines=tuple(_line(row, order.currency, NOT_HERE) for row in order.lines.all()),
        charges=tuple(
            InvoiceCharge(names[n], amount, NOT_HERE, (n,)) for n, amount in parts.items() if amount
        ),
    )
