"""Compare our books with the provider's balance and the bank's statement; each difference becomes a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.payments import books, camt, gateways, ledger
from orders.payments.actions.bank_answers import WITH_THE_BANK, settle_from_statement
from orders.payments.gateways.base import BankTransfer
from orders.payments.models import (
    Dispute,
    Journal,
    Mismatch,
    Payment,
    Payout,
    PayoutState,
    Posting,
    Refund,
    Reversal,
    Transfer,
)

# Clocks differ and messages are late: what is younger than this at either side is compared tomorrow.
YOUNG: Final = timedelta(minutes=15)
FEE: Final = " fee"
CLOSED_BY_PEOPLE: Final = (Mismatch.State.EXPLAINED, Mismatch.State.CORRECTED)
# Where a correction lands until the difference is paid or lost: our own result.
COUNTER: Final = "writeoff:differences"


def our_provider_rows(since: datetime, until: datetime) -> dict[str, Money]:
    """Give what our books say moved at the provider, by the provider's own number of it.

    What a fee took stands beside it as `number fee`.
    """
    when = {"gte": since, "lt": until}
    captures = _named(Payment.objects.filter(state="PAID", charge__startswith="ch_"), "paid_at", when)
    refunds = _named(Refund.objects.exclude(provider_refund=""), "done_at", when)
    transfers = _named(Transfer.objects.exclude(provider_transfer=""), "asked_at", when)
    reversals = _named(Reversal.objects.exclude(provider_reversal=""), "asked_at", when)
    opened = _named(Dispute.objects.all(), "opened_at", when)
    won = _named(Dispute.objects.filter(state=Dispute.State.WON), "closed_at", when)
    found: dict[str, Money] = {}
    _add(found, "capture", dict(captures.values_list("reference", "charge")))
    _add(found, "refund_done", dict(refunds.values_list("key", "provider_refund")))
    _add(found, "transfer", {row.key: row.provider_transfer for row in transfers.select_related("payout")})
    _add(found, "reversal", {row.key: row.provider_reversal for row in reversals})
    _add(found, "dispute", {row.provider_dispute: row.provider_dispute for row in opened})
    # The provider shows one sum for a dispute: taken, and given back when it was won.
    _add(found, "dispute_won", {row.provider_dispute: row.provider_dispute for row in won})
    for kind in ("psp_payout", "psp_payout_failed", "psp_fee"):
        journals = Journal.objects.filter(kind=kind, happened_at__gte=since, happened_at__lt=until)
        _add(found, kind, {source: source for source in journals.values_list("source", flat=True)})
    return found


def _named(rows: QuerySet[Any], day: str, when: Mapping[str, datetime]) -> QuerySet[Any]:
    return rows.filter(**{f"{day}__{word}": moment for word, moment in when.items()})


def _add(found: dict[str, Money], kind: str, names: Mapping[str, str]) -> None:
    """Add what journals of a kind moved on the provider's balance, fees apart."""
    lines = Posting.objects.filter(
        Q(account__code="psp:balance") | Q(account__code__startswith="pspfees:"),
        journal__kind=kind,
        journal__source__in=names,
    ).values_list("journal__source", "account__code", "currency", "minor")
    for source, account, currency, minor in lines:
        money, name = Money.from_minor(minor, currency), names[source]
        keys = [name, f"{name} fee"] if account != "psp:balance" else [name]
        for key in keys:
            found[key] = found.get(key, Money.zero(currency)) + money


def _their_rows(since: datetime, until: datetime, at: datetime) -> dict[str, tuple[Money, datetime]]:
    """Read the provider's rows; a fee that it took by itself is a fact and is booked when first seen."""
    found: dict[str, tuple[Money, datetime]] = {}
    for source, row in gateways.current().balance_rows(since, until).items():
        if row.kind == "stripe_fee":
            fee = [ledger.Entry("pspfees:stripe", -row.amount), ledger.Entry("psp:balance", row.amount)]
            books.post("psp_fee", source, fee, at=row.at, memo=f"seen {at:%Y-%m-%d}")
            found[source] = (Money.zero(row.amount.currency), row.at)
            found[f"{source} fee"] = (-row.amount, row.at)
            continue
        found[source] = (row.amount, row.at)
        if row.fee:
            found[f"{source} fee"] = (row.fee, row.at)
    return found


def reconcile_provider(*, since: datetime, until: datetime, at: datetime) -> list[Mismatch]:
    """Compare the provider's balance rows of a period with ours; return what is open."""
    theirs = _their_rows(since - YOUNG, until + YOUNG, at)
    ours = our_provider_rows(since, until)
    wide = our_provider_rows(since - 2 * YOUNG, until + 2 * YOUNG)
    inside = {
        source: money for source, (money, when) in theirs.items() if source in ours or since <= when < until
    }
    both = {**{s: wide[s] for s in inside if s in wide}, **ours}
    # A fee is compared where what it was taken for fits: one difference is one case.
    for fee in [name for name in {*both, *inside} if name.endswith(" fee")]:
        if both.get(fee.removesuffix(" fee")) != inside.get(fee.removesuffix(" fee")):
            both.pop(fee, None)
            inside.pop(fee, None)
    return _compare("provider", both, inside, at)


