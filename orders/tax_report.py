"""The tax that we took at the sale, by scheme, country and rate, for a month: what a return asks for.

A return counts payments accepted in the period (Directive 2006/112/EC, article 66a for IOSS) and takes off
what went back in it. Amounts in other currencies are declared at the central bank's rate of the period's last
day (article 369zd); a currency that the bank does not quote stays in its own and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from customs import regimes
from marketplace.currency import rates
from marketplace.kit.money import Money
from orders.models import BuyerInvoice, Order
from orders.payments.models import Refund

FALLBACK: Final = "EUR"
IN_EURO: Final = "IOSS"


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
    rates_of: date

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
    """Spread the tax part of each refund of the period over the rates of its order."""
    refunds = Refund.objects.filter(requested_at__gte=start, requested_at__lt=end)
    back: dict[str, Decimal] = defaultdict(Decimal)
    for number, parts in refunds.values_list("order_number", "parts"):
        back[number] += Decimal(parts.get("tax", 0))
    found = BuyerInvoice.objects.filter(kind="380", order__number__in=list(back)).exclude(scheme="")
    for invoice in found.select_related("order__group"):
        order, lines = invoice.order, list(_lines(invoice.order))
        shares = Money(back[order.number], order.currency).split([tax for _rate, _base, tax in lines])
        for (rate, base, tax), share in zip(lines, shares, strict=True):
            row = sums[(invoice.scheme, order.group.country, rate, invoice.currency)]
            row.tax_back += share.amount
            row.base_back += Money(base * share.amount / tax, order.currency).rounded().amount if tax else 0


def _row(key: Key, row: _Sums, day: date) -> TaxRow:
    scheme, country, rate, currency = key
    table = rates.on_day(day)
    place = regimes.destination(country)
    wanted = "EUR" if scheme == IN_EURO else (place.rules.currency if place else FALLBACK)
    due = Money(row.tax - row.tax_back, currency)
    known = all(code == "EUR" or table.has(code) for code in (currency, wanted))
    return TaxRow(
        scheme, country, rate, currency, row.orders, Money(row.base, currency).rounded(),
        Money(row.tax, currency).rounded(), Money(row.base_back, currency).rounded(),
        Money(row.tax_back, currency).rounded(),
        table.convert(due, wanted).rounded() if known else None, table.as_of,
    )  # fmt: skip


HEAD: Final = [
    "scheme", "country", "rate", "currency", "orders", "base", "tax", "base given back", "tax given back",
    "tax due", "declared", "declared in", "rates of",
]  # fmt: skip


def as_rows(rows: list[TaxRow]) -> Iterator[list[str]]:
    """Give the report as a table for a file."""
    yield HEAD
    for row in rows:
        yield [
            row.scheme, row.country, row.rate, row.currency, str(row.orders),
            *(f"{m.amount:f}" for m in (row.base, row.tax, row.base_back, row.tax_back, row.tax_due)),
            f"{row.declared.amount:f}" if row.declared else "no rate",
            row.declared.currency if row.declared else "", row.rates_of.isoformat(),
        ]  # fmt: skip
