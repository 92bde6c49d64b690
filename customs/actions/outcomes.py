"""What duty and tax really were: heard from the authority, kept once beside what the buyer was quoted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum

from customs.events import DutyAssessed, DutyRecorded
from customs.models import Declaration, DutyOutcome
from marketplace.accounts.models import User
from marketplace.events.bus import publish
from marketplace.kit.money import CURRENCIES, Money


@transaction.atomic
def hear_assessment(*, number: str, body: dict[str, Any], key: str) -> bool:
    """Pass on the authority's assessment; False where it names no amount or no declaration."""
    found = body.get("assessed")
    assessed = found if isinstance(found, dict) else {}
    declaration = Declaration.objects.filter(number=number).first()
    try:
        amount = Decimal(str(assessed.get("amount")))
    except InvalidOperation:
        return False
    currency = str(assessed.get("currency"))
    if declaration is None or not amount.is_finite() or amount < 0 or currency not in CURRENCIES:
        return False
    publish(
        DutyAssessed(
            subject=declaration.order_number, key=key, amount=f"{amount:f}", currency=currency,
            reference=declaration.authority_reference,
        )
    )  # fmt: skip
    return True


@transaction.atomic
def record_outcome(
    *,
    order_number: str,
    key: str,
    lane: tuple[str, str],
    quoted: Money,
    actual: Money,
    told_by: DutyOutcome.Origin,
    at: datetime,
    reference: str = "",
    by: User | None = None,
) -> tuple[DutyOutcome, bool]:
    """Keep what was quoted and what was taken; a second report of the same key changes nothing."""
    chapter = _chapter(order_number)
    outcome, fresh = DutyOutcome.objects.get_or_create(
        key=key,
        defaults={
            "order_number": order_number, "chapter": chapter, "from_country": lane[0], "to_country": lane[1],
            "quoted_amount": quoted.amount, "actual_amount": actual.amount, "currency": quoted.currency,
            "told_by": told_by, "reference": reference[:80], "recorded_by": by, "recorded_at": at,
        },
    )  # fmt: skip
    if fresh:
        publish(
            DutyRecorded(
                subject=order_number, key=key, quoted=f"{quoted.amount:f}", actual=f"{actual.amount:f}",
                currency=quoted.currency,
            )
        )  # fmt: skip
    return outcome, fresh


def _chapter(order_number: str) -> str:
    """The HS chapter of the dearest line that was declared."""
    declaration = Declaration.objects.filter(order_number=order_number).order_by("pk").first()
    line = declaration.lines.order_by("-value_amount").first() if declaration else None
    return line.hs_code[:2] if line else ""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How near quotes were, for one chapter on one lane."""

    chapter: str
    from_country: str
    to_country: str
    orders: int
    quoted: Money
    actual: Money

    @property
    def difference(self) -> Money:
        """Above zero: we took more than the authority did."""
        return self.quoted - self.actual

    @property
    def share(self) -> Decimal | None:
        """The difference as a fraction of what was quoted, to a thousandth."""
        if not self.quoted.amount:
            return None
        return (self.difference.amount / self.quoted.amount).quantize(Decimal("0.001"))


def accuracy(outcomes: QuerySet[DutyOutcome] | None = None) -> list[Accuracy]:
    """Quoted against actual by HS chapter and lane, largest difference first."""
    rows = (
        (outcomes if outcomes is not None else DutyOutcome.objects.all())
        .order_by()
        .values("chapter", "from_country", "to_country", "currency")
        .annotate(
            orders=Count("pk"),
            quoted=Sum("quoted_amount"),
            actual=Sum("actual_amount"),
            gap=Sum(F("quoted_amount") - F("actual_amount")),
        )
    )
    found = [
        Accuracy(
            row["chapter"], row["from_country"], row["to_country"], row["orders"],
            Money(row["quoted"], row["currency"]).rounded(), Money(row["actual"], row["currency"]).rounded(),
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-abs(one.difference.amount), one.chapter, one.to_country))