@transaction.atomic
def hear_bank_transfer(news: BankTransfer, *, at: datetime) -> None:
    """Book what the provider sends of our balance to our bank, once for each step, in whatever order."""
    entries = ledger.sent_to_bank(news.amount)
    books.post("psp_payout", news.payout, entries, at=at)
    if news.state == "arrived":
        arrived = [ledger.Entry("bank:main", news.amount), ledger.Entry("arriving:bank", -news.amount)]
        books.post("psp_payout_paid", news.payout, arrived, at=at)
    elif news.state == "failed":
        books.post("psp_payout_failed", news.payout, ledger.reversed_entries(entries), at=at)


def reconcile_bank(content: bytes, *, at: datetime) -> list[Mismatch]:
    """Compare a bank's statement with the payouts that left by our bank, by our end-to-end number."""
    lines = camt.read(content)
    if not lines:
        return []
    theirs: dict[str, Money] = {}
    for line in lines:
        # The same number again is a second payment: its sum shows it as one that is there more than once.
        name = line.end_to_end or line.reference
        known = theirs.get(name)
        theirs[name] = known + line.money if known and known.currency == line.money.currency else line.money
    settle_from_statement(lines, at=at)
    days = [line.booked_on for line in lines]
    handed = Payout.objects.filter(rail="bank", state__in=[*WITH_THE_BANK, PayoutState.PAID])
    in_days = Q(paid_at__date__gte=min(days), paid_at__date__lte=max(days))
    ours = {
        payout.number: -payout.money.rounded() for payout in handed.filter(in_days | Q(number__in=theirs))
    }
    return _compare("bank", ours, theirs, at)


@transaction.atomic
def _compare(
    side: str, ours: Mapping[str, Money], theirs: Mapping[str, Money], at: datetime
) -> list[Mismatch]:
    cases: list[Mismatch] = []
    for reference in sorted({*ours, *theirs}):
        mine, other = ours.get(reference), theirs.get(reference)
        kind = _kind(reference, mine, other)
        old = Mismatch.objects.filter(side=side, reference=reference, state=Mismatch.State.OPEN)
        old.exclude(kind=kind).update(state=Mismatch.State.GONE, closed_at=at)
        if kind:
            case, _fresh = Mismatch.objects.get_or_create(
                side=side,
                kind=kind,
                reference=reference,
                defaults={"ours": str(mine or ""), "theirs": str(other or ""), "found_at": at},
            )
            cases.append(case)
    return [case for case in cases if case.state not in CLOSED_BY_PEOPLE]


def _kind(reference: str, mine: Money | None, other: Money | None) -> str:
    """Name what does not fit; nothing where both sides say the same."""
    if mine == other:
        return ""
    if reference.endswith(FEE):
        return Mismatch.Kind.FEE
    if mine is None:
        return Mismatch.Kind.MISSING_HERE
    if other is None:
        return Mismatch.Kind.MISSING_THERE
    if mine.currency != other.currency:
        return Mismatch.Kind.CURRENCY
    twice = mine and other.minor % mine.minor == 0 and other.minor // mine.minor > 1
    return Mismatch.Kind.DUPLICATE if twice else Mismatch.Kind.AMOUNT


class NotYourDesk(Refusal):
    """Only the finance desk explains differences."""

    words = _("Only the finance desk may do this.")
    status = 403


class WordsNeeded(Refusal):
    """A difference is closed by a reason that others can read."""

    words = _("Write what the reason of the difference is.")
    status = 422


class NotOpen(Refusal):
    """The difference was closed before."""

    words = _("This difference is closed already. Open the list again.")
    status = 409


@transaction.atomic
def explain_mismatch(*, case_id: int, words: str, by: User, at: datetime) -> Mismatch:
    """Close a difference with the reason that a person found."""
    return _close(_open_case(case_id, words, by), Mismatch.State.EXPLAINED, words, by, at)


@transaction.atomic
def correct_mismatch(*, case_id: int, words: str, by: User, at: datetime) -> Mismatch:
    """Close a difference by a journal that makes our account say what the other side says, once.

    The other half is our own result until somebody pays it back; the journal names the case and the person.
    """
    case = _open_case(case_id, words, by)
    entries = ledger.merged(_correction(case))
    books.post("correction", f"difference-{case.pk}", entries, at=at, memo=f"{case}: {words.strip()}"[:200])
    return _close(case, Mismatch.State.CORRECTED, words, by, at)


def _correction(case: Mismatch) -> list[ledger.Entry]:
    """Take our amount off the account and put theirs on it; a fee also stands on the account of fees."""
    ours, theirs = (_read(text) for text in (case.ours, case.theirs))
    fee = case.reference.endswith(FEE)
    house = "bank:main" if case.side == "bank" else "psp:balance"
    entries = []
    for money in (-ours if ours else None, theirs):
        if money:
            moved = -money if fee else money
            entries += [
                ledger.Entry(house, moved), ledger.Entry("pspfees:stripe" if fee else COUNTER, -moved),
            ]  # fmt: skip
    return entries


def _read(text: str) -> Money | None:
    currency, _space, amount = text.partition(" ")
    return Money(Decimal(amount), currency) if amount else None


def _open_case(case_id: int, words: str, by: User) -> Mismatch:
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk
    if not words.strip():
        raise WordsNeeded
    case = Mismatch.objects.select_for_update().get(pk=case_id)
    if case.state != Mismatch.State.OPEN:
        raise NotOpen
    return case


def _close(case: Mismatch, state: str, words: str, by: User, at: datetime) -> Mismatch:
    case.state, case.words, case.closed_at = state, f"{by}: {words.strip()}"[:200], at
    case.save(update_fields=["state", "words", "closed_at"])
    return case
