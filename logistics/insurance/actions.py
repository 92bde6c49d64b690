"""Quote, bind and claim: cover begins with the first carrier scan and ends with the claim window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Protocol

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from logistics.insurance.models import Claim, ClaimState, CoverRow, Policy
from logistics.insurance.premium import CoverTerms, payout, premium
from marketplace.accounts.models import Company, User
from marketplace.kit.explain import RuleRef
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal

REVIEW_WITHIN: Final = timedelta(hours=48)
PARCEL_EXCLUSIONS: Final = [
    "Loss before the carrier's first scan.",
    "Bad packing, ordinary wear, delay, and faults the goods already had.",
    "Spoiled cold goods, unless the frozen clause is bought.",
    "Cash, gold bars, live animals, weapons, tobacco.",
]
WINDOWS: Final = {"damaged": 30, "not_received": 10, "lost": 60, "temperature": 7}
INSURER: Final = "Sampan protection plan (illustrative)"
SOURCE: Final = "Sampan house terms; rates in the range of EasyPost 1.0 % and ICC cargo 0.1-0.3 % (facts 4)"
# code, label, clause, mode, goods, rate, minimum, deductible rate, exclusions
PRODUCTS: Final[tuple[tuple[str, str, str, str, str, str, str, str, list[str]], ...]] = (
    ("PARCEL", "Parcel cover", "parcel", "*", "*", "0.0100", "1.00", "0", PARCEL_EXCLUSIONS),
    (
        "CARGO-A",
        "Sea cargo, all risks",
        "ICC A",
        "sea",
        "*",
        "0.0025",
        "25.00",
        "0.005",
        ["Wilful misconduct, bad packing, delay, war, nuclear risks."],
    ),
    (
        "REEFER",
        "Frozen cargo",
        "ICC A frozen food",
        "reefer",
        "frozen",
        "0.0045",
        "40.00",
        "0.01",
        ["Spoiling without a stop of the cooling machine above 24 hours.", "War, delay, bad packing."],
    ),
    (
        "COLD-AIR",
        "Cold parcel",
        "parcel, cold",
        "air",
        "frozen",
        "0.0180",
        "2.00",
        "0.02",
        [*PARCEL_EXCLUSIONS[:2], "Goods warmer than -15 °C at pick-up."],
    ),
)


class NoCover(Refusal):
    words = _(
        "No cover is sold for these goods on this way. Send them at your own risk, or choose another way."
    )


class NotBegun(Refusal):
    words = _(
        "Cover begins with the carrier's first scan. Nothing was scanned yet, so there is nothing to claim."
    )


class ClaimTooLate(Refusal):
    words = _("This had to be reported within {days} days. Write to us if something kept you from it.")


class EvidenceMissing(Refusal):
    words = _("Add at least one photo or paper that shows the loss.")
    status = 400


def load_products(on: date = date(2026, 1, 1)) -> int:
    """Write the house's cover rows; a second run changes nothing."""
    for code, label, clause, mode, goods, rate, minimum, deductible, exclusions in PRODUCTS:
        CoverRow.objects.get_or_create(
            code=code,
            valid_from=on,
            defaults={
                "label": label,
                "clause": clause,
                "mode": mode,
                "goods": goods,
                "rate": Decimal(rate),
                "minimum_amount": Decimal(minimum),
                "deductible_rate": Decimal(deductible),
                "exclusions": exclusions,
                "claim_days": WINDOWS,
                "insurer": INSURER,
                "source": SOURCE,
            },
        )
    forget()
    return len(PRODUCTS)


@lru_cache(maxsize=8)
def _rows(database: str, on: date) -> tuple[CoverRow, ...]:  # noqa: ARG001  the key keeps test databases apart
    rows = CoverRow.objects.filter(valid_from__lte=on)
    return tuple(row for row in rows if row.valid_until is None or row.valid_until >= on)


def in_force(on: date) -> tuple[CoverRow, ...]:
    """Return the terms of a day; the same object as long as they are the same."""
    return _rows(str(connection.settings_dict["NAME"]), on)


def forget() -> None:
    """Drop the terms kept in this process; the next question reads the table."""
    _rows.cache_clear()


class Kept(Protocol):
    """Anything that says at which temperature it must be kept, such as a variant."""

    temperature: Any


def goods_class(goods: str | Sequence[Kept]) -> str:
    """Return the class that cover is rated by: frozen as soon as one thing is, else general."""
    if isinstance(goods, str):
        return goods
    return "frozen" if any("frozen" in str(thing.temperature).lower() for thing in goods) else "general"


def cover_for(
    mode: str, goods: str | Sequence[Kept] = "general", on: date | None = None
) -> CoverTerms | None:
    """Return the closest terms for a mode (air, sea, reefer …) and a class of goods, or None."""
    day = on or timezone.now().date()
    goods = goods_class(goods)
    rows = in_force(day)
    if not rows:
        _rows.cache_clear()
        return None
    fits = [row for row in rows if row.mode in {mode, "*"} and row.goods in {goods, "*"}]
    if goods == "frozen":
        fits = [row for row in fits if row.goods == "frozen"]
    best = min(fits, key=lambda row: (row.goods == "*", row.mode == "*"), default=None)
    return terms_of(best) if best else None


