"""Correct our books after a difference: one person proposes, another agrees, and then it is booked, once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.kit.refusal import Refusal
from orders.payments import books, ledger
from orders.payments.actions.fee_rules import NothingWaits
from orders.payments.actions.payouts import NotYourDesk
from orders.payments.actions.reconciling import FEE, WordsNeeded, close, compare, open_case, ours_now
from orders.payments.models import Correction, Mismatch

# Where a correction lands until the difference is paid or lost: our own result.
COUNTER = "writeoff:differences"


class AlreadyProposed(Refusal):
    """One correction of a difference waits at a time."""

    words = _("A correction of this difference is proposed already. Somebody else decides about it.")
    status = 409


class OtherPersonNeeded(Refusal):
    """The person who proposed a correction may not agree to it."""

    words = _("A correction of our books needs two people: you proposed it, so somebody else must agree.")


def entries_of(case: Mismatch) -> list[ledger.Entry]:
    """Take our amount off the account and put theirs on it; a fee also stands on the account of fees.

    The other half is our own result until somebody pays it back.
    """
    ours, theirs = case.our_money, case.their_money
    fee = case.reference.endswith(FEE)
    house = "bank:main" if case.side == "bank" else "psp:balance"
    entries = []
    for money in (-ours if ours else None, theirs):
        if money:
            moved = -money if fee else money
            entries += [
                ledger.Entry(house, moved), ledger.Entry("pspfees:stripe" if fee else COUNTER, -moved),
            ]  # fmt: skip
    return ledger.merged(entries)


@transaction.atomic
def propose_correction(*, case_id: int, words: str, by: User, at: datetime) -> Correction:
    """Propose a journal that makes our account say what the other side says; nothing is booked yet."""
    case = open_case(case_id, words, by)
    if case.corrections.filter(state=Correction.State.PROPOSED).exists():
        raise AlreadyProposed
    return Correction.objects.create(
        case=case, ours=case.ours, theirs=case.theirs, reason=words.strip()[:160], proposed_by=by,
        proposed_at=at,
    )  # fmt: skip


@transaction.atomic
def decide_correction(
    *, correction_id: int, agree: bool, by: User, at: datetime, words: str = ""
) -> Correction:
    """Agree as the second person, which books it, or put it aside with a reason; decided once.

    Where the difference is another one by now, or none, nothing is booked and the proposal has ended.
    """
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk
    asked = Correction.objects.get(pk=correction_id)
    case = Mismatch.objects.select_for_update().get(pk=asked.case_id)
    asked.refresh_from_db()
    if asked.state != Correction.State.PROPOSED:
        raise NothingWaits
    if not agree:
        if not words.strip():
            raise WordsNeeded
        return _decide(asked, Correction.State.REFUSED, by, at, words.strip())
    if asked.proposed_by_id == by.pk:
        raise OtherPersonNeeded
    theirs = case.their_money
    compare(case.side, ours_now(case), {case.reference: theirs} if theirs else {}, at)
    asked.refresh_from_db()
    case.refresh_from_db()
    if asked.state != Correction.State.PROPOSED:
        return asked
    people = f"{asked.proposed_by}, {by}"
    memo = f"{case}: {asked.reason} ({people})"
    books.post("correction", f"difference-{case.pk}", entries_of(case), at=at, memo=memo[:200])
    close(case, Mismatch.State.CORRECTED, f"{people}: {asked.reason}", at)
    return _decide(asked, Correction.State.AGREED, by, at, "")


def _decide(asked: Correction, state: str, by: User, at: datetime, answer: str) -> Correction:
    asked.state, asked.decided_by, asked.decided_at, asked.answer = state, by, at, answer[:160]
    asked.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    return asked
