"""A seller's statement: opening balance, every line, closing balance; opening plus lines is closing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from marketplace.kit.money import Money
from orders.payments.models import Earning, Journal, OrderShare, Payout, PayoutState

RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a sale, a refund or a payout, and the balance after it."""

    at: datetime
    kind: str
    words: str
    reference: str
    goods: Money
    fee: Money
    amount: Money
    balance: Money
    share: OrderShare | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One seller's lines in one currency between two moments."""

    seller: str
    currency: str
    start: datetime
    end: datetime
    opening: Money
    lines: tuple[Line, ...]
    closing: Money


KINDS: Final = {
    Earning.Kind.SALE: "order",
    Earning.Kind.REFUND: "refund",
    Earning.Kind.CHARGE: "fee",
    Earning.Kind.CREDIT: "claim",
    Earning.Kind.BACK: "refund",
    Earning.Kind.KEPT: "order",
}


BY_KIND: Final = {
    Earning.Kind.BACK: _l("Taken back from your account at the payment service"),
    Earning.Kind.SALE: _l("Sale"),
    Earning.Kind.KEPT: _l("Deposit kept: the balance was not paid"),
    Earning.Kind.REFUND: _l("Refund to the buyer"),
}
BY_SERIES: Final = {
    "FX": _l("Exchange into your currency"),
    "COM": _l("VAT on our fee"),
    "STO": _l("Storage"),
}


def _words(row: Earning) -> str:
    """Say what a line is for: by its kind, then by the series of its number."""
    series = row.order_number.split("-", maxsplit=1)[0]
    if words := BY_KIND.get(Earning.Kind(row.kind)) or BY_SERIES.get(series):
        return str(words)
    if row.kind == Earning.Kind.CREDIT:
        return _("Insurance claim paid to you")
    return _("Insurance of your goods")


def _sum(found: Decimal | None, currency: str) -> Money:
    return Money(found or Decimal(0), currency).rounded()


def statement(seller: str, currency: str, *, start: datetime, end: datetime) -> Statement:
    """Put the lines of a period together, oldest first."""
    earnings = Earning.objects.of_seller(seller).filter(currency=currency)
    payouts = Payout.objects.filter(seller=seller, currency=currency)
    back = _came_back(payouts)
    earned = earnings.filter(earned_at__lt=start).aggregate(sum=Sum("amount"))["sum"]
    gone = payouts.filter(prepared_at__lt=start).aggregate(sum=Sum("amount"))["sum"]
    returned = sum((amount for at, _number, amount in back if at < start), Decimal(0))
    opening = _sum(earned, currency) - _sum(gone, currency) + _sum(returned, currency)
    found = list(earnings.filter(earned_at__gte=start, earned_at__lt=end))
    shares = {
        s.order_number: s for s in OrderShare.objects.filter(order_number__in={e.order_number for e in found})
    }
    zero = Money.zero(currency).rounded()
    raw: list[tuple[datetime, str, str, str, Money, Money, Money, OrderShare | None]] = []
    for row in found:
        sale = row.kind == Earning.Kind.SALE
        raw.append(
            (
                row.earned_at,
                KINDS[Earning.Kind(row.kind)],
                _words(row),
                row.order_number,
                Money(row.goods_amount, currency).rounded(),
                Money(-row.commission_amount, currency).rounded(),
                row.money.rounded(),
                shares.get(row.order_number) if sale else None,
            )
        )
    in_period = payouts.filter(prepared_at__gte=start, prepared_at__lt=end).select_related("bank_account")
    for payout in in_period:
        words = (
            _("Payout, account ending %(ending)s") % {"ending": payout.bank_account.ending}
            if payout.bank_account
            else _("Payout through the payment service")
        )
        raw.append(
            (payout.prepared_at, "out", words, payout.number, zero, zero, -payout.money.rounded(), None)
        )
    raw += [
        (at, "out", _("Payout that came back"), number, zero, zero, Money(amount, currency).rounded(), None)
        for at, number, amount in back
        if start <= at < end
    ]
    raw.sort(key=lambda line: (line[0], line[3]))
    lines, balance = [], opening
    for at, kind, words, reference, goods, fee, amount, share in raw:
        balance += amount
        lines.append(Line(at, kind, words, reference, goods, fee, amount, balance, share))
    return Statement(seller, currency, start, end, opening, tuple(lines), balance)


def _came_back(payouts: QuerySet[Payout]) -> list[tuple[datetime, str, Decimal]]:
    """List payouts that failed, at their moment: a month that is over keeps its closing balance."""
    failed = dict(payouts.filter(state=PayoutState.FAILED).values_list("number", "amount"))
    moments = Journal.objects.filter(kind="payout_failed", source__in=failed)
    return [(at, number, failed[number]) for number, at in moments.values_list("source", "happened_at")]


@dataclass(frozen=True, slots=True)
class CurrencyBalance:
    """What a seller has in one currency."""

    currency: str
    ready: Money
    waiting: Money
    held: Money
    in_payout: Money


def balances(seller: str) -> list[CurrencyBalance]:
    """Sum a seller's lines by currency: ready, on the way, held by a case, with the bank."""
    state = Earning.State
    found = []
    mine = Earning.objects.of_seller(seller)
    for currency in mine.order_by("currency").values_list("currency", flat=True).distinct():
        rows = mine.filter(currency=currency)
        ready = _sum(rows.payable().aggregate(sum=Sum("amount"))["sum"], currency)
        available = _sum(rows.filter(state=state.AVAILABLE).aggregate(sum=Sum("amount"))["sum"], currency)
        waiting = _sum(rows.filter(state=state.PENDING).aggregate(sum=Sum("amount"))["sum"], currency)
        sent = _sum(rows.filter(state=state.IN_PAYOUT).aggregate(sum=Sum("amount"))["sum"], currency)
        found.append(CurrencyBalance(currency, ready, waiting, available - ready, sent))
    return found


def cell(text: object) -> str:
    """Write a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    written = str(text)
    return f"'{written}" if written.startswith(RISKY) else written


def as_csv(given: Statement) -> bytes:
    """Write a statement as CSV."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["day", "what", "reference", "goods", "fee", "for you", "balance", "currency"])
    sheet.writerow(
        [f"{given.start:%Y-%m-%d}", "opening", "", "", "", "", given.opening.amount, given.currency]
    )
    for line in given.lines:
        amounts: Iterable[Decimal] = (m.amount for m in (line.goods, line.fee, line.amount, line.balance))
        sheet.writerow(
            [f"{line.at:%Y-%m-%d}", cell(line.words), cell(line.reference), *amounts, given.currency]
        )
    sheet.writerow([f"{given.end:%Y-%m-%d}", "closing", "", "", "", "", given.closing.amount, given.currency])
    return out.getvalue().encode("utf-8-sig")
