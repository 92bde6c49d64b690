"""Compare our books with the provider's balance and the bank's statement; each difference becomes a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from marketplace.accounts.models import User
from marketplace.kit.money import Money
from orders.payments import camt, gateways
from orders.payments.models import Mismatch, Payment, Payout, PayoutState, Posting, Refund, Transfer

# Clocks differ and messages are late: what is younger than this at either side is compared tomorrow.
YOUNG: Final = timedelta(minutes=15)


def our_provider_rows(since: datetime, until: datetime) -> dict[str, Money]:
    """Give what our books say moved at the provider, by the provider's own number of it."""
    found: dict[str, Money] = {}
    paid = Payment.objects.filter(
        state="PAID", charge__startswith="ch_", paid_at__gte=since, paid_at__lt=until
    ).values_list("reference", "charge")
    names = dict(paid)
    lines = Posting.objects.filter(
        Q(account__code="psp:balance") | Q(account__code="pspfees:stripe"),
        journal__kind="capture",
        journal__source__in=names,
    ).values_list("journal__source", "currency", "minor")
    for reference, currency, minor in lines:
        key = names[reference]
        found[key] = found.get(key, Money.zero(currency)) + Money.from_minor(minor, currency)
    refunds = Refund.objects.filter(done_at__gte=since, done_at__lt=until).exclude(provider_refund="")
    booked = Posting.objects.filter(
        account__code="psp:balance", journal__kind="refund_done", journal__source__in=refunds.values("key")
    ).values_list("journal__source", "currency", "minor")
    numbers = dict(refunds.values_list("key", "provider_refund"))
    for source, currency, minor in booked:
        found[numbers[source]] = Money.from_minor(minor, currency)
    for row in Transfer.objects.filter(asked_at__gte=since, asked_at__lt=until).exclude(provider_transfer=""):
        found[row.provider_transfer] = -row.money
    return found


def reconcile_provider(*, since: datetime, until: datetime, at: datetime) -> list[Mismatch]:
    """Compare the provider's balance rows of a period with ours; return what is open."""
    theirs = gateways.current().balance_rows(since - YOUNG, until + YOUNG)
    ours = our_provider_rows(since, until)
    wide = our_provider_rows(since - 2 * YOUNG, until + 2 * YOUNG)
    inside = {
        source: money for source, (money, when) in theirs.items() if source in ours or since <= when < until
    }
    return _compare("provider", {**{s: wide[s] for s in inside if s in wide}, **ours}, inside, at)


def reconcile_bank(content: bytes, *, at: datetime) -> list[Mismatch]:
    """Compare a bank's statement with the payouts that left by our bank, by our end-to-end number."""
    lines = camt.read(content)
    theirs = {line.end_to_end or line.reference: line.money for line in lines}
    if not lines:
        return []
    days = [line.booked_on for line in lines]
    paid = Payout.objects.filter(rail="bank", state=PayoutState.PAID)
    in_days = Q(paid_at__date__gte=min(days), paid_at__date__lte=max(days))
    ours = {payout.number: -payout.money.rounded() for payout in paid.filter(in_days | Q(number__in=theirs))}
    return _compare("bank", ours, theirs, at)


@transaction.atomic
def _compare(
    side: str, ours: Mapping[str, Money], theirs: Mapping[str, Money], at: datetime
) -> list[Mismatch]:
    cases: list[Mismatch] = []
    for reference in sorted({*ours, *theirs}):
        mine, other = ours.get(reference), theirs.get(reference)
        kind = ""
        if mine is None:
            kind = Mismatch.Kind.MISSING_HERE
        elif other is None:
            kind = Mismatch.Kind.MISSING_THERE
        elif mine.currency != other.currency:
            kind = Mismatch.Kind.CURRENCY
        elif mine != other:
            kind = Mismatch.Kind.AMOUNT
        old = Mismatch.objects.filter(side=side, reference=reference, state=Mismatch.State.OPEN)
        old.exclude(kind=kind).update(state=Mismatch.State.GONE, closed_at=at)
        if kind:
            case, _created = Mismatch.objects.get_or_create(
                side=side,
                kind=kind,
                reference=reference,
                defaults={"ours": str(mine or ""), "theirs": str(other or ""), "found_at": at},
            )
            cases.append(case)
    return [case for case in cases if case.state != Mismatch.State.EXPLAINED]


@transaction.atomic
def explain_mismatch(*, case_id: int, words: str, by: User, at: datetime) -> Mismatch:
    """Close a difference with the reason that a person found."""
    case = Mismatch.objects.select_for_update().get(pk=case_id)
    case.state, case.words, case.closed_at = Mismatch.State.EXPLAINED, f"{by}: {words}"[:200], at
    case.save(update_fields=["state", "words", "closed_at"])
    return case
