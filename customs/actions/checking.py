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
from customs.amounts import in_euro
from customs.clearance import Found, examine
from customs.events import ClearancePassed, HoldOpened
from customs.grounds import gather
from customs.models import (
    Declaration,
    DeclarationState,
    Finding,
    Hold,
    ListedParty,
    ScreeningHit,
    Severity,
    next_id,
)
from customs.refusals import NothingDeclared
from customs.screening import HOLD_FROM, Match, Party, fingerprint_of
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
    kept = tuple(pair for pair in given.matches if _still_open(declaration, *pair, at=at))
    outcome = examine(replace(given, matches=kept))
    declaration.checks = list(outcome.checks)
    declaration.checked_at = at
    if outcome.holds:
        return open_hold(declaration=declaration, found=outcome.found, at=at)
    declaration.move_to(DeclarationState.CHECKED)
    declaration.save(update_fields=["state", "checks", "checked_at"])
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
            currency=declaration.currency,
            source=one.source[:300],
            legal_ref=one.legal_ref[:200],
        )
        for one in found
    )
    declaration.move_to(DeclarationState.HELD)
    declaration.save(update_fields=["state", "checks", "checked_at"])
    shipments.hold(declaration.order_number)
    rules = tuple(dict.fromkeys(one.rule for one in found if one.severity >= Severity.PAPERS))
    publish(
        HoldOpened(
            subject=declaration.order_number,
            hold=hold.number,
            declaration=declaration.number,
            rules=rules,
            title=hold.title,
            deadline=hold.deadline.isoformat(),
        )
    )
    return hold


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


def _still_open(declaration: Declaration, party: Party, match: Match, *, at: datetime) -> bool:
    """Record a near name as a hit; a pair that was cleared stays cleared until either side changes."""
    if match.score.total < HOLD_FROM:
        return False
    listed = ListedParty.objects.get(pk=match.listed.key)
    print_of_ours = party.fingerprint()
    hit, _made = ScreeningHit.objects.get_or_create(
        party_fingerprint=print_of_ours,
        listed=listed,
        listed_fingerprint=listed.fingerprint or fingerprint_of([listed.name, listed.aliases]),
        defaults={
            "declaration": declaration,
            "party": {
                "name": party.name,
                "country": party.country,
                "born": party.born,
                "identifiers": list(party.identifiers),
            },
            "listed_snapshot": {
                "name": listed.name,
                "aliases": listed.aliases[:20],
                "countries": listed.countries,
                "born": listed.born,
                "source": listed.source,
                "entry": listed.entry,
            },
            "score": match.score.total,
            "parts": [
                {
                    "field": p.field,
                    "ours": p.ours,
                    "theirs": p.theirs,
                    "verdict": p.verdict,
                    "adds": str(p.adds),
                }
                for p in match.score.parts
            ],
            "found_at": at,
        },
    )
    expired = hit.expires_on is not None and hit.expires_on < at.date()
    return hit.state != ScreeningHit.State.CLEARED or expired
