"""Invoice our fees: one gapless number for each seller, currency and month, with the tax on the fee."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from customs.grounds import EU
from marketplace.accounts.models import Company
from marketplace.documents import actions as documents
from marketplace.documents import einvoice, invoice_paper
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.payments.actions.sellers import charge_seller
from orders.payments.fee_tax import NotKnown, fee_tax
from orders.payments.models import Earning, FeeInvoice


class FeeTaxUnknown(Refusal):
    """Nothing is invoiced while the tax on it is not known."""

    words = _("{problem}")


def month_after(month: date) -> date:
    """Give the first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _fees(seller: str, currency: str, month: date) -> dict[str, Decimal]:
    """Sum the fees of a month by kind of line: sales above zero, what refunds gave back below."""
    start, end = (datetime(d.year, d.month, 1, tzinfo=UTC) for d in (month, month_after(month)))
    rows = (
        Earning.objects.filter(seller=seller, currency=currency, earned_at__gte=start, earned_at__lt=end)
        .exclude(commission_amount=0)
        .exclude(order_number__startswith="FX-")
        .exclude(order_number__startswith="COM-")
        .values("kind")
        .order_by("kind")
        .annotate(sum=Sum("commission_amount"))
    )
    return {row["kind"]: row["sum"] for row in rows}


@transaction.atomic
def issue_fee_invoice(*, seller: str, currency: str, month: date, at: datetime) -> FeeInvoice | None:
    """Invoice one seller's fees of a finished month, once; tax on the fee is taken from the balance.

    None when the month has no fees. The month must be over; FeeTaxUnknown without our own address and rate.
    """
    if month_after(month) > at.date():
        raise FeeTaxUnknown(problem=_("This month is not over yet."))
    if kept := FeeInvoice.objects.filter(seller=seller, currency=currency, month=month).first():
        return kept
    fees = _fees(seller, currency, month)
    fee = Money(sum(fees.values(), Decimal(0)), currency).rounded()
    if not fee:
        return None
    company = Company.objects.get(number=seller)
    us = invoice_paper.operator()
    vat_id = str((company.tax_ids or {}).get("VAT", ""))
    try:
        how = fee_tax(
            home=us.country, home_rate=settings.OPERATOR_VAT_RATE, union=EU, country=company.country,
            vat_id=vat_id,
        )  # fmt: skip
    except NotKnown as problem:
        raise FeeTaxUnknown(problem=str(problem)) from None
    tax = (fee * how.rate).rounded()
    invoice = FeeInvoice.objects.create(
        number=documents.next_number("COM", year=month_after(month).year), seller=seller, currency=currency,
        month=month, fee_amount=fee.amount, tax_amount=tax.amount, category=how.category, rate=how.rate,
        reason=how.reason, issued_at=at,
    )  # fmt: skip
    if tax.amount > 0:
        charge_seller(
            seller=seller, reference=invoice.number, amount=tax, account=f"tax:{us.country}:fees", at=at
        )
    _store(invoice, company, fees, vat_id)
    return invoice


def _store(invoice: FeeInvoice, company: Company, fees: dict[str, Decimal], vat_id: str) -> None:
    """Write the paper with its message and the UBL form, for the seller to fetch."""
    sign = -1 if invoice.fee_amount < 0 else 1
    tax = einvoice.Tax(invoice.category, invoice.rate * 100, invoice.reason)
    words = {"sale": "Commission on sales", "refund": "Commission given back", "charge": "Fees"}
    lines = tuple(
        einvoice.InvoiceLine(
            words.get(kind, kind), Decimal(1 if amount * sign > 0 else -1),
            Money(amount * sign, invoice.currency).rounded(), tax,
        )
        for kind, amount in fees.items()
    )  # fmt: skip
    due = Money((invoice.fee_amount + invoice.tax_amount) * sign, invoice.currency)
    made = einvoice.Invoice(
        number=invoice.number, issued_on=invoice.issued_at.date(), seller=invoice_paper.operator(),
        buyer=einvoice.Party(
            company.name, company.country, company.street, company.town, company.postal_code, company.number,
            vat_id,
        ),
        currency=invoice.currency, lines=lines,
        taxes={tax: Money(invoice.tax_amount * sign, invoice.currency).rounded()}, paid=due.rounded(),
        kind=einvoice.CREDIT_NOTE if sign < 0 else einvoice.INVOICE,
        period=(invoice.month, _last_day(invoice.month)), note="Taken from your balance: nothing to pay.",
    )  # fmt: skip
    paper = einvoice.in_pdf(invoice_paper.paper(made), made)
    documents.store(
        "fee-invoice", invoice.number, f"{invoice.number}.pdf", paper, "application/pdf", (company,)
    )
    ubl = einvoice.as_ubl(made)
    documents.store(
        "fee-invoice-ubl", invoice.number, f"{invoice.number}.xml", ubl, "application/xml", (company,)
    )


def _last_day(month: date) -> date:
    return date.fromordinal(month_after(month).toordinal() - 1)


def fees_to_invoice(month: date) -> list[tuple[str, str]]:
    """List (seller, currency) with lines in a month and no invoice for it yet."""
    start, end = (datetime(d.year, d.month, 1, tzinfo=UTC) for d in (month, month_after(month)))
    done = set(FeeInvoice.objects.filter(month=month).values_list("seller", "currency"))
    rows = Earning.objects.filter(earned_at__gte=start, earned_at__lt=end).exclude(commission_amount=0)
    pairs = rows.order_by("seller", "currency").values_list("seller", "currency").distinct()
    return [pair for pair in pairs if pair not in done]
