"""The credit note of one refund: what it takes of each line, charge, tax base and tax of the invoice.

Every number of refunds that gives the whole price back takes every line of the invoice back, to the cent.
Where price and tax of a refund do not belong together (freight alone is given back for goodwill), the note
is outside the scope of the tax and says so: the tax of the sale stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from marketplace.documents.einvoice import (
    CREDIT_NOTE,
    OUTSIDE,
    DoesNotAddUp,
    Invoice,
    InvoiceCharge,
    InvoiceLine,
    Tax,
)
from marketplace.kit.money import Money, total
from orders.models import OrderLine
from orders.payments.shares import PARTS, refund_by_parts

NO_CHANGE: Final = Tax(OUTSIDE, reason="Paid back outside the tax of the sale")
WORDS: Final = {
    "exchange": "Exchange", "freight": "Delivery", "insurance": "Transport cover", "duty": "Customs duty",
    "tax": "Tax", "fees": "Service",
}  # fmt: skip
Spread = dict[str, dict[str, Money]]


@dataclass(frozen=True, slots=True)
class Given:
    """One refund: its parts, and of each line (by reference) what the order knew of it.

    `named` is a refund that said itself which parts it is of; the others are shared by what these leave.
    """

    parts: Mapping[str, Money]
    lines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    named: bool = False


def components(whole: Invoice, references: Sequence[str]) -> Spread:
    """Name everything that an invoice adds up of: goods by line, charges by place, tax by class."""
    goods = {ref: line.amount for ref, line in zip(references, whole.lines, strict=True)}
    charges = {str(place): charge.amount for place, charge in enumerate(whole.charges)}
    return {"goods": goods, "charges": charges, "tax": {name(t): m for t, m in whole.taxes.items()}}


def name(tax: Tax) -> str:
    """Name a tax class: `S 19`."""
    return f"{tax.category} {tax.rate.normalize():f}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What earlier notes took: those of named parts, and those that were an amount alone."""

    named: Spread
    plain: Spread


def spread(whole: Invoice, references: Sequence[str], taken: Taken, given: Given) -> Spread:
    """Share a refund out over the invoice, within what earlier notes left."""
    everything = components(whole, references)
    goods = _known(given, references, whole.currency, "goods")
    made: Spread = {
        "goods": _share("goods", everything["goods"], taken, given, given.parts["goods"], goods),
        "charges": {},
        "tax": {},
    }
    if whole.taxes:
        taxes = _by_class(whole, references, given, "tax")
        made["tax"] = _share("tax", everything["tax"], taken, given, given.parts["tax"], taxes)
    class_of = {str(place): name(charge.tax) for place, charge in enumerate(whole.charges)}
    groups: dict[tuple[str, ...], dict[str, Money]] = {}
    for place, charge in enumerate(whole.charges):
        groups.setdefault(charge.parts, {})[str(place)] = charge.amount
    ways = _by_class(whole, references, given, "way", "duty")
    for parts, amounts in groups.items():
        amount = total((given.parts[part] for part in parts), whole.currency)
        weights = {place: ways[class_of[place]] for place in amounts if class_of[place] in ways}
        made["charges"] |= _share("charges", amounts, taken, given, amount, weights)
    return made


def _share(
    kind: str,
    originals: Mapping[str, Money],
    taken: Taken,
    given: Given,
    amount: Money,
    known: Mapping[str, Money],
) -> dict[str, Money]:
    """Share an amount: as it is known, else by what named refunds left, so that any number adds up to all."""
    if not amount or not originals:
        return {}
    zero = Money.zero(amount.currency)
    rest = {key: money - taken.named[kind].get(key, zero) for key, money in originals.items()}
    before = {key: taken.plain[kind].get(key, zero) for key in originals}
    weights = known if given.named and total(known.values(), amount.currency) == amount else None
    found = refund_by_parts(rest, before, amount, weights)
    return {key: money for key, money in found.items() if money}


