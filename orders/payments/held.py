"""How long we hold other people's money: an alarm at 45 days, an end at 60 (facts: no longer than 90)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from marketplace.kit.money import Money, total
from orders.payments import books
from orders.payments.models import Account, Earning, Freeze, Instalment, OrderShare, Posting
from orders.payments.shares import PARTS


@dataclass(frozen=True, slots=True)
class Held:
    """One order's money that waits: since when, why, and whether it must end now."""

    order_number: str
    seller: str
    money: Money
    since: datetime
    days: int
    why: str
    shipped: bool
    in_two: bool = False

    @property
    def level(self) -> str:
        """Say `end` from 60 days on, `alarm` from 45, else nothing."""
        if self.days >= settings.HELD_END_DAYS:
            return "end"
        return "alarm" if self.days >= settings.HELD_ALARM_DAYS else ""


def held(at: datetime, *, days: int = 0) -> list[Held]:
    """List money of orders that is older than so many days, oldest first."""
    before = at - timedelta(days=days)
    reasons: dict[str, str] = {}
    for order, reason in Freeze.objects.filter(lifted_at=None).values_list("order_number", "reason"):
        reasons[order] = f"{reasons[order]}, {reason}" if order in reasons else reason
    rows = list(_unshipped(at, before, reasons)) + list(_unpaid(at, before, reasons))
    return sorted(rows, key=lambda row: (row.since, row.order_number))


def _unshipped(at: datetime, before: datetime, reasons: dict[str, str]) -> Iterator[Held]:
    states = [OrderShare.State.DEPOSIT, OrderShare.State.HELD]
    shares = OrderShare.objects.filter(state__in=states, payment__paid_at__lt=before)
    for share in shares.select_related("payment").prefetch_related("instalments"):
        since = share.payment.paid_at or at
        deposit = share.state == OrderShare.State.DEPOSIT
        words = _("the balance is open") if deposit else _("not shipped yet")
        in_two = bool(share.instalments.all())
        if in_two and not deposit:
            words = _("deposit and balance paid, not shipped yet")
        why = reasons.get(share.order_number, words)
        paid = total((share.money(part) for part in PARTS), share.currency)
        if deposit:
            paid = books.balance(f"order:{share.order_number}:deposit", share.currency)
        yield Held(
            share.order_number, share.seller, paid, since, (at - since).days, why, shipped=False,
            in_two=in_two,
        )  # fmt: skip


def _unpaid(at: datetime, before: datetime, reasons: dict[str, str]) -> Iterator[Held]:
    states = [Earning.State.PENDING, Earning.State.AVAILABLE]
    rows = Earning.objects.filter(kind=Earning.Kind.SALE, state__in=states, earned_at__lt=before)
    in_two = set(Instalment.objects.values_list("share__order_number", flat=True))
    for row in rows:
        pending = row.state == Earning.State.PENDING
        waiting = _("waits for the receipt") if pending else _("waits for a payout")
        why, days = reasons.get(row.order_number, waiting), (at - row.earned_at).days
        yield Held(
            row.order_number,
            row.seller,
            row.money,
            row.earned_at,
            days,
            why,
            shipped=True,
            in_two=row.order_number in in_two,
        )


@dataclass(frozen=True, slots=True)
class Clearing:
    """An account that must come back to zero, and since when it has not moved."""

    code: str
    money: Money
    moved_at: datetime
    hours: int

    @property
    def late(self) -> bool:
        return self.hours >= 24


def clearing(at: datetime) -> list[Clearing]:
    """List clearing accounts that are not at zero, the longest untouched first."""
    found = []
    accounts = Account.objects.filter(clearing=True).annotate(sum=Sum("balances__minor")).exclude(sum=0)
    moved = dict(
        Posting.objects.filter(account__in=accounts)
        .values_list("account")
        .annotate(last=Max("journal__booked_at"))
        .order_by()
    )
    for account in accounts:
        last = moved.get(account.pk, at)
        hours = max(0, int((at - last).total_seconds() // 3600))
        money = Money.from_minor(account.sum or 0, account.currency)
        found.append(Clearing(account.code, money, last, hours))
    return sorted(found, key=lambda row: row.moved_at)
