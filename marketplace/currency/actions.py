"""Every change to rates: load, enter, approve, lock, use."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.currency import rates
from marketplace.currency.events import RatesPublished
from marketplace.currency.files import DayOfRates
from marketplace.currency.models import FxLock, Rate, RateSet
from marketplace.events.bus import publish
from marketplace.kit.explain import Certainty
from marketplace.kit.refusal import Refusal

HELD_FOR: Final = timedelta(minutes=30)
ABSURD_JUMP: Final = Decimal("0.25")


class NotYourDesk(Refusal):
    """Only the finance desk enters or approves rates."""

    words = _("Only the finance desk may do this.")
    status = 403


class SecondPersonNeeded(Refusal):
    """The person who entered the rates may not approve them."""

    words = _("Somebody else must approve these rates: you entered them.")


class AlreadyDecided(Refusal):
    """The set was approved or rejected before."""

    words = _("These rates were decided already.")


class RatesTooOld(Refusal):
    """A stale rate is never locked."""

    words = _("The exchange rates are too old for a fixed price. Try again later.")


class LockExpired(Refusal):
    """The half hour is over."""

    words = _("The exchange rate was held until {expires_at}. Ask for a new price.")


class LockUsed(Refusal):
    """A lock serves one deal."""

    words = _("This exchange rate was used already. Ask for a new price.")


@transaction.atomic
def load(found: DayOfRates, *, source: str, at: datetime) -> RateSet:
    """Put a day of rates in force; the same day again changes nothing, an absurd jump waits for a person."""
    same = (
        RateSet.objects.filter(source=source, as_of=found.as_of).exclude(state=RateSet.State.REJECTED).first()
    )
    if same is not None and source != RateSet.Source.OPERATOR:
        return same
    before = rates.current().per_euro
    jumps = [
        code
        for code, rate in found.per_euro.items()
        if code in before and abs(rate / before[code] - 1) > ABSURD_JUMP
    ]
    state = RateSet.State.DRAFT if jumps else RateSet.State.ACTIVE
    rate_set = _store(found, source=source, state=state, at=at, by=None)
    if state == RateSet.State.ACTIVE:
        _publish(rate_set, found.per_euro)
    return rate_set


@transaction.atomic
def load_history(days: Sequence[DayOfRates], *, at: datetime) -> int:
    """Keep days of the central bank that are missing here; return how many.

    Days after the one in force are loaded as if they came one by one; earlier ones are for looking back
    (statements, tax returns). A day with an absurd jump waits for a person.
    """
    known = set(RateSet.objects.filter(source=RateSet.Source.ECB).values_list("as_of", flat=True))
    in_force, kept = rates.current().as_of, 0
    before: DayOfRates | None = None
    for found in sorted(days, key=lambda one: one.as_of):
        if found.as_of not in known:
            kept += 1
            if found.as_of > in_force:
                load(found, source=RateSet.Source.ECB, at=at)
            else:
                state = RateSet.State.DRAFT if before and _jumps(found, before) else RateSet.State.ACTIVE
                _store(found, source=RateSet.Source.ECB, state=state, at=at, by=None)
        before = found
    return kept


def _jumps(found: DayOfRates, before: DayOfRates) -> bool:
    return any(
        code in before.per_euro and abs(rate / before.per_euro[code] - 1) > ABSURD_JUMP
        for code, rate in found.per_euro.items()
    )


@transaction.atomic
def enter(found: DayOfRates, *, by: User, at: datetime) -> RateSet:
    """Keep rates that a person enters, with source and day, until a second person approves them."""
    _finance(by)
    return _store(found, source=RateSet.Source.OPERATOR, state=RateSet.State.DRAFT, at=at, by=by)


@transaction.atomic
def approve(*, number: str, by: User, at: datetime) -> RateSet:
    """Put entered rates in force; never by the person who entered them."""
    rate_set = _waiting(number, by)
    if rate_set.entered_by_id == by.pk:
        raise SecondPersonNeeded
    rate_set.state, rate_set.approved_by, rate_set.decided_at = RateSet.State.ACTIVE, by, at
    rate_set.save(update_fields=["state", "approved_by", "decided_at"])
    _publish(rate_set, dict(rate_set.rates.values_list("currency", "per_euro")))
    return rate_set


@transaction.atomic
def reject(*, number: str, by: User, at: datetime) -> RateSet:
    """Refuse entered rates."""
    rate_set = _waiting(number, by)
    rate_set.state, rate_set.decided_at = RateSet.State.REJECTED, at
    rate_set.save(update_fields=["state", "decided_at"])
    return rate_set


@transaction.atomic
def lock(pairs: Iterable[tuple[str, str]], at: datetime, tier: str = "") -> FxLock:
    """Hold the customer's rates of these (base, quote) pairs for half an hour; stale rates are refused."""
    table = rates.current()
    kept: dict[str, dict[str, str | int]] = {}
    for base, quote in sorted(set(pairs)):
        if base == quote:
            continue
        if table.certainty(at.date(), base, quote) != Certainty.FIXED:
            raise RatesTooOld
        found = table.customer_rate(base, quote, tier)
        kept[f"{base}/{quote}"] = {
            "market": str(found.market),
            "rate": str(found.rate),
            "spread_bp": found.spread_bp,
            "as_of": found.as_of.isoformat(),
            "source": found.source,
        }
    return FxLock.objects.create(
        number=f"FX-{secrets.token_hex(6).upper()}",
        rates=kept,
        table_version=table.version,
        locked_at=at,
        expires_at=at + HELD_FOR,
    )


@transaction.atomic
def use_lock(number: str, used_by: str, at: datetime) -> FxLock:
    """Spend a lock on one deal; the same deal may ask again, another or a late one is refused."""
    held = FxLock.objects.select_for_update().get(number=number)
    if held.used_by == used_by:
        return held
    if held.used_by is not None:
        raise LockUsed
    if at >= held.expires_at:
        raise LockExpired(expires_at=f"{held.expires_at:%H:%M} UTC")
    held.used_by, held.used_at = used_by, at
    held.save(update_fields=["used_by", "used_at"])
    return held


def _store(found: DayOfRates, *, source: str, state: str, at: datetime, by: User | None) -> RateSet:
    rate_set = RateSet.objects.create(
        number=f"RATES-{found.as_of:%y%m%d}-{secrets.token_hex(3).upper()}",
        source=source,
        as_of=found.as_of,
        loaded_at=at,
        state=state,
        origin=found.origin[:200],
        entered_by=by,
    )
    Rate.objects.bulk_create(
        Rate(rate_set=rate_set, currency=code, per_euro=rate) for code, rate in sorted(found.per_euro.items())
    )
    return rate_set


def _publish(rate_set: RateSet, per_euro: Mapping[str, Decimal]) -> None:
    publish(
        RatesPublished(
            subject=rate_set.number,
            as_of=rate_set.as_of.isoformat(),
            source=rate_set.source,
            currencies=sorted(per_euro),
        )
    )
    rates.forget()
    transaction.on_commit(rates.forget)


def _waiting(number: str, by: User) -> RateSet:
    _finance(by)
    rate_set = RateSet.objects.select_for_update().get(number=number)
    if rate_set.state != RateSet.State.DRAFT:
        raise AlreadyDecided
    return rate_set


def _finance(by: User) -> None:
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk
