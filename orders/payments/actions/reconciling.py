"""Compare our books with the provider's balance and the bank's statement; each difference becomes a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.payments import books, camt, gateways, ledger
from orders.payments.actions.bank_answers import WITH_THE_BANK, settle_from_statement
from orders.payments.actions.payouts import NotYourDesk
from orders.payments.gateways.base import BankTransfer
from orders.payments.models import (
    Correction,
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

Pick = Callable[[QuerySet[Any], str, str], QuerySet[Any]]


def our_provider_rows(since: datetime, until: datetime) -> dict[str, Money]:
    """Give what our books say moved at the provider in a period, by the provider's own number of it.

    What a fee took stands beside it as `number fee`.
    """
    return _booked(lambda rows, day, _number: rows.filter(**{f"{day}__gte": since, f"{day}__lt": until}))


def _booked(pick: Pick) -> dict[str, Money]:
    """Read what was booked of the rows that `pick` chooses by their day or by the provider's number."""
    captures = pick(Payment.objects.filter(state="PAID", charge__startswith="ch_"), "paid_at", "charge")
    refunds = pick(Refund.objects.exclude(provider_refund=""), "done_at", "provider_refund")
    transfers = pick(Transfer.objects.exclude(provider_transfer=""), "asked_at", "provider_transfer")
    reversals = pick(Reversal.objects.exclude(provider_reversal=""), "asked_at", "provider_reversal")
    opened = pick(Dispute.objects.all(), "opened_at", "provider_dispute")
    won = pick(Dispute.objects.filter(state=Dispute.State.WON), "closed_at", "provider_dispute")
    found: dict[str, Money] = {}
    _add(found, "capture", dict(captures.values_list("reference", "charge")))
    _add(found, "refund_done", dict(refunds.values_list("key", "provider_refund")))
    _add(found, "transfer", {row.key: row.provider_transfer for row in transfers.select_related("payout")})
    _add(found, "reversal", {row.key: row.provider_reversal for row in reversals})
    _add(found, "dispute", {row.provider_dispute: row.provider_dispute for row in opened})
    # The provider shows one sum for a dispute: taken, and given back when it was won.
    _add(found, "dispute_won", {row.provider_dispute: row.provider_dispute for row in won})
    for kind in ("psp_payout", "psp_payout_failed", "psp_fee"):
        journals = pick(Journal.objects.filter(kind=kind), "happened_at", "source")
        _add(found, kind, {source: source for source in journals.values_list("source", flat=True)})
    return found


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
    both = corrected("provider", {**{s: wide[s] for s in inside if s in wide}, **ours}, inside)
    # A fee is compared where what it was taken for fits: one difference is one case.
    for fee in [name for name in {*both, *inside} if name.endswith(" fee")]:
        if both.get(fee.removesuffix(" fee")) != inside.get(fee.removesuffix(" fee")):
            both.pop(fee, None)
            inside.pop(fee, None)
    return compare("provider", both, inside, at)


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
    in_days = Q(paid_at__date__gte=min(days), paid_at__date__lte=max(days))
    ours = _handed(in_days | Q(number__in=theirs))
    return compare("bank", corrected("bank", ours, theirs), theirs, at)


def _handed(which: Q) -> dict[str, Money]:
    handed = Payout.objects.filter(rail="bank", state__in=[*WITH_THE_BANK, PayoutState.PAID])
    return {payout.number: -payout.money.rounded() for payout in handed.filter(which)}


def ours_now(case: Mismatch) -> dict[str, Money]:
    """Read what our books say of one difference now, whenever it was booked."""
    if case.side == "bank":
        found = _handed(Q(number=case.reference))
    else:
        name = case.reference.removesuffix(FEE)
        found = _booked(lambda rows, _day, number: rows.filter(**{number: name}))
    now = corrected(case.side, found, [case.reference])
    return {case.reference: now[case.reference]} if case.reference in now else {}


