"""Write the buyer's invoice when an order is paid, and a credit note when all of it went back; once each."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from marketplace.documents import actions as documents
from marketplace.documents import einvoice, invoice_paper
from marketplace.kit.refusal import Refusal
from orders import invoices
from orders.models import BuyerInvoice, Order
from orders.tax_schemes import scheme_of

log = logging.getLogger(__name__)


@transaction.atomic
def issue_invoice(*, order_number: str, at: datetime) -> BuyerInvoice | None:
    """Give a paid order its invoice with a gapless number; the same order again changes nothing."""
    order = Order.objects.select_for_update(of=("self",)).select_related("group__quote", "seller").get(
        number=order_number
    )  # fmt: skip
    if order.paid_at is None:
        return None
    return _issue(order, BuyerInvoice.Kind.INVOICE, at)


@transaction.atomic
def issue_credit_note(*, order_number: str, at: datetime) -> BuyerInvoice | None:
    """Take the invoice of an order back that was paid back whole; once."""
    order = Order.objects.select_for_update(of=("self",)).select_related("group__quote", "seller").get(
        number=order_number
    )  # fmt: skip
    if not order.invoices.filter(kind=BuyerInvoice.Kind.INVOICE).exists():
        return None
    return _issue(order, BuyerInvoice.Kind.CREDIT, at)


def _issue(order: Order, kind: str, at: datetime) -> BuyerInvoice:
    if kept := order.invoices.filter(kind=kind).first():
        return kept
    credit = kind == BuyerInvoice.Kind.CREDIT
    name = "credit-note" if credit else "invoice"
    number = documents.next_number("CRN" if credit else "INV", year=at.year)
    scheme = scheme_of(order)
    made = invoices.invoice_of(order, number=number, on=at.date(), scheme=scheme)
    if credit:
        first = order.invoices.get(kind=BuyerInvoice.Kind.INVOICE)
        old = invoices.invoice_of(order, number=first.number, on=first.issued_at.date(), scheme=scheme)
        made = invoices.credit_note(order, number=number, on=at.date(), scheme=scheme, of=old)
    row = BuyerInvoice.objects.create(
        number=number, order=order, kind=kind, total_amount=made.gross.amount, tax_amount=made.tax.amount,
        currency=made.currency, scheme=scheme.code if scheme else "", issued_at=at,
    )  # fmt: skip
    paper = invoice_paper.paper(made)
    seen_by = (order.group.buyer, order.seller)
    try:
        message, paper = einvoice.as_ubl(made), einvoice.in_pdf(paper, made)
    except (Refusal, ValueError) as problem:
        # People still get their paper; the desk sees why no program can read it.
        log.warning("Invoice %s has no electronic form: %s", number, problem)
        row.problem = str(problem)[:300]
        row.save(update_fields=["problem"])
    else:
        documents.store(f"{name}-ubl", order.number, f"{number}.xml", message, "application/xml", seen_by)
    documents.store(name, order.number, f"{number}.pdf", paper, "application/pdf", seen_by)
    return row
