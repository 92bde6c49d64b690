"""Electronic invoices after EN 16931: one invoice as plain data, written as UBL 2.1 or as Factur-X.

Sums follow the standard: lines and charges give the tax base of each (category, rate), the tax of a base is
given by who knows it, and the whole must add up; an invoice that does not is refused, never mended.
The library checks what it writes against the published schemas (UBL 2.1: OASIS; Factur-X: FNFE-MPE).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from marketplace.kit.money import Money, minor_units, total
from marketplace.kit.refusal import Refusal

INVOICE: Final = "380"
CREDIT_NOTE: Final = "381"
PIECE: Final = "C62"
# Codes of UNTDID 5305: standard (any rate above zero), zero rate, exempt, reverse charge, outside the tax.
STANDARD, ZERO, EXEMPT, REVERSED, OUTSIDE = "S", "Z", "E", "AE", "O"


class DoesNotAddUp(Refusal):
    """The sums of an invoice disagree."""

    words = _("The invoice {number} was not written: {problem}")


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells, buys or stands in for the seller before the tax office."""

    name: str
    country: str
    street: str = ""
    town: str = ""
    postal_code: str = ""
    number: str = ""
    vat_id: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax category with its rate in percent; what is not taxed says why, a zero rate is its own reason."""

    category: str
    rate: Decimal = Decimal(0)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What was sold: the net amount is of the whole quantity."""

    name: str
    quantity: Decimal
    amount: Money
    tax: Tax
    reference: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceCharge:
    """What is added to the whole invoice: freight, cover, duty; `parts` of a price make it."""

    name: str
    amount: Money
    tax: Tax
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice; `taxes` is the tax of each tax class, `paid` what was paid before it was written.

    `corrects` is number and day of the invoice that a credit note takes back a part of.
    """

    number: str
    issued_on: date
    seller: Party
    buyer: Party
    currency: str
    lines: tuple[InvoiceLine, ...]
    charges: tuple[InvoiceCharge, ...] = ()
    taxes: Mapping[Tax, Money] = field(default_factory=dict)
    paid: Money | None = None
    kind: str = INVOICE
    representative: Party | None = None
    ship_to: Party | None = None
    order: str = ""
    note: str = ""
    period: tuple[date, date] | None = None
    terms: str = ""
    corrects: tuple[str, date] | None = None

    def bases(self) -> dict[Tax, Money]:
        """Sum lines and charges by tax class."""
        found: dict[Tax, Money] = {}
        for part in self.parts:
            found[part.tax] = found.get(part.tax, Money.zero(self.currency)) + part.amount
        return found

    @property
    def parts(self) -> list[InvoiceLine | InvoiceCharge]:
        return [*self.lines, *self.charges]

    @property
    def net(self) -> Money:
        return total((part.amount for part in self.parts), self.currency)

    @property
    def tax(self) -> Money:
        return total(self.taxes.values(), self.currency)

    @property
    def gross(self) -> Money:
        return self.net + self.tax

    def check(self) -> None:
        """Refuse an invoice whose tax is not its base times its rate (within one cent for each part)."""
        bases = self.bases()
        unit = Decimal(1).scaleb(-minor_units(self.currency))
        if strange := [tax.category for tax in self.taxes if tax not in bases]:
            raise DoesNotAddUp(number=self.number, problem=f"tax {strange} has no base")
        for tax, base in bases.items():
            wanted = (base * tax.rate / 100).rounded()
            given = self.taxes.get(tax, Money.zero(self.currency))
            if abs((given - wanted).amount) > unit * len(self.parts):
                raise DoesNotAddUp(
                    number=self.number, problem=f"{tax.rate} % of {base} is {wanted}, not {given}"
                )
            if not tax.rate and not tax.reason and tax.category != ZERO:
                raise DoesNotAddUp(number=self.number, problem="a line without tax must say why")
        if len(bases) > 1 and any(tax.category == OUTSIDE for tax in bases):
            # EN 16931, BR-O-11 to BR-O-14: an invoice is outside the scope of the tax as a whole, or not.
            raise DoesNotAddUp(number=self.number, problem="a part is outside the tax and another is not")


def as_ubl(invoice: Invoice) -> bytes:
    """Write UBL 2.1; raise where the published schema refuses it."""
    return _written(invoice, "ubl-2.1")


def as_factur_x(invoice: Invoice) -> bytes:
    """Write the Factur-X message (profile EN 16931) that lies inside the PDF."""
    return _written(invoice, "factur-x")


def in_pdf(paper: bytes, invoice: Invoice) -> bytes:
    """Put the Factur-X message into the paper; people read the pages, programs the message."""
    import facturx

    made: bytes = facturx.generate_from_binary(
        paper,
        as_factur_x(invoice),
        flavor="factur-x",
        level="en16931",
        pdf_metadata={
            "author": invoice.seller.name, "title": f"Invoice {invoice.number}",
            "subject": f"Invoice {invoice.number}", "keywords": "Invoice, Factur-X",
        },
    )  # fmt: skip
    return made


def _written(invoice: Invoice, flavor: str) -> bytes:
    import facturx  # with its schemas it takes 20 MB; only the process that writes invoices loads it

    invoice.check()
    try:
        made = facturx.generate_xml(
            _terms(invoice), flavor=flavor, level="en16931", check_xsd=True, check_schematron=False
        )
    except Exception as problem:  # the library raises nothing more exact
        raise DoesNotAddUp(number=invoice.number, problem=str(problem)[:300]) from problem
    return made if isinstance(made, bytes) else bytes(made)


def _party(party: Party, *, vat: bool = True) -> dict[str, Any]:
    words: dict[str, Any] = {
        "name": party.name, "addr_l1": party.street, "city": party.town, "postcode": party.postal_code,
        "country_code": party.country,
    }  # fmt: skip
    if party.number:
        words["identifiers"] = {None: [party.number]}
    if vat and party.vat_id:
        words["vat_identifier"] = party.vat_id
    if party.email:
        words["contacts"] = [{"email": party.email}]
    return {name: value for name, value in words.items() if value}


def _text(money: Money) -> str:
    return f"{money.rounded().amount:f}"


def _rate(tax: Tax) -> dict[str, str]:
    # Outside the scope of the tax there is no rate, not even zero (EN 16931, BR-O-05).
    return {} if tax.category == OUTSIDE else {"rate": f"{tax.rate.normalize():f}"}


def _terms(invoice: Invoice) -> dict[str, Any]:
    """Name everything by the business terms (BT) and groups (BG) of EN 16931."""
    outside = any(tax.category == OUTSIDE for tax in invoice.bases())
    due = invoice.gross - (invoice.paid or Money.zero(invoice.currency))
    charges = total((c.amount for c in invoice.charges), invoice.currency)
    words: dict[str, Any] = {
        "BT-1": invoice.number, "BT-2": invoice.issued_on, "BT-3": invoice.kind, "BT-5": invoice.currency,
        "BT-13": invoice.order, "BT-20": invoice.terms, "BG-4": _party(invoice.seller, vat=not outside),
        "BG-7": _party(invoice.buyer, vat=not outside),
        "BG-25": [_line(number, line) for number, line in enumerate(invoice.lines, start=1)],
        "BG-21": [_charge(charge) for charge in invoice.charges],
        "BG-23": [_tax(invoice, tax, base) for tax, base in invoice.bases().items()],
        "BT-106": _text(invoice.net - charges), "BT-108": _text(charges), "BT-109": _text(invoice.net),
        "BT-110": _text(invoice.tax), "BT-112": _text(invoice.gross), "BT-115": _text(due),
    }  # fmt: skip
    if invoice.paid is not None:
        words["BT-113"] = _text(invoice.paid)
    if invoice.corrects:
        words["BG-3"] = [{"BT-25": invoice.corrects[0], "BT-26": invoice.corrects[1]}]
    if invoice.note:
        words["BG-1"] = [{"BT-22": invoice.note}]
    if invoice.representative is not None:
        words["BG-11"] = _party(invoice.representative)
    if invoice.ship_to is not None:
        words["BG-13"] = _party(invoice.ship_to)
    else:
        words["BT-72"] = invoice.period[1] if invoice.period else invoice.issued_on
    if invoice.period:
        words["BT-73"], words["BT-74"] = invoice.period
    return {name: value for name, value in words.items() if value not in ("", [], None)}


def _line(number: int, line: InvoiceLine) -> dict[str, Any]:
    # The price is that of the whole quantity, so that it is exact where the price of one piece is not.
    words = {
        "BT-126": str(number), "BT-129": f"{line.quantity.normalize():f}", "BT-130": PIECE,
        "BT-131": _text(line.amount), "BT-146": _text(abs(line.amount)),
        "BT-149": f"{line.quantity.normalize():f}", "BT-151": line.tax.category,
        "BT-152": _rate(line.tax).get("rate"), "BT-153": line.name[:200], "BT-155": line.reference,
        "BT-159": line.origin,
    }  # fmt: skip
    return {name: value for name, value in words.items() if value}


def _charge(charge: InvoiceCharge) -> dict[str, Any]:
    words = {
        "amount": _text(charge.amount), "reason": charge.name, "vat_category_code": charge.tax.category,
        "vat_rate": _rate(charge.tax).get("rate"),
    }  # fmt: skip
    return {name: value for name, value in words.items() if value}


def _tax(invoice: Invoice, tax: Tax, base: Money) -> dict[str, Any]:
    words = {
        "BT-116": _text(base), "BT-117": _text(invoice.taxes.get(tax, Money.zero(invoice.currency))),
        "BT-118": tax.category, "BT-119": _rate(tax).get("rate"), "BT-120": tax.reason,
    }  # fmt: skip
    return {name: value for name, value in words.items() if value}
