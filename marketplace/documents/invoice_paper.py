"""An invoice as people read it, and who we are on it."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from marketplace.documents import pdf
from marketplace.documents.einvoice import CREDIT_NOTE, Invoice, Party, Tax
from marketplace.kit.money import Money


def operator() -> Party:
    """Give ourselves as a party, from the settings."""
    us = settings.OPERATOR
    return Party(
        us.get("name", "Sampan"), us.get("country", ""), us.get("street", ""), us.get("town", ""),
        us.get("postal_code", ""), us.get("number") or us.get("VAT", ""), us.get("VAT", ""),
    )  # fmt: skip


def paper(invoice: Invoice) -> bytes:
    """Lay an invoice out for people."""
    title = _("Credit note") if invoice.kind == CREDIT_NOTE else _("Invoice")
    return pdf.render(blocks(invoice, title), title=f"{title} {invoice.number}", footer=invoice.number)


def _address(party: Party) -> str:
    rows = (party.name, party.street, f"{party.postal_code} {party.town}".strip(), party.country)
    return "\n".join(filter(None, (*rows, party.vat_id)))


def _amount(money: Money) -> str:
    return f"{money.rounded().amount:,f}"


def blocks(invoice: Invoice, title: str) -> list[pdf.Block]:
    """Arrange an invoice: who, what, tax by rate, what is left to pay."""
    rows = [
        (line.name, f"{line.quantity.normalize():f}", _rate(line.tax), _amount(line.amount))
        for line in invoice.lines
    ]
    rows += [(charge.name, "", _rate(charge.tax), _amount(charge.amount)) for charge in invoice.charges]
    rows.append((_("Sum before tax"), "", "", _amount(invoice.net)))
    rows += [
        (f"{_('Tax')} {_rate(tax)}", "", _amount(base), _amount(invoice.taxes[tax]))
        for tax, base in invoice.bases().items()
        if tax in invoice.taxes
    ]
    rows.append((_("Total"), "", invoice.currency, _amount(invoice.gross)))
    head = [
        (_("Number"), invoice.number), (_("Day"), f"{invoice.issued_on:%Y-%m-%d}"),
        (_("Seller"), _address(invoice.seller)), (_("Buyer"), _address(invoice.buyer)),
    ]  # fmt: skip
    if invoice.order:
        head.append((_("Order"), invoice.order))
    if invoice.representative:
        head.append((_("Tax accounted for by"), _address(invoice.representative)))
    if invoice.paid is not None:
        rows.append((_("Paid"), "", "", _amount(invoice.paid)))
    made: list[pdf.Block] = [
        pdf.Title(title),
        pdf.Pairs(head),
        pdf.Line(),
        pdf.Grid(
            [_("What"), _("Quantity"), _("Tax"), invoice.currency], rows, numbers=(1, 2, 3),
            widths=(5, 1, 1.4, 1.6), totals=2 + len(invoice.taxes) + (invoice.paid is not None),
        ),
    ]  # fmt: skip
    reasons = dict.fromkeys(tax.reason for tax in invoice.bases() if tax.reason)
    made += [pdf.Text(text) for text in (*reasons, invoice.note, invoice.terms) if text]
    return made


def _rate(tax: Tax) -> str:
    return f"{tax.rate.normalize():f} %" if tax.rate else "–"
