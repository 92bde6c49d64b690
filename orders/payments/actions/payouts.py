"""Payouts: settle named earnings, hand them to the bank, confirm with the bank's reference."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.events.bus import publish
from marketplace.kit.money import total
from marketplace.kit.refusal import Refusal
from orders.payments import books, iban, ledger
from orders.payments.actions import payees, transfers
from orders.payments.events import BankAccountKept, PayoutFailed, PayoutPaid, PayoutSent
from orders.payments.models import (
    PAYOUT,
    BankAccount,
    Earning,
    Journal,
    OrderShare,
    Payment,
    Payout,
    PayoutLine,
    PayoutPlan,
    PayoutRoute,
    PayoutState,
    Rail,
)

NEW_ACCOUNT_WAITS: Final = timedelta(hours=48)
MOST_MINIMUM: Final = Decimal(1000)
EVIDENCE_LENGTH: Final = 10


class BadPayoutPlan(Refusal):
    """The interval or the minimum is outside our limits."""

    words = _(
        "Choose every 1, 7, 14 or 30 days and a minimum of {least} to {most} euro. Nothing was changed."
    )
    status = 422


class EvidenceNeeded(Refusal):
    """A payout whose fate is not known is taken back only with what the bank said."""

    words = _("Write what the bank said about this payout, with its date or letter, before you take it back.")
    status = 422


class NotYourDesk(Refusal):
    """Only the finance desk moves payouts."""

    words = _("Only the finance desk may do this.")
    status = 403


class SecondPersonNeeded(Refusal):
    """The person who agreed to a large payout first may neither agree again nor confirm it."""

    words = _("A payout of this size needs two people: somebody else must do this step.")


class ReferenceNeeded(Refusal):
    """The bank's reference proves the payment."""

    words = _("Write the bank's reference of this payment.")


class ReferenceUsed(Refusal):
    """One bank reference confirms one payout."""

    words = _("The bank reference {reference} confirms another payout already.")


class WrongStep(Refusal):
    """The payout is in another state."""

    words = _("The payout {number} cannot do this now: it is {state}.")


class PaidAtTheProvider(Refusal):
    """Transfers confirm themselves."""

    words = _("The payout {number} is paid by the payment service: it is confirmed without a person.")


class BadBankAccount(Refusal):
    """The account number fails its check."""

    words = _("{problem} Check the number on a bank statement.")
    status = 422


@transaction.atomic
def set_bank_account(
    *,
    seller: str,
    currency: str,
    country: str,
    holder: str,
    account: str,
    bic: str = "",
    bank_name: str = "",
    at: datetime,
) -> BankAccount:
    """Keep where a seller is paid; a changed account waits 48 hours before money goes there."""
    clean = iban.clean(account)
    if problem := iban.problem(clean, country):
        raise BadBankAccount(problem=problem)
    old = BankAccount.objects.select_for_update().filter(seller=seller, currency=currency, replaced_at=None)
    current = old.first()
    if current and (current.account, current.bic, current.holder) == (clean, bic, holder):
        return current
    old.update(replaced_at=at)
    kept = BankAccount.objects.create(
        seller=seller,
        currency=currency,
        country=country,
        holder=holder,
        account=clean,
        bic=bic,
        bank_name=bank_name,
        usable_from=at + (NEW_ACCOUNT_WAITS if current else timedelta(0)),
    )
    publish(BankAccountKept(subject=seller, account=kept.pk))
    return kept


def run_payouts(at: datetime) -> list[Payout]:
    """Prepare a payout where there is enough to pay, a usable account and a name that nobody must clear.

    A seller whose books refuse it stops no other seller; the first such problem is raised at the end.
    """
    pairs = (
        Earning.objects.payable().order_by("seller", "currency").values_list("seller", "currency").distinct()
    )
    made, problems = list[Payout](), list[IntegrityError]()
    for seller, currency in list(pairs):
        try:
            if (payout := prepare_payout(seller, currency, at)) is not None:
                made.append(payout)
        except IntegrityError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]
    return made


