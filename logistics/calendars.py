"""Calendars of ways: days, cut-off, room and days off from a day on; what counts already is never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from logistics import network
from logistics.models import Leg, LegCalendar, ServiceVersion
from logistics.workdays import WEEK
from marketplace.accounts.models import User
from marketplace.kit.refusal import Refusal

MOST_CLOSED: Final = 60
LARGEST_KG, LARGEST_CBM = Decimal(999_999), Decimal(99_999)


class BadCalendar(Refusal):
    words = _("{what}")
    status = 422


class CountsAlready(Refusal):
    words = _("This calendar counts already. Add another one from a later day.")


@dataclass(frozen=True, slots=True)
class Typed:
    """What an operator typed."""

    valid_from: str
    days: Sequence[str] = ()
    cut_off: str = ""
    kg: str = ""
    cbm: str = ""
    closed: Sequence[str] = field(default_factory=tuple)


def legs_in_force(on: date, words: str = "") -> list[Leg]:
    """Ways of the versions that count on a day, some by a part of their ends."""
    versions = ServiceVersion.objects.filter(state=ServiceVersion.State.ACTIVE, valid_from__lte=on)
    rows = Leg.objects.filter(
        version__in=[v.pk for v in versions if v.valid_until is None or v.valid_until >= on]
    )
    rows = rows.select_related("version__service").order_by("start", "end", "mode", "pk")
    found = words.casefold()
    return [leg for leg in rows if found in f"{leg.start} {leg.end}".casefold()]


def of(leg: Leg) -> list[LegCalendar]:
    """Every calendar of a way, the latest first."""
    rows = LegCalendar.objects.filter(
        service=leg.version.service_id, start=leg.start, end=leg.end, mode=leg.mode
    )
    return list(rows.select_related("decided_by").order_by("-valid_from"))


@transaction.atomic
def add(*, leg: Leg, typed: Typed, by: User, today: date, at: datetime) -> LegCalendar:
    """Let a way depart by a new calendar from a day on, which may be today but never earlier."""
    since = _day(typed.valid_from, _("Give the first day."))
    if since < today:
        raise BadCalendar(what=_("The first day is over. Prices of the past stay as they were."))
    if LegCalendar.objects.filter(
        service=leg.version.service_id, start=leg.start, end=leg.end, mode=leg.mode, valid_from=since
    ).exists():
        raise BadCalendar(what=_("There is a calendar from this day on. Choose another first day."))
    made = LegCalendar.objects.create(
        service_id=leg.version.service_id, start=leg.start, end=leg.end, mode=leg.mode, valid_from=since,
        departs_on=_days(typed.days), cut_off=_time(typed.cut_off),
        capacity_kg=_room(typed.kg, LARGEST_KG), capacity_cbm=_room(typed.cbm, LARGEST_CBM),
        closed_on=_closed(typed.closed), decided_by=by, decided_at=at,
    )  # fmt: skip
    transaction.on_commit(network.forget)
    return made


@transaction.atomic
def take_back(*, calendar_id: int, today: date) -> None:
    """Remove a calendar that does not count yet."""
    row = LegCalendar.objects.select_for_update(of=("self",)).get(pk=calendar_id)
    if row.valid_from <= today:
        raise CountsAlready
    row.delete()
    transaction.on_commit(network.forget)


def _day(text: str, words: object) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as bad:
        raise BadCalendar(what=words) from bad


def _days(days: Sequence[str]) -> str:
    if unknown := [day for day in days if day not in WEEK]:
        raise BadCalendar(what=_("“%(day)s” is no day of the week.") % {"day": unknown[0][:20]})
    return ",".join(day for day in WEEK if day in days)


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as bad:
        raise BadCalendar(what=_("Write the cut-off as hours and minutes, such as 14:30.")) from bad


def _room(text: str, most: Decimal) -> Decimal | None:
    if not text.strip():
        return None
    try:
        room = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as bad:
        raise BadCalendar(what=_("Weight and room are numbers above zero, or empty.")) from bad
    if not room.is_finite() or not 0 < room <= most:
        raise BadCalendar(what=_("Weight and room are numbers above zero, or empty."))
    return room


def _closed(days: Sequence[str]) -> list[str]:
    words = _("Write days off as 2026-12-25, one in a line.")
    found = sorted({_day(day, words).isoformat() for day in days if day.strip()})
    if len(found) > MOST_CLOSED:
        raise BadCalendar(what=_("At most 60 days off in one calendar."))
    return found