def _known(given: Given, references: Sequence[str], currency: str, *names: str) -> dict[str, Money]:
    """Read what the refund knew of each line: the first of these names that the line has."""
    found = {}
    for reference in references:
        row = given.lines.get(reference, {})
        if text := next((row[name] for name in names if name in row), None):
            found[reference] = Money(Decimal(text), currency)
    return found


def _by_class(whole: Invoice, references: Sequence[str], given: Given, *names: str) -> dict[str, Money]:
    """Sum what is known of the lines by tax class."""
    known = _known(given, references, whole.currency, *names)
    found: dict[str, Money] = {}
    for reference, line in zip(references, whole.lines, strict=True):
        if reference in known:
            key = name(line.tax)
            found[key] = found.get(key, Money.zero(whole.currency)) + known[reference]
    return found


def add(spreads: Iterable[Mapping[str, Mapping[str, str]]], currency: str) -> Spread:
    """Add up what was kept of earlier notes."""
    found: Spread = {"goods": {}, "charges": {}, "tax": {}}
    for one in spreads:
        for kind, amounts in found.items():
            for key, text in one.get(kind, {}).items():
                amounts[key] = amounts.get(key, Money.zero(currency)) + Money(Decimal(text), currency)
    return found


def note(
    whole: Invoice, rows: Sequence[OrderLine], shares: Spread, given: Given, *, number: str, on: date
) -> Invoice:
    """Write the credit note; with the invoice's tax classes where the sums agree, else outside the tax."""
    paid = total(given.parts.values(), whole.currency)
    head = replace(
        whole, number=number, issued_on=on, kind=CREDIT_NOTE, paid=paid,
        corrects=(whole.number, whole.issued_on), note=f"Credit note for invoice {whole.number}.",
    )  # fmt: skip
    classes = {name(tax): tax for tax in whole.bases()}
    lines = tuple(
        _line(row, line, shares["goods"][row.reference], given)
        for row, line in zip(rows, whole.lines, strict=True)
        if row.reference in shares["goods"]
    )
    charges = [replace(whole.charges[int(p)], amount=m) for p, m in shares["charges"].items()]
    made = replace(
        head, lines=lines, charges=tuple(charges),
        taxes={classes[key]: m for key, m in shares["tax"].items()},
    )  # fmt: skip
    if charges and not lines:
        first = InvoiceLine(charges[0].name, Decimal(1), charges[0].amount, charges[0].tax)
        made = replace(made, lines=(first,), charges=tuple(charges[1:]))
    try:
        made.check()
        if made.lines and made.gross == paid:
            return made
    except DoesNotAddUp:
        pass
    return _outside(head, lines, given)


def base_by_class(made: Invoice) -> dict[str, str]:
    """Give the tax bases that a note takes back; none where it leaves the tax as it is."""
    if not made.taxes:
        return {}
    return {name(tax): f"{base.amount:f}" for tax, base in made.bases().items()}


def _line(row: OrderLine, line: InvoiceLine, amount: Money, given: Given) -> InvoiceLine:
    """Say how many pieces come back, or that it is a part of the price."""
    if pieces := given.lines.get(row.reference, {}).get("pieces"):
        return replace(line, amount=amount, quantity=Decimal(pieces))
    if amount == line.amount:
        return line
    return replace(line, amount=amount, quantity=Decimal(1), name=f"Part of the price: {line.name}")


def _outside(head: Invoice, lines: tuple[InvoiceLine, ...], given: Given) -> Invoice:
    """Write what was paid back part by part; a note needs a line, so the first part is one."""
    rows = [replace(line, tax=NO_CHANGE) for line in lines]
    charges = [
        InvoiceCharge(WORDS[part], money, NO_CHANGE)
        for part in PARTS
        if part != "goods" and (money := given.parts[part])
    ]
    if not rows:
        first = charges.pop(0)
        rows = [InvoiceLine(first.name, Decimal(1), first.amount, NO_CHANGE)]
    words = "The tax of the sale changes by the part named tax." if given.parts["tax"] else NO_CHANGE.reason
    return replace(
        head, lines=tuple(rows), charges=tuple(charges), taxes={}, representative=None,
        note=f"{head.note} {words}.".replace("..", "."),
    )  # fmt: skip
