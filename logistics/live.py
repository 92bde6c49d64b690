"""Live carriers beside the rate card: prices that hold for half an hour, bookings that happen once, news.

Everything here that speaks to a carrier runs in the worker of the queue "carriers". A carrier that is silent,
broken or says no never stops a sale or a parcel: the rate card takes over and says so.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from logistics import packing, workdays
from logistics.carriers import live as port
from logistics.carriers.base import BookingParcel
from logistics.models import LiveQuestion, LiveService
from logistics.options import Consignment, RouteLeg, RouteOption
from marketplace.kit.explain import Certainty, Charge, RuleRef
from marketplace.kit.money import Money

HOLDS_FOR: Final = timedelta(minutes=30)
WAIT_FOR: Final = timedelta(seconds=45)  # then a question without an answer counts as silence
NO_DAYS: Final = (3, 8)  # working days where the carrier names none
log = logging.getLogger(__name__)


@lru_cache(maxsize=4)
def _read(text: str) -> tuple[port.Account, ...]:
    return port.read_accounts(text)


def accounts() -> tuple[port.Account, ...]:
    """Return the live carriers of the settings; usually there is none."""
    return _read(settings.LIVE_CARRIERS)


def account_of(carrier: str) -> port.Account | None:
    """Find our account with a carrier."""
    return next((one for one in accounts() if one.carrier == carrier), None)


@dataclass(frozen=True, slots=True)
class Question:
    """What live carriers are asked about a consignment, and the name under which the answer is kept."""

    key: str
    asked: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known to a question: ways that can be sold, what to tell the buyer, whether we still wait."""

    options: tuple[RouteOption, ...] = ()
    notes: tuple[str, ...] = ()
    waiting: bool = False
    asked: bool = True


def question(consignment: Consignment, on: date) -> Question | None:
    """Put a consignment into a question; only what fits into one parcel is asked for."""
    if not accounts() or any(p.gross_weight_kg <= 0 or min(p.size_cm) <= 0 for p in consignment.pieces):
        return None
    goods = [(p.sku, p.quantity, p.gross_weight_kg, p.size_cm) for p in consignment.pieces]
    boxes = packing.cartons(goods) if sum(p.quantity for p in consignment.pieces) <= 200 else []
    if len(boxes) != 1 or any(p.traits.cold or p.traits.battery_wh for p in consignment.pieces):
        return None
    places = {
        name: {"country": p.country, "postal_code": p.postal_code, "town": p.town, "region": p.region}
        for name, p in (("sender", consignment.origin), ("recipient", consignment.destination))
    }
    asked = places | {
        "kg": str(boxes[0].gross_weight_kg), "size_cm": [str(side) for side in boxes[0].size_cm],
        "value": str(consignment.value.amount), "currency": consignment.value.currency,
        "on": on.isoformat(), "duty_paid": consignment.terms == "DDP",
    }  # fmt: skip
    text = json.dumps([asked, [a.carrier for a in accounts()]], sort_keys=True)
    return Question(sha256(text.encode()).hexdigest(), asked)


def hear(questions: Iterable[Question], at: datetime) -> dict[str, Heard]:
    """Read what is known to some questions, in one statement."""
    wanted = {one.key: one for one in questions}
    rows = LiveQuestion.objects.filter(key__in=list(wanted), asked_at__gt=at - HOLDS_FOR)
    found = {row.key: _heard(row, at) for row in rows}
    return {key: found.get(key, Heard(asked=False)) for key in wanted}


def _heard(row: LiveQuestion, at: datetime) -> Heard:
    if row.answered_at is None:
        if at - row.asked_at < WAIT_FOR:
            return Heard(waiting=True)
        names = [account.name for account in accounts()]
        return Heard(notes=tuple(_silent(name) for name in names))
    options = tuple(_option(rate, row) for rate in row.rates)
    return Heard(options, tuple(_silent(name) for name, _why in row.troubles))


def _silent(name: str) -> str:
    words = _("%(carrier)s gave us no price just now. The prices here are from our own rate card.")
    return words % {"carrier": name}


def _option(rate: Mapping[str, Any], row: LiveQuestion) -> RouteOption:
    asked = row.asked
    price = Money(Decimal(rate["price"]), rate["currency"])
    start, end = asked["sender"], asked["recipient"]
    earliest, latest = window(start["country"], end["country"], date.fromisoformat(asked["on"]), rate["days"])
    account = account_of(rate["carrier"])
    answered = f"{row.answered_at:%Y-%m-%d %H:%M} UTC"
    rule = RuleRef(id=rate["code"], source=f"{port.KNOWN[rate['carrier']]}, {answered}")
    leg = RouteLeg(
        start["town"] or start["country"], end["town"] or end["country"], "air", 0,
        rate["days"] or NO_DAYS[0], rate["days"] or NO_DAYS[1], price,
    )  # fmt: skip
    charge = Charge("freight", None, rate["name"], None, "", price, Certainty.FIXED, rule, price, "air")
    return RouteOption(
        code=rate["code"], label=rate["name"], carrier=port.KNOWN[rate["carrier"]], mode="air", legs=(leg,),
        price=price, onward_transport=Money(Decimal(0), price.currency), earliest=earliest, latest=latest,
        certainty=Certainty.FIXED, duty_paid_label=bool(account and account.pays_duty), charges=(charge,),
        warnings=(), version=answered, illustrative=False,
    )  # fmt: skip


def window(origin: str, destination: str, on: date, days: int | None) -> tuple[date, date]:
    """One to two working days of handling, the carrier's days, and two where a border may hold it."""
    least, most = (days, days) if days else NO_DAYS
    border = 0 if origin == destination else 2
    first = workdays.add_working_days(destination, workdays.add_working_days(origin, on, 1), least)
    last = workdays.add_working_days(destination, workdays.add_working_days(origin, on, 2), most + border)
    return first, last


@transaction.atomic
def ask(one: Question, at: datetime) -> bool:
    """Put a question to the carriers' worker, once in half an hour."""
    fresh = {"asked": dict(one.asked), "asked_at": at, "answered_at": None, "rates": [], "troubles": []}
    row, made = LiveQuestion.objects.select_for_update().get_or_create(key=one.key, defaults=fresh)
    if not made:
        if row.asked_at > at - HOLDS_FOR:
            return False
        LiveQuestion.objects.filter(pk=row.pk).update(**fresh)
    transaction.on_commit(lambda: current_app.tasks["carriers.rates"].delay(key=one.key))
    return True


def answer(key: str, at: datetime) -> int:
    """Ask every live carrier and keep what they say; only the carriers' worker can do this."""
    from logistics.carriers.sdk import Live

    row = LiveQuestion.objects.get(key=key)
    rates: list[port.LiveRate] = []
    troubles: list[list[str]] = []
    for account in accounts():
        try:
            rates += Live(account).rates(_asked(row.asked, duty_paid=account.pays_duty))
        except port.CarrierRefuses as no:
            log.info("%s offers nothing for %s: %s", account.name, key[:12], no)
        except port.CarrierUnavailable as trouble:
            log.warning("%s gave no price: %s", account.name, trouble)
            troubles.append([account.name, str(trouble)])
    kept = [
        {
            "code": one.code, "carrier": one.carrier, "service": one.service, "days": one.days,
            "name": _full_name(one), "price": str(one.price.amount), "currency": one.price.currency,
        }
        for one in rates
    ]  # fmt: skip
    for one in kept:
        LiveService.objects.update_or_create(
            code=one["code"], defaults={name: one[name] for name in ("carrier", "service", "name")}
        )
    LiveQuestion.objects.filter(pk=row.pk).update(rates=kept, troubles=troubles, answered_at=at)
    return len(kept)


def _full_name(rate: port.LiveRate) -> str:
    """The carrier's name before the service's, no word twice: "DHL EXPRESS 12:00"."""
    words = port.KNOWN[rate.carrier].split()
    first = rate.name.split()[0].casefold() if rate.name else ""
    known = [word.casefold() for word in words]
    before = words[: known.index(first)] if first in known else words
    return " ".join([*before, rate.name])[:120]


def _asked(asked: Mapping[str, Any], *, duty_paid: bool) -> port.Asked:
    length, width, height = (Decimal(side) for side in asked["size_cm"])
    return port.Asked(
        sender=asked["sender"], recipient=asked["recipient"],
        parcel=BookingParcel("1", Decimal(asked["kg"]), (length, width, height)),
        value=Money(Decimal(asked["value"]), asked["currency"]), on=date.fromisoformat(asked["on"]),
        duty_paid=duty_paid and bool(asked["duty_paid"]),
    )  # fmt: skip
