"""Write the buyer's invoice when an order is paid, and one credit note for each refund; once each."""

from __future__ import annotations

import logging
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from marketplace.documents import actions as documents
from marketplace.documents import einvoice, invoice_paper
from marketplace.documents.einvoice import Invoice
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders import credit_notes, invoices
from orders.models import BuyerInvoice, Order
from orders.payments.actions import decisions
from orders.payments.models import Refund
from orders.payments.shares import PARTS
from orders.tax_schemes import scheme_of

log = logging.getLogger(__name__)
Kind = BuyerInvoice.Kind


@transaction.atomic
def issue_invoice(*, order_number: str, at: datetime) -> BuyerInvoice | None:
    """Give a paid order its invoice with a gapless number; the same order again changes nothing.

    Refunds that were faster than the invoice get their credit notes after it.
    """
    order = _locked(order_number)
    if order.paid_at is None:
        return None
    if kept := order.invoices.filter(kind=Kind.INVOICE).first():
        return kept
    number = documents.next_number("INV", year=at.year)
    scheme = scheme_of(order)
    made = invoices.invoice_of(order, number=number, on=at.date(), scheme=scheme)
    row = _keep(order, made, at, scheme=scheme.code if scheme else "")
    _write_notes(order, row, at)
    return row


@transaction.atomic
def issue_credit_notes(*, order_number: str, at: datetime) -> list[BuyerInvoice]:
    """Give each refund of an invoiced order its credit note, with a gapless number of its own; once each."""
    order = _locked(order_number)
    first = order.invoices.filter(kind=Kind.INVOICE).first()
    return _write_notes(order, first, at) if first else []


def _locked(number: str) -> Order:
    rows = Order.objects.select_for_update(of=("self",)).select_related("group__quote", "seller")
    return rows.get(number=number)


def _write_notes(order: Order, first: BuyerInvoice, at: datetime) -> list[BuyerInvoice]:
    known = list(order.invoices.filter(kind=Kind.CREDIT).order_by("pk"))
    if any(not note.refund_key for note in known):
        return []  # written before refunds had notes of their own: all of it was taken back at once
    done = {note.refund_key for note in known}
    scheme = scheme_of(order)
    whole = invoices.invoice_of(order, number=first.number, on=first.issued_at.date(), scheme=scheme)
    rows = list(order.lines.all())
    references = [row.reference for row in rows]
    refunds = list(Refund.objects.filter(order_number=order.number).order_by("pk"))
    named = {refund.key for refund in refunds if refund.named}
    kept = [(note.refund_key in named, note.spread) for note in known]
    made = []
    for refund, parts in decisions(refunds):
        if refund.key in done:
            continue
        amounts = {part: Money(parts.get(part, Decimal(0)), order.currency) for part in PARTS}
        given = credit_notes.Given(
            {part: money.rounded() for part, money in amounts.items()}, refund.lines, refund.named
        )
        taken = credit_notes.Taken(
            credit_notes.add((spread for named, spread in kept if named), order.currency),
            credit_notes.add((spread for named, spread in kept if not named), order.currency),
        )
        shares = credit_notes.spread(whole, references, taken, given)
        number = documents.next_number("CRN", year=at.year)
        note = credit_notes.note(whole, rows, shares, given, number=number, on=at.date())
        words: dict[str, Any] = {
            kind: {key: f"{money.amount:f}" for key, money in by.items()} for kind, by in shares.items()
        }
        words["bases"] = credit_notes.base_by_class(note)
        kept.append((refund.named, words))
        made.append(
            _keep(
                order, note, at, scheme=first.scheme, corrects=first, refund_key=refund.key,
                refunded_at=refund.requested_at, spread=words,
            )
        )  # fmt: skip
    return made


def _keep(order: Order, made: Invoice, at: datetime, **more: Any) -> BuyerInvoice:
    """Store the row, the paper with its message, and the UBL form."""
    credit = made.kind == einvoice.CREDIT_NOTE
    name, number = "credit-note" if credit else "invoice", made.number
    row = BuyerInvoice.objects.create(
        number=number, order=order, kind=made.kind, total_amount=made.gross.amount,
        tax_amount=made.tax.amount, currency=made.currency, issued_at=at, **more,
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