@transaction.atomic
def prepare_payout(seller: str, currency: str, at: datetime) -> Payout | None:
    """Settle what is ready for one seller; a balance below the minimum rolls into the next run.

    Sellers whose route is the payment service are paid out of the charges, all others by our bank.
    """
    route = PayoutRoute.objects.filter(seller=seller, rail=Rail.TRANSFER, active=True).first()
    account = BankAccount.objects.filter(
        seller=seller, currency=currency, replaced_at=None, usable_from__lte=at
    ).first()
    if account is None and route is None:
        return None
    lines = list(
        Earning.objects.payable()
        .filter(seller=seller, currency=currency)
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")
    )
    if route is not None and _offline(lines):
        route = None  # money that came to our bank leaves by our bank
        if account is None:
            return None
    amount = total((line.money for line in lines), currency)
    if amount.amount <= 0 or not _due(seller, currency, lines, transfers.euro_worth(amount), at):
        return None
    if payees.must_wait(seller, currency, None if route else account, at=at):
        return None
    large = transfers.euro_worth(amount) >= Decimal(settings.PAYOUT_TWO_PEOPLE_EUR)
    payout = Payout.objects.create(
        number=f"PO-{at:%y%m%d}-{secrets.token_hex(4).upper()}",
        seller=seller,
        amount=amount.amount,
        currency=currency,
        rail=Rail.TRANSFER if route else Rail.BANK,
        bank_account=None if route else account,
        prepared_at=at,
        needs_two=large,
        state=PayoutState.PREPARED if large else PayoutState.APPROVED,
    )
    PayoutLine.objects.bulk_create(
        PayoutLine(payout=payout, earning=line, amount=line.amount) for line in lines
    )
    Earning.objects.filter(pk__in=[line.pk for line in lines]).update(state=Earning.State.IN_PAYOUT)
    if route:
        transfers.plan_transfers(payout, route)
    repaid = books.balance(f"seller:{seller}:receivable", currency)
    books.post("payout", payout.number, ledger.paid_out(seller, amount, repaid), at=at)
    publish(PayoutSent(subject=payout.number, seller=seller, amount=str(amount.amount), currency=currency))
    return payout


def _due(seller: str, currency: str, lines: list[Earning], worth: Decimal, at: datetime) -> bool:
    """Tell whether it is time: above the least worth, and the seller's interval is over.

    Money that has waited for long is paid without the seller's interval and minimum: we may not hold it.
    """
    if worth < Decimal(settings.PAYOUT_MINIMUM_EUR):
        return False
    plan = PayoutPlan.objects.filter(seller=seller).first()
    waits = min((line.earned_at for line in lines if line.amount > 0), default=at)
    if plan is None or at - waits >= timedelta(days=settings.HELD_ALARM_DAYS):
        return True
    last = Payout.objects.filter(seller=seller, currency=currency).exclude(state=PayoutState.FAILED)
    newest = last.order_by("-prepared_at").values_list("prepared_at", flat=True).first()
    in_time = newest is None or at - newest >= timedelta(days=plan.interval_days)
    return in_time and worth >= plan.minimum_eur


@transaction.atomic
def choose_payout_plan(
    *, seller: str, interval_days: int, minimum_eur: Decimal, by: User, at: datetime
) -> PayoutPlan:
    """Keep how often and from which worth on a seller is paid, within our limits."""
    least = Decimal(settings.PAYOUT_MINIMUM_EUR)
    if interval_days not in PayoutPlan.INTERVALS or not least <= minimum_eur <= MOST_MINIMUM:
        raise BadPayoutPlan(least=f"{least:f}", most=f"{MOST_MINIMUM:f}")
    plan, _made = PayoutPlan.objects.update_or_create(
        seller=seller,
        defaults={
            "interval_days": interval_days, "minimum_eur": minimum_eur, "chosen_by": by, "chosen_at": at,
        },
    )  # fmt: skip
    return plan


def _offline(lines: list[Earning]) -> bool:
    """Tell whether any of the money did not come through the payment service: then it leaves by our bank."""
    own = {line.payment_id for line in lines if line.amount > 0 and line.payment_id}
    if Payment.objects.filter(pk__in=own).exclude(charge__startswith="ch_").exists():
        return True
    numbers = {line.order_number for line in lines if line.amount > 0 and not line.payment_id}
    charged = OrderShare.objects.filter(order_number__in=numbers, payment__charge__startswith="ch_")
    return charged.count() < len(numbers)


