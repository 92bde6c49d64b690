"""Run the checks and, where they find something, open exactly one hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import transaction

from customs import shipments
from customs.actions.catalogue import close_answered, note_repeated
from customs.actions.history import tell
from customs.actions.hits import remember_parties, undecided
from customs.amounts import in_euro
from customs.clearance import Found, examine
from customs.events import ClearancePassed, FindingAdded, HoldOpened
from customs.grounds import gather, parties_of
from customs.models import (
    Declaration,
    DeclarationState,
    Finding,
    Hold,
    Severity,
    next_id,
)
from customs.refusals import NothingDeclared
from marketplace.events.bus import publish
from marketplace.kit.money import Money

PERISHABLE: Final = ("02", "03", "04", "06", "07", "08")


@transaction.atomic
def check_clearance(*, order_number: str, at: datetime) -> Hold | None:
    """Check a drafted declaration once: it passes, or one hold opens with all findings."""
    declaration = Declaration.objects.select_for_update().filter(order_number=order_number).first()
    if declaration is None:
        raise NothingDeclared(order=order_number)
    if declaration.state != DeclarationState.DRAFTED:
        return declaration.holds.order_by("pk").last()
    given = gather(declaration, at)
    kept = undecided(declaration, given.matches, at=at)
    outcome = examine(replace(given, matches=kept))
    remember_parties(parties_of(declaration), fresh=not given.stale_lists, at=at)
    declaration.checks = list(outcome.checks)
    declaration.risk_percent, declaration.lane = given.risk.percent, given.risk.lane
    declaration.checked_at = at
    if outcome.holds:
        return open_hold(declaration=declaration, found=outcome.found, at=at)
    close_answered(declaration, at=at)
    declaration.move_to(DeclarationState.CHECKED)
    declaration.save(update_fields=["state", "checks", "checked_at", "risk_percent", "lane"])
    publish(ClearancePassed(subject=declaration.order_number, declaration=declaration.number))
    return None


@transaction.atomic
def open_hold(*, declaration: Declaration, found: Sequence[Found], at: datetime) -> Hold:
    """Stop the shipment and put the case into the operators' queue; the open hold is found again."""
    known = Hold.objects.open().filter(declaration=declaration).first()
    if known is not None:
        return known
    worst = max(one.severity for one in found)
    effect = sum((one.effect for one in found if one.effect), Decimal(0))
    key = next_id(Hold)
    hold = Hold.objects.create(
        pk=key,
        number=f"HLD-{key:06d}",
        declaration=declaration,
        title=_title(found),
        severity=worst,
        opened_at=at,
        deadline=at + timedelta(hours=24 if _spoils(declaration) or worst == Severity.STOP else 48),
        value_amount=declaration.value_amount,
        currency=declaration.currency,
        value_euro=declaration.value_euro,
        effect_amount=effect,
        cost_per_day_euro=cost_per_day(declaration),
        needs_second=_needs_second(declaration, effect),
    )
    _write(hold, found)
    declaration.move_to(DeclarationState.HELD)
    declaration.save(update_fields=["state", "checks", "checked_at", "risk_percent", "lane"])
    shipments.hold(declaration.order_number)
    rules = tuple(dict.fromkeys(one.rule for one in found if one.severity >= Severity.PAPERS))
    note_repeated(hold, at=at)
    tell(
        hold,
        HoldOpened(
            subject=declaration.order_number,
            hold=hold.number,
            declaration=declaration.number,
            rules=rules,
            title=hold.title,
            deadline=hold.deadline.isoformat(),
        ),
    )
    return hold


@transaction.atomic
def add_findings(*, declaration: Declaration, found: Sequence[Found], at: datetime) -> Hold:
    """Add what a later check found: to the open case, or as a new one; known findings stay single."""
    known = Hold.objects.open().select_for_update(of=("self",)).filter(declaration=declaration).first()
    if known is None:
        return open_hold(declaration=declaration, found=found, at=at)
    there = set(known.findings.values_list("rule", "words"))
    fresh = [one for one in found if (one.rule, one.words[:200]) not in there]
    if fresh:
        _write(known, fresh)
        known.severity = max(known.severity, *(one.severity for one in fresh))
        known.version += 1
        known.save(update_fields=["severity", "version"])
        rules = tuple(dict.fromkeys(one.rule for one in fresh))
        tell(
            known,
            FindingAdded(
                subject=declaration.order_number, hold=known.number, rules=rules, title=fresh[0].words[:200]
            ),
        )
    return known


def _write(hold: Hold, found: Sequence[Found]) -> None:
    Finding.objects.bulk_create(
        Finding(
            hold=hold,
            line=one.line,
            rule=one.rule,
            rule_version=one.version,
            severity=one.severity,
            words=one.words[:200],
            way_out=one.way_out[:300],
            evidence=one.evidence,
            effect_amount=one.effect,
            currency=hold.currency,
            source=one.source[:300],
            legal_ref=one.legal_ref[:200],
        )
        for one in found
    )


def cost_per_day(declaration: Declaration) -> Decimal:
    """Estimate what a day of waiting costs: storage by weight and a share of the value."""
    weights = [line.gross_weight_kg or Decimal(0) for line in declaration.lines.all()]
    share = (declaration.value_euro or Decimal(0)) * Decimal("0.002")
    return (Decimal(4) + sum(weights, Decimal(0)) * Decimal("0.15") + share).quantize(Decimal("0.01"))


def _needs_second(declaration: Declaration, effect: Decimal) -> bool:
    euro = declaration.value_euro
    effect_euro = in_euro(Money(effect, declaration.currency))
    if euro is None or effect_euro is None:
        return True
    return (
        euro >= settings.CUSTOMS_SECOND_PERSON_EUR or effect_euro >= settings.CUSTOMS_SECOND_PERSON_EFFECT_EUR
    )


def _spoils(declaration: Declaration) -> bool:
    return any(line.hs_code.startswith(PERISHABLE) for line in declaration.lines.all())


def _title(found: Sequence[Found]) -> str:
    stopping = [
        one for one in sorted(found, key=lambda one: -one.severity) if one.severity >= Severity.PAPERS
    ]
    words = list(dict.fromkeys(one.words for one in stopping))
    more = f" (+{len(words) - 1})" if len(words) > 1 else ""
    return f"{words[0][: 190 - len(more)]}{more}"