def terms_of(row: CoverRow) -> CoverTerms:
    """Freeze a row for the calculator."""
    return CoverTerms(
        code=row.code,
        label=row.label,
        clause=row.clause,
        rate=row.rate,
        minimum=Money(row.minimum_amount, row.currency),
        deductible_rate=row.deductible_rate,
        exclusions=tuple(row.exclusions),
        claim_days=tuple(row.claim_days.items()),
        insurer=row.insurer,
        rule=RuleRef(
            id=f"cover:{row.code}", source=row.source, valid_from=row.valid_from, valid_to=row.valid_until
        ),
        text_version=row.text_version,
    )


@transaction.atomic
def bind(
    order_number: str,
    *,
    value: Money,
    mode: str,
    goods: str = "general",
    premium_paid: Money | None = None,
    holder: str = "",
    at: datetime,
) -> Policy:
    """Bind cover for a paid order, once; `value` is goods with freight before the mark-up."""
    if known := Policy.objects.filter(order_number=order_number).first():
        return known
    if (cover := cover_for(mode, goods, at.date())) is None:
        raise NoCover
    row = CoverRow.objects.filter(code=cover.code, valid_from__lte=at.date()).order_by("-valid_from")[0]
    priced = premium(value, cover, mode)
    return Policy.objects.create(
        number=f"POL-{_serial():06d}",
        order_number=order_number,
        cover=row,
        holder=holder,
        insured_amount=priced.insured.amount,
        premium_amount=(premium_paid or priced.amount).amount,
        deductible_amount=priced.deductible.amount,
        currency=value.currency,
        mode=mode,
        terms={
            "label": cover.label,
            "clause": cover.clause,
            "text_version": cover.text_version,
            "insurer": cover.insurer,
            "exclusions": list(cover.exclusions),
            "claim_days": dict(cover.claim_days),
        },
        bound_at=at,
    )


def begin(order_number: str, *, at: datetime) -> bool:
    """Start cover with the first scan; later scans change nothing."""
    return (
        Policy.objects.filter(order_number=order_number, state=Policy.State.BOUND).update(
            state=Policy.State.RUNNING, begins_at=at
        )
        == 1
    )


def end(order_number: str, *, at: datetime) -> bool:
    """End cover with the delivery; claims stay open for their window."""
    running = Policy.objects.filter(order_number=order_number, state=Policy.State.RUNNING)
    return running.update(state=Policy.State.ENDED, ends_at=at) == 1


def cancel(order_number: str) -> bool:
    """Cancel cover that has not begun."""
    bound = Policy.objects.filter(order_number=order_number, state=Policy.State.BOUND)
    return bound.update(state=Policy.State.CANCELLED) == 1


@transaction.atomic
def claim(
    order_number: str,
    *,
    cause: str,
    claimed: Money,
    actual_value: Money,
    evidence: list[dict[str, Any]],
    words: str = "",
    claimant: Company | None = None,
    at: datetime,
) -> Claim:
    """Report a loss with its evidence inside the window; the same cause again returns the first claim."""
    policy = Policy.objects.select_for_update(of=("self",)).get(order_number=order_number)
    if known := policy.claims.filter(cause=cause).first():
        return known
    if policy.begins_at is None:
        raise NotBegun
    if not evidence:
        raise EvidenceMissing
    days = int(policy.terms["claim_days"].get(cause, 30))
    since = policy.begins_at if cause == Claim.Cause.LOST else (policy.ends_at or policy.begins_at)
    if at > since + timedelta(days=days):
        raise ClaimTooLate(days=days)
    return Claim.objects.create(
        number=f"CLM-{_serial():06d}",
        policy=policy,
        claimant=claimant,
        cause=cause,
        words=words,
        evidence=evidence,
        claimed_amount=claimed.amount,
        actual_value_amount=actual_value.amount,
        currency=policy.currency,
        due_at=at + REVIEW_WITHIN,
        submitted_at=at,
    )


@transaction.atomic
def decide_claim(number: str, *, accept: bool, by: User, note: str, at: datetime) -> Claim:
    """Accept or refuse a claim after review; what is owed follows from the policy, not from the wish."""
    found = Claim.objects.select_for_update(of=("self",)).select_related("policy").get(number=number)
    if found.state in {ClaimState.SUBMITTED, ClaimState.ASKED}:
        found.move_to(ClaimState.REVIEW)
    found.move_to(ClaimState.APPROVED if accept else ClaimState.REJECTED)
    if accept:
        policy, currency = found.policy, found.currency
        owed = payout(
            loss=Money(found.claimed_amount, currency),
            actual_value=Money(found.actual_value_amount, currency),
            insured=Money(policy.insured_amount, currency),
            deductible=Money(policy.deductible_amount, currency),
        )
        found.payout_amount = owed.amount
    found.decided_at, found.decided_by, found.decision_note = at, by, note
    found.save(update_fields=["state", "payout_amount", "decided_at", "decided_by", "decision_note"])
    return found


@transaction.atomic
def mark_claim_paid(number: str, *, at: datetime) -> Claim:
    """Record that the ledger paid the claim; again changes nothing."""
    found = Claim.objects.select_for_update(of=("self",)).get(number=number)
    if found.state != ClaimState.PAID:
        found.move_to(ClaimState.PAID)
        found.paid_at = at
        found.save(update_fields=["state", "paid_at"])
    return found


def _serial() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('insurance_serial')")
        return int(cursor.fetchone()[0])
