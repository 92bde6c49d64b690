"""The door to the ledger's tables: book a journal, read a balance, prove the books, seal a day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Max, Sum

from marketplace.kit.money import Money
from orders.payments.ledger import Entry, account_class, check
from orders.payments.models import Balance, Journal, LedgerDay, Posting

LAWS: Final = {
    "i1_unbalanced": "every journal balances in each currency",
    "i2_balance_drift": "cached balances equal the sums of postings",
    "i3_order_holds": "an order's hold is what was paid, less released and refunded",
    "i4_overdrawn": "no hold and no seller's balance is below zero",
    "i5_captures": "every paid payment has exactly one capture",
    "i6_sellers": "sellers' lines equal the ledger, payouts equal their lines",
    "i7_clearing": "no clearing account stays open for a day",
    "i8_totals": "the buyer paid the sum of the orders",
}


def post(
    kind: str,
    source: str,
    entries: Sequence[Entry],
    *,
    at: datetime,
    memo: str = "",
    reverses: int | None = None,
) -> int | None:
    """Book a balanced journal once; None when this source was booked before."""
    check(entries)
    rows = []
    for entry in entries:
        family = account_class(entry.account)
        rows.append(
            {
                "code": entry.account,
                "currency": entry.money.currency,
                "minor": entry.money.minor,
                "normal": family.normal,
                "guarded": family.guarded,
                "clearing": family.clearing,
            }
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payments_post(%s, %s, %s, %s, %s, %s)",
            [kind, source, memo, at, reverses, json.dumps(rows)],
        )
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


def balance(account: str, currency: str) -> Money:
    """Read the cached balance of one account on its normal side."""
    rows = Balance.objects.filter(account__code=account, account__currency=currency)
    return Money.from_minor(rows.aggregate(sum=Sum("minor"))["sum"] or 0, currency)


def entries_of(journal: Journal) -> list[Entry]:
    """Read a journal back as entries."""
    lines = Posting.objects.filter(journal=journal).select_related("account")
    return [Entry(line.account.code, line.money) for line in lines]


@dataclass(frozen=True, slots=True)
class Proof:
    """One law of the books and what breaks it."""

    law: str
    words: str
    broken: tuple[tuple[str, str], ...]

    @property
    def holds(self) -> bool:
        return not self.broken


def prove(limit: int = 20) -> list[Proof]:
    """Ask the database in one statement for everything that breaks a law of the books."""
    asked = " UNION ALL ".join(
        f"(SELECT '{law}', subject, problem FROM payments_{law} LIMIT {int(limit)})"  # noqa: S608 - fixed names
        for law in LAWS
    )
    broken: dict[str, list[tuple[str, str]]] = {law: [] for law in LAWS}
    with connection.cursor() as cursor:
        cursor.execute(asked)
        for law, subject, problem in cursor.fetchall():
            broken[law].append((str(subject), str(problem)))
    return [Proof(law, words, tuple(broken[law])) for law, words in LAWS.items()]


def _hash_of_day(day: date, previous: str) -> tuple[str, int, int]:
    """Hash a day's journals with their postings onto the seal before it."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    journals = Journal.objects.filter(booked_at__gte=start, booked_at__lt=start + timedelta(days=1)).order_by(
        "pk"
    )
    seal, count, last = hashlib.sha256(previous.encode()), 0, 0
    postings = Posting.objects.filter(journal__in=journals).order_by("journal_id", "pk")
    lines: dict[int, list[str]] = {}
    for journal_id, account, minor in postings.values_list("journal_id", "account_id", "minor"):
        lines.setdefault(journal_id, []).append(f"{account}:{minor}")
    for pk, kind, source, booked in journals.values_list("pk", "kind", "source", "booked_at"):
        seal.update(f"{pk}|{kind}|{source}|{booked.isoformat()}|{','.join(lines.get(pk, []))}\n".encode())
        count, last = count + 1, pk
    return seal.hexdigest(), count, last


@transaction.atomic
def seal_days(*, up_to: date, at: datetime) -> int:
    """Seal every finished day that has no seal yet; return how many."""
    newest = LedgerDay.objects.order_by("-day").first()
    first = Journal.objects.order_by("pk").first()
    if first is None:
        return 0
    day = newest.day + timedelta(days=1) if newest else first.booked_at.date()
    previous, sealed = (newest.hash if newest else ""), 0
    while day <= up_to:
        digest, count, last = _hash_of_day(day, previous)
        LedgerDay.objects.create(
            day=day, journals=count, last_journal=last, previous_hash=previous, hash=digest, sealed_at=at
        )
        previous, day, sealed = digest, day + timedelta(days=1), sealed + 1
    return sealed


def broken_seals() -> list[date]:
    """Recompute every seal; the first broken day and those after it are returned."""
    broken, previous = [], ""
    for sealed in LedgerDay.objects.order_by("day"):
        digest, _, _ = _hash_of_day(sealed.day, previous)
        if digest != sealed.hash or sealed.previous_hash != previous:
            broken.append(sealed.day)
        previous = sealed.hash
    return broken


def newest_booking() -> datetime | None:
    """Return when the last journal was booked."""
    found: datetime | None = Journal.objects.aggregate(last=Max("booked_at"))["last"]
    return found
