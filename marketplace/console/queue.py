"""The queue of held parcels: filtered, sorted and paged by its address alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import QueryDict

from customs.models import OPEN_HOLDS, Hold, HoldState
from customs.models.clearance import HoldQuerySet
from marketplace.accounts.models import User

PAGE: Final = 50
SORTS: Final = {
    "deadline": ("deadline", "pk"),
    "value": ("-value_euro", "pk"),
    "cost": ("-cost_per_day_euro", "pk"),
    "newest": ("-opened_at", "-pk"),
}
COLUMNS: Final = (
    *("number", "state", "order", "seller", "buyer", "from", "to", "title", "severity", "value"),
    *("currency", "value_eur", "cost_per_day_eur", "deadline", "owner"),
)
FILTERS: Final = ("state", "mine", "due", "severity", "to", "from", "q", "decided")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; unknown words are left out."""

    sort: str
    state: str
    mine: bool
    due: bool
    decided: bool
    severity: int
    to: str
    origin: str
    words: str

    @classmethod
    def read(cls, given: QueryDict) -> Asked:
        """Read filters from the address."""
        state = given.get("state", "")
        severity = given.get("severity", "")
        return cls(
            sort=given.get("sort", "") if given.get("sort") in SORTS else "deadline",
            state=state if state in OPEN_HOLDS else "",
            mine=given.get("mine") == "1",
            due=given.get("due") == "today",
            decided=given.get("decided") == "1",
            severity=int(severity) if severity in {"2", "3"} else 0,
            to=given.get("to", "")[:2].upper(),
            origin=given.get("from", "")[:2].upper(),
            words=given.get("q", "").strip()[:60].replace("\x00", ""),
        )


def cases(asked: Asked, user: User, now: datetime) -> HoldQuerySet:
    """Build the filtered and sorted queryset."""
    holds = Hold.objects.visible_to(user)
    if asked.decided:
        holds = holds.filter(state__in=[HoldState.RELEASED, HoldState.REJECTED])
    else:
        holds = holds.open()
    if asked.state and not asked.decided:
        holds = holds.filter(state=asked.state)
    if asked.mine:
        holds = holds.filter(owner=user)
    if asked.due:
        holds = holds.filter(deadline__lt=now + timedelta(days=1))
    if asked.severity:
        holds = holds.filter(severity=asked.severity)
    if asked.to:
        holds = holds.filter(declaration__to_country=asked.to)
    if asked.origin:
        holds = holds.filter(declaration__from_country=asked.origin)
    if asked.words:
        words = asked.words
        holds = holds.filter(
            Q(number__iexact=words)
            | Q(declaration__order_number__iexact=words)
            | Q(title__icontains=words)
            | Q(declaration__seller__name__icontains=words)
            | Q(declaration__buyer_name__icontains=words)
        )
    return holds.order_by(*SORTS[asked.sort])


def page(asked: Asked, user: User, now: datetime, number: str | None) -> Page[Hold]:
    """Take one page of the queue."""
    return Paginator(cases(asked, user, now).with_case(), PAGE).get_page(number)


def neighbours(hold: Hold, asked: Asked, user: User, now: datetime) -> tuple[str, str]:
    """Find the case before and after this one in the queue, by number."""
    near = list(cases(asked, user, now).values_list("number", flat=True)[:500])
    if hold.number not in near:
        return "", near[0] if near else ""
    place = near.index(hold.number)
    return near[place - 1] if place else "", near[place + 1] if place + 1 < len(near) else ""


def as_csv(asked: Asked, user: User, now: datetime) -> Iterator[str]:
    """Write the queue as lines of CSV, 10,000 at most."""
    yield ",".join(COLUMNS) + "\r\n"
    rows = cases(asked, user, now).with_case()[:10_000]
    for hold in rows.iterator(chunk_size=500):
        declaration = hold.declaration
        line = io.StringIO()
        csv.writer(line).writerow(
            _safe(value)
            for value in (
                hold.number,
                hold.state,
                declaration.order_number,
                declaration.seller.name,
                declaration.buyer_name,
                declaration.from_country,
                declaration.to_country,
                hold.title,
                hold.severity,
                hold.value_amount,
                hold.currency,
                hold.value_euro,
                hold.cost_per_day_euro,
                hold.deadline.isoformat(),
                hold.owner or "",
            )
        )
        yield line.getvalue()


def _safe(value: object) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text