@transaction.atomic
def approve_payout(*, number: str, by: User, at: datetime) -> Payout:
    """Agree to a large payout; it leaves when a second person has agreed too, by whichever rail."""
    payout = _step(number, by, PayoutState.APPROVED)
    _cleared(payout, at)
    if payout.approved_by_id is None:
        payout.approved_by, payout.state = by, PayoutState.PREPARED
    elif payout.approved_by_id == by.pk:
        raise SecondPersonNeeded
    else:
        payout.second_by = by
    payout.save(update_fields=["state", "approved_by", "second_by"])
    return payout


@transaction.atomic
def mark_sent(*, numbers: list[str], by: User, at: datetime) -> list[Payout]:
    """Note that the bank file was handed over."""
    sent = []
    for number in sorted(numbers):
        payout = _step(number, by, PayoutState.SENT)
        _cleared(payout, at)
        payout.sent_at = at
        payout.save(update_fields=["state", "sent_at"])
        sent.append(payout)
    return sent


@transaction.atomic
def confirm_payout(*, number: str, bank_reference: str, by: User, at: datetime) -> Payout:
    """Close a payout with the bank's reference; the same word twice changes nothing."""
    reference = bank_reference.strip()[:60]
    if not reference:
        raise ReferenceNeeded
    found = Payout.objects.get(number=number)
    if found.state == PayoutState.PAID and found.bank_reference == reference:
        return found
    if Payout.objects.filter(bank_reference=reference).exclude(number=number).exists():
        raise ReferenceUsed(reference=reference)
    payout = _step(number, by, PayoutState.PAID)
    if payout.needs_two and payout.approved_by_id == by.pk:
        raise SecondPersonNeeded
    return close_paid(payout, reference, by=by, at=at)


def close_paid(payout: Payout, reference: str, *, by: User | None, at: datetime) -> Payout:
    """Book a payout as paid, by a person or by the bank's own statement; the caller holds the row."""
    number, payout.state = payout.number, PayoutState.PAID
    payout.confirmed_by, payout.paid_at, payout.bank_reference = by, at, reference
    payout.save(update_fields=["state", "confirmed_by", "paid_at", "bank_reference"])
    books.post("payout_paid", number, ledger.payout_confirmed(payout.money), at=at)
    Earning.objects.filter(payout_lines__payout=payout, payout_lines__live=True).update(
        state=Earning.State.PAID
    )
    publish(
        PayoutPaid(
            subject=number,
            seller=payout.seller,
            amount=str(payout.amount),
            currency=payout.currency,
            bank_reference=reference,
        )
    )
    return payout


@transaction.atomic
def fail_payout(*, number: str, problem: str, by: User, at: datetime) -> Payout:
    """Take a payout back that the bank refused; its earnings are ready again."""
    was = Payout.objects.values_list("state", flat=True).get(number=number)
    if was == PayoutState.UNRESOLVED and len(problem.strip()) < EVIDENCE_LENGTH:
        raise EvidenceNeeded
    payout = _step(number, by, PayoutState.FAILED)
    payout.problem = problem[:200]
    payout.save(update_fields=["state", "problem"])
    journal = Journal.objects.of("payout", number).get()
    entries = ledger.reversed_entries(books.entries_of(journal))
    books.post("payout_failed", number, entries, at=at, memo=problem[:200], reverses=journal.pk)
    Earning.objects.filter(payout_lines__payout=payout, payout_lines__live=True).update(
        state=Earning.State.AVAILABLE
    )
    payout.lines.update(live=False)
    publish(PayoutFailed(subject=number, seller=payout.seller, problem=payout.problem))
    return payout


def _cleared(payout: Payout, at: datetime) -> None:
    """Refuse a step towards the bank while the payee's name waits for a decision."""
    if payees.waits_for_name(payout, at):
        name = payout.bank_account.holder if payout.bank_account else payout.seller
        raise payees.NameNotCleared(number=payout.number, name=name)


def _step(number: str, by: User, target: str) -> Payout:
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk
    payout = Payout.objects.select_for_update(of=("self",)).get(number=number)
    if target not in PAYOUT.moves[payout.state]:
        raise WrongStep(number=number, state=payout.get_state_display())
    if payout.rail == Rail.TRANSFER and target != PayoutState.APPROVED:
        raise PaidAtTheProvider(number=number)
    payout.state = target
    return payout
