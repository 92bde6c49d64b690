"""The tax that we took at the sale, by scheme, country and rate, for a month: what a return asks for.

A return counts payments accepted in the period (Directive 2006/112/EC, article 66a for IOSS) and takes off
what went back in it, by the credit notes of its refunds. Amounts in other currencies are declared as the rule
of the scheme says (`conversions`); where we lack its rates they stay in their own currency and say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from marketplace.kit.money import Money
from orders.conversions import declare
from orders.models import BuyerInvoice, Order
from orders.payments.actions import decisions
from orders.payments.models import Refund


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One line of a return: what was sold and given back, and the tax in the return's currency."""

    scheme: str
    country: str
    rate: str
    currency: str
    orders: int
    base: Money
    tax: Money
    base_back: Money
    tax_back: Money
    declared: Money | None
    rates_of: date | None
    rule: str

    @property
    def tax_due(self) -> Money:
        return self.tax - self.tax_back


def month_of(text: str, now: datetime) -> tuple[datetime, datetime]:
    """Read `2026-11` as its first moment and that of the next month; anything else is the month of now."""
    try:
        start = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(days=32)).replace(day=1)


@dataclass(slots=True)
class _Sums:
    base: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    base_back: Decimal = Decimal(0)
    tax_back: Decimal = Decimal(0)
    orders: int = 0


Key = tuple[str, str, str, str]


def _lines(order: Order) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Give rate, base and tax of each tax line of an order's price."""
    for charge in order.charges:
        if charge["kind"] in {"vat", "sales_tax", "consumption_tax"}:
            basis = charge["basis"] or {"amount": "0", "currency": order.currency}
            same = basis["currency"] == order.currency
            base = Decimal(basis["amount"]) if same else Decimal(0)
            yield charge["rate"], base, Decimal(charge["amount"]["amount"])


def tax_report(start: datetime, end: datetime) -> list[TaxRow]:
    """Sum a period's tax by scheme, country, rate and currency."""
    sums: dict[Key, _Sums] = defaultdict(_Sums)
    sold = BuyerInvoice.objects.filter(kind="380").exclude(scheme="").select_related("order__group")
    for invoice in sold.filter(order__paid_at__gte=start, order__paid_at__lt=end):
        for place, (rate, base, tax) in enumerate(_lines(invoice.order)):
            row = sums[(invoice.scheme, invoice.order.group.country, rate, invoice.currency)]
            row.base, row.tax = row.base + base, row.tax + tax
            row.orders += place == 0
    _take_back(sums, start, end)
    day = (end - timedelta(days=1)).date()
    return [_row(key, row, day) for key, row in sorted(sums.items())]


def _take_back(sums: dict[Key, _Sums], start: datetime, end: datetime) -> None:
    """Take off what went back: by the classes of the credit note, else by the tax of the order's lines."""
    refunds = list(Refund.objects.filter(requested_at__gte=start, requested_at__lt=end))
    notes = dict(
        BuyerInvoice.objects.filter(refund_key__in=[r.key for r in refunds]).values_list(
            "refund_key", "spread"
        )
    )
    invoices = BuyerInvoice.objects.filter(kind="380", order__number__in={r.order_number for r in refunds})
    found = {row.order.number: row for row in invoices.exclude(scheme="").select_related("order__group")}
    for refund, parts in decisions(refunds):
        if invoice := found.get(refund.order_number):
            _back(sums, invoice, parts.get("tax", Decimal(0)), notes.get(refund.key) or {})


def _back(sums: dict[Key, _Sums], invoice: BuyerInvoice, tax_back: Decimal, spread: dict[str, Any]) -> None:
    order = invoice.order
    place = (invoice.scheme, order.group.country)
    if taxes := spread.get("tax"):
        for name, tax in taxes.items():
            row = sums[(*place, f"{name.split()[1]}%", invoice.currency)]
            row.tax_back += Decimal(tax)
            row.base_back += Decimal(spread["bases"].get(name, 0))
        return
    lines = list(_lines(order))
    whole = Money(tax_back, order.currency)
    for (rate, base, tax), share in zip(lines, whole.split([tax for _r, _b, tax in lines]), strict=True):
        row = sums[(*place, rate, invoice.currency)]
        row.tax_back += share.amount
        row.base_back += Money(base * share.amount / tax, order.currency).rounded().amount if tax else 0


def _row(key: Key, row: _Sums, day: date) -> TaxRow:
    scheme, country, rate, currency = key
    declared = declare(Money(row.tax - row.tax_back, currency), scheme=scheme, country=country, last_day=day)
    return TaxRow(
        scheme, country, rate, currency, row.orders, Money(row.base, currency).rounded(),
        Money(row.tax, currency).rounded(), Money(row.base_back, currency).rounded(),
        Money(row.tax_back, currency).rounded(), declared.amount, declared.rates_of, declared.rule,
    )  # fmt: skip


HEAD: Final = [
    "scheme", "country", "rate", "currency", "orders", "base", "tax", "base given back", "tax given back",
    "tax due", "declared", "declared in", "rates of", "rule",
]  # fmt: skip


def as_rows(rows: list[TaxRow]) -> Iterator[list[str]]:
    """Give the report as a table for a file."""
    yield HEAD
    for row in rows:
        yield [
            row.scheme, row.country, row.rate, row.currency, str(row.orders),
            *(f"{m.amount:f}" for m in (row.base, row.tax, row.base_back, row.tax_back, row.tax_due)),
            f"{row.declared.amount:f}" if row.declared is not None else "no rate",
            row.declared.currency if row.declared is not None else "",
            row.rates_of.isoformat() if row.rates_of else "", row.rule,
        ]  # fmt: skip
