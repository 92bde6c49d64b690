"""Our margin on exchange: proposed for a pair and tier from a day on, agreed by a second person."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.currency import rates
from marketplace.currency.actions import AlreadyDecided, NotYourDesk
from marketplace.currency.events import MarginChanged
from marketplace.currency.models import SpreadChange
from marketplace.currency.table import RateTable, Tier
from marketplace.events.bus import publish
from marketplace.kit.money import CURRENCIES, Money
from marketplace.kit.refusal import Refusal

LARGEST: Final = 2000
EXAMPLES: Final = (Decimal(10), Decimal(100), Decimal(1000))
USUAL: Final = ("EUR", "USD", "GBP", "JPY")
Key = tuple[str, str, str]


class BadMargin(Refusal):
    """A margin that cannot be kept."""

    words = _("{problem}")
    status = 422


class SecondPersonNeeded(Refusal):
    """The person who proposed a margin may not agree to it."""

    words = _("Somebody else must agree to this margin: you proposed it.")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a buyer pays for one amount today, and with the other margin."""

    amount: Money
    basis_points: int
    then_points: int
    now: Money
    then: Money

    @property
    def more(self) -> Money:
        return self.then - self.now


@dataclass(frozen=True, slots=True)
class Wanted:
    """A margin as it is asked for; None as points ends the rule."""

    base: str
    quote: str
    tier: str
    points: int | None

    @property
    def key(self) -> Key:
        return (self.base, self.quote, self.tier)


def check(wanted: Wanted) -> None:
    """Refuse codes that are no currencies, a pair of one, and margins of a fifth or more."""
    for code in (wanted.base, wanted.quote):
        if code and code not in CURRENCIES:
            raise BadMargin(
                problem=_("%(code)s is not a currency. Leave the field empty for all.") % {"code": code}
            )
    if wanted.base and wanted.base == wanted.quote:
        raise BadMargin(problem=_("A currency is not exchanged into itself. Choose two different ones."))
    if wanted.tier not in {tier.value for tier in Tier}:
        raise BadMargin(problem=_("Choose for whom the margin is: everybody, businesses or sellers."))
    if wanted.points is not None and not 0 <= wanted.points < LARGEST:
        raise BadMargin(problem=_("The margin is a whole number of basis points from 0 to 1999."))


def effects(table: RateTable, wanted: Wanted) -> list[Effect]:
    """Show on example amounts what changes, for the pair or, where a side is open, for usual ones."""
    check(wanted)
    after: dict[Key, int] = {key: points for key, points in table.spreads.items() if key != wanted.key}
    if wanted.points is not None:
        after[wanted.key] = wanted.points
    changed = replace(table, spreads=after)
    found = []
    for base, quote in _pairs(table, wanted):
        for size in EXAMPLES:
            amount = Money(size, base)
            before, then = (one.customer_rate(base, quote, wanted.tier) for one in (table, changed))
            found.append(
                Effect(
                    amount, before.spread_bp, then.spread_bp, Money(size * before.rate, quote).rounded(),
                    Money(size * then.rate, quote).rounded(),
                )
            )  # fmt: skip
    return found


def _pairs(table: RateTable, wanted: Wanted) -> list[tuple[str, str]]:
    bases = [wanted.base] if wanted.base else [code for code in USUAL if code != wanted.quote][:2]
    quotes = [wanted.quote] if wanted.quote else list(USUAL)
    known = {"EUR", *table.per_euro}
    pairs = [(b, q) for b in bases for q in quotes if b != q and {b, q} <= known]
    return pairs[:3]


@transaction.atomic
def propose(wanted: Wanted, *, valid_from: date, reason: str, by: User, at: datetime) -> SpreadChange:
    """Keep a margin that shall count from a day on, until somebody else agrees."""
    _finance(by)
    check(wanted)
    if valid_from < at.date():
        raise BadMargin(problem=_("The first day is over. Choose today or a later day."))
    if not reason.strip():
        raise BadMargin(problem=_("Say why the margin changes. The second person reads it."))
    return SpreadChange.objects.create(
        number=f"MAR-{at:%y%m%d}-{secrets.token_hex(4).upper()}", base=wanted.base, quote=wanted.quote,
        tier=wanted.tier[:20], basis_points=wanted.points, valid_from=valid_from, reason=reason.strip()[:200],
        proposed_by=by, proposed_at=at,
    )  # fmt: skip


@transaction.atomic
def agree(*, number: str, by: User, at: datetime) -> SpreadChange:
    """Let a proposed margin count from its day, or from today if that is over; never by who proposed it."""
    change = _waiting(number, by)
    if change.proposed_by_id == by.pk:
        raise SecondPersonNeeded
    change.valid_from = max(change.valid_from, at.date())
    _decide(change, SpreadChange.State.ACTIVE, by, at)
    publish(MarginChanged(subject=change.number, valid_from=change.valid_from.isoformat()))
    rates.forget()
    transaction.on_commit(rates.forget)
    return change


@transaction.atomic
def reject(*, number: str, by: User, at: datetime) -> SpreadChange:
    """Put a proposed margin aside; who proposed it may do so too."""
    return _decide(_waiting(number, by), SpreadChange.State.REJECTED, by, at)


def _decide(change: SpreadChange, state: str, by: User, at: datetime) -> SpreadChange:
    change.state, change.decided_by, change.decided_at = state, by, at
    change.save(update_fields=["state", "valid_from", "decided_by", "decided_at"])
    return change


def _waiting(number: str, by: User) -> SpreadChange:
    _finance(by)
    change = SpreadChange.objects.select_for_update().get(number=number)
    if change.state != SpreadChange.State.DRAFT:
        raise AlreadyDecided
    return change


def _finance(by: User) -> None:
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk


def in_force(table: RateTable) -> Mapping[Key, int]:
    """Give today's margins, the most exact first."""
    return dict(sorted(table.spreads.items(), key=lambda row: (-sum(map(bool, row[0])), row[0])))