def corrected(side: str, ours: Mapping[str, Money], also: Iterable[str]) -> dict[str, Money]:
    """Add to our rows what two people corrected before: a correction is a part of our books."""
    names = {*ours, *also}
    done = Mismatch.objects.filter(side=side, state=Mismatch.State.CORRECTED, reference__in=names)
    sums: dict[str, dict[str, Money]] = {}
    for case in done:
        raw = ours.get(case.reference)
        known = sums.setdefault(case.reference, {raw.currency: raw} if raw else {})
        for money in (-case.our_money if case.our_money else None, case.their_money):
            if money:
                known[money.currency] = known.get(money.currency, Money.zero(money.currency)) + money
    found = dict(ours)
    for reference, known in sums.items():
        left = [money for money in known.values() if money]
        if len(left) == 1:
            found[reference] = left[0]
        elif not left:
            found.pop(reference, None)
    return found


@transaction.atomic
def compare(
    side: str, ours: Mapping[str, Money], theirs: Mapping[str, Money], at: datetime
) -> list[Mismatch]:
    """Write down what does not fit; what changed or fits by now ends a correction that was proposed."""
    references = sorted({*ours, *theirs})
    known = Mismatch.objects.filter(side=side, reference__in=references)
    explained = set(
        known.filter(state=Mismatch.State.EXPLAINED).values_list("reference", "kind", "ours", "theirs")
    )
    standing: dict[str, list[Mismatch]] = {}
    for old in known.filter(state=Mismatch.State.OPEN).order_by("pk").select_for_update():
        standing.setdefault(old.reference, []).append(old)
    cases: list[Mismatch] = []
    for reference in references:
        mine, other = ours.get(reference), theirs.get(reference)
        kind, said = _kind(reference, mine, other), (str(mine or ""), str(other or ""))
        case = _kept(standing.get(reference, []), kind, said, at)
        if kind and case is None and (reference, kind, *said) not in explained:
            case, _fresh = Mismatch.objects.get_or_create(
                side=side, kind=kind, reference=reference, state=Mismatch.State.OPEN,
                defaults={"ours": said[0], "theirs": said[1], "found_at": at},
            )  # fmt: skip
        if case is not None:
            cases.append(case)
    return cases


def _kept(old: Iterable[Mismatch], kind: str, said: tuple[str, str], at: datetime) -> Mismatch | None:
    """Keep the open case of this kind with the newest amounts; others are gone."""
    kept = None
    for case in old:
        if case.kind == kind:
            kept = case
            if (case.ours, case.theirs) == said:
                continue
            case.ours, case.theirs = said
        else:
            case.state, case.closed_at = Mismatch.State.GONE, at
        case.save(update_fields=["ours", "theirs", "state", "closed_at"])
        end_proposal(case, at)
    return kept


def end_proposal(case: Mismatch, at: datetime) -> None:
    """End a correction that was proposed for what is no longer so."""
    waiting = case.corrections.filter(state=Correction.State.PROPOSED)
    waiting.update(state=Correction.State.ENDED, decided_at=at)


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
    """Close a difference with the reason that a person found; a correction that was proposed ends."""
    case = open_case(case_id, words, by)
    end_proposal(case, at)
    return close(case, Mismatch.State.EXPLAINED, f"{by}: {words.strip()}", at)


def open_case(case_id: int, words: str, by: User) -> Mismatch:
    """Take the case of a person of the desk who gives a reason; refuse one that is closed."""
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk
    if not words.strip():
        raise WordsNeeded
    case = Mismatch.objects.select_for_update().get(pk=case_id)
    if case.state != Mismatch.State.OPEN:
        raise NotOpen
    return case


def close(case: Mismatch, state: str, words: str, at: datetime) -> Mismatch:
    """Close a case in the words of people."""
    case.state, case.words, case.closed_at = state, words[:200], at
    case.save(update_fields=["state", "words", "closed_at"])
    return case
