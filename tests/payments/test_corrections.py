"""Our books are corrected by two people, once, and only while the difference is what was proposed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.kit.refusal import Refusal
from marketplace.sandbox.app import Sandbox
from orders.payments import actions, books
from orders.payments.actions.fee_rules import NothingWaits
from orders.payments.models import Correction, Journal, Mismatch, Payment
from tests.payments.test_reconciling import camt, differences, payouts
from tests.payments.test_stripe import opened, pay
from tests.payments.world import NOON, broken, finance, money, paid, prepared, share

pytestmark = pytest.mark.django_db


def case_of(sandbox: Sandbox, kind: str) -> Mismatch:
    """One payment of EUR 300.65 and one difference about it."""
    pay(opened("GRP-1", "300.65", "EUR"))
    actions.look_up("GRP-1")
    form = {"kind": kind, "source": Payment.objects.get().charge}
    httpx.post(f"{sandbox.address}/sandbox/difference", json=form)
    [(found, _reference)] = differences()
    assert found == kind
    return Mismatch.objects.get()


def proposed(case: Mismatch, by: User) -> Correction:
    return actions.propose_correction(case_id=case.pk, words="asked the provider", by=by, at=timezone.now())


def decided(one: Correction, by: User, *, agree: bool = True, words: str = "") -> Correction:
    return actions.decide_correction(correction_id=one.pk, agree=agree, by=by, words=words, at=timezone.now())


def corrections() -> int:
    return Journal.objects.filter(kind="correction").count()


@pytest.mark.parametrize(
    ("kind", "amount", "counter"),
    [
        ("missing_here", "7.77", "-7.77"),  # their row of EUR 7.77 that we know nothing of
        ("amount", "0.01", "-0.01"),  # they have a cent more
        ("missing_there", "-300.65", "300.65"),
        ("duplicate", "300.65", "-300.65"),
        ("fee", "-0.01", "0.00"),  # a cent more of fee is no result of ours by itself
    ],
)
def test_a_correction_books_what_the_other_side_says_once(
    sandbox: Sandbox, kind: str, amount: str, counter: str
) -> None:
    case, ann, bob = case_of(sandbox, kind), finance("ann"), finance("bob")
    before = books.balance("psp:balance", "EUR")

    one = proposed(case, ann)
    assert (one.state, corrections()) == ("PROPOSED", 0)
    assert books.balance("psp:balance", "EUR") == before
    decided(one, bob)

    assert f"{(books.balance('psp:balance', 'EUR') - before).amount}" == amount
    assert f"{books.balance('writeoff:differences', 'EUR').amount}" == counter
    # What stood beside it as a fee is seen once the rest fits, and corrected in the same way.
    fees = differences()
    assert fees == ([("fee", "ch_")] if kind in {"missing_there", "duplicate"} else [])
    for fee in Mismatch.objects.filter(state="OPEN"):
        decided(proposed(fee, ann), bob)
    assert differences() == []
    assert broken() == []
    with pytest.raises(NothingWaits):
        decided(one, finance("cleo"))
    with pytest.raises(actions.NotOpen):
        proposed(case, ann)
    assert corrections() == 1 + len(fees)
    case.refresh_from_db()
    assert (case.state, case.words) == (
        "CORRECTED", "ann@sampan.example, bob@sampan.example: asked the provider",
    )  # fmt: skip
    assert (
        "ann@sampan.example, bob@sampan.example"
        in Journal.objects.filter(kind="correction").earliest("pk").memo
    )


def test_another_currency_is_taken_off_and_put_on(sandbox: Sandbox) -> None:
    case = case_of(sandbox, "currency")
    euro, dollar = (books.balance("psp:balance", code) for code in ("EUR", "USD"))

    decided(proposed(case, finance("ann")), finance("bob"))

    assert f"{books.balance('psp:balance', 'EUR') - euro}" == "EUR -300.65"
    assert f"{books.balance('psp:balance', 'USD') - dollar}" == "USD 300.65"
    assert differences() == [("fee", "ch_")]
    assert broken() == []


def test_who_proposed_may_not_agree_and_nobody_of_another_desk_may(sandbox: Sandbox) -> None:
    case, ann = case_of(sandbox, "amount"), finance("ann")
    other = User.objects.create_user("eve@sampan.example", is_staff=True, desk="trust")
    one = proposed(case, ann)

    with pytest.raises(actions.OtherPersonNeeded, match="you proposed it"):
        decided(one, ann)
    with pytest.raises(actions.NotYourDesk):
        decided(one, other)
    with pytest.raises(actions.NotYourDesk):
        proposed(case, other)
    with pytest.raises(actions.AlreadyProposed):
        proposed(case, finance("bob"))

    one.refresh_from_db()
    assert (one.state, corrections()) == ("PROPOSED", 0)


def test_a_refusal_needs_a_reason_and_leaves_the_difference_open(sandbox: Sandbox) -> None:
    case, ann, bob = case_of(sandbox, "amount"), finance("ann"), finance("bob")
    one = proposed(case, ann)
    with pytest.raises(actions.WordsNeeded):
        decided(one, bob, agree=False, words="  ")

    decided(one, bob, agree=False, words="ask them first")

    one.refresh_from_db()
    case.refresh_from_db()
    assert (one.state, one.answer, one.decided_by, case.state) == ("REFUSED", "ask them first", bob, "OPEN")
    assert corrections() == 0
    assert proposed(case, bob).state == "PROPOSED"


def test_a_proposal_ends_when_the_other_side_says_something_else(sandbox: Sandbox) -> None:
    [number] = payouts(1)
    [case] = actions.reconcile_bank(camt((number, "27670.00", "KES")), at=NOON)
    one = proposed(case, User.objects.get(email="ann@sampan.example"))

    [again] = actions.reconcile_bank(camt((number, "27669.00", "KES")), at=NOON)

    one.refresh_from_db()
    assert (one.state, again.pk, again.theirs) == ("ENDED", case.pk, "KES -27669.00")
    with pytest.raises(NothingWaits):
        decided(one, finance("bob"))
    second = decided(proposed(again, User.objects.get(email="ann@sampan.example")), finance("cleo"))
    assert second.state == "AGREED"
    assert f"{books.balance('writeoff:differences', 'KES')}" == "KES -1.97"
    assert actions.reconcile_bank(camt((number, "27669.00", "KES")), at=NOON) == []
    # Their next statement says the first amount again: what was corrected differs anew, as a case of its own.
    [third] = actions.reconcile_bank(camt((number, "27670.97", "KES")), at=NOON)
    assert (third.ours, third.theirs, third.state) == ("KES -27669.00", "KES -27670.97", "OPEN")
    assert third.pk != case.pk


def test_a_proposal_ends_when_our_books_say_it_by_now() -> None:
    """Their row was not in our books; the capture is heard of after the proposal and before the agreement."""
    payment = prepared("GRP-1", {"ORD-1": share()})
    case = Mismatch.objects.create(
        side="provider", kind="missing_here", reference="ch_GRP-1", theirs="EUR 300.65", found_at=NOON
    )
    one = proposed(case, finance("ann"))
    actions.record_capture("GRP-1", payment.charged, charge="ch_GRP-1", at=NOON)

    ended = decided(one, finance("bob"))

    case.refresh_from_db()
    assert (ended.state, case.state, corrections()) == ("ENDED", "GONE", 0)
    assert broken() == []


def test_a_capture_that_is_heard_after_a_correction_is_seen_as_twice_in_our_books() -> None:
    payment = prepared("GRP-1", {"ORD-1": share()})
    case = Mismatch.objects.create(
        side="provider", kind="missing_here", reference="ch_GRP-1", theirs="EUR 300.65", found_at=NOON
    )
    decided(proposed(case, finance("ann")), finance("bob"))
    actions.record_capture("GRP-1", payment.charged, charge="ch_GRP-1", at=NOON)

    ours = actions.reconciling.ours_now(case)
    [found] = actions.reconciling.compare("provider", ours, {"ch_GRP-1": money("300.65")}, NOON)

    assert (found.kind, found.ours, found.theirs) == ("amount", "EUR 601.30", "EUR 300.65")


def test_an_explanation_ends_what_was_proposed() -> None:
    case = Mismatch.objects.create(
        side="bank", kind="missing_here", reference="X", theirs="EUR -5.00", found_at=NOON
    )
    one = proposed(case, finance("ann"))

    actions.explain_mismatch(case_id=case.pk, words="rent", by=finance("bob"), at=NOON)

    one.refresh_from_db()
    assert one.state == "ENDED"


@pytest.mark.django_db(transaction=True)
def test_two_people_who_agree_at_once_book_it_once() -> None:
    paid("GRP-1", {"ORD-1": share()})
    case = Mismatch.objects.create(
        side="provider", kind="amount", reference="ch_GRP-1", ours="EUR 300.65", theirs="EUR 300.66",
        found_at=NOON - timedelta(days=1),
    )  # fmt: skip
    one = proposed(case, finance("ann"))
    people = [finance(name) for name in ("bob", "cleo", "dan", "eva")]

    def agree(by: User) -> str:
        try:
            return decided(one, by).state
        except Refusal as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(agree, people))

    assert answers == ["AGREED", "NothingWaits", "NothingWaits", "NothingWaits"]
    assert corrections() == 1
    assert f"{books.balance('writeoff:differences', 'EUR')}" == "EUR -0.01"
    assert broken() == []


def test_two_people_correct_the_books_on_the_page(client: Client, sandbox: Sandbox) -> None:
    [number] = payouts(1)
    [case] = actions.reconcile_bank(camt((number, "27670.00", "KES")), at=NOON)
    page = "/console/money/differences/"
    ann, bob = User.objects.get(email="ann@sampan.example"), finance("bob")

    client.force_login(ann)
    assert "Our result from corrected differences" in client.get(page).content.decode()
    assert client.post(f"{page}{case.pk}/correction/", {"words": " "}).status_code == 422
    assert client.post(f"{page}{case.pk}/correction/", {"words": "bank's charge"}).status_code == 302
    assert "1 waits for a second person" in client.get("/console/money/").content.decode()
    address = f"{page}corrections/{Correction.objects.get().pk}/decision/"
    mine = client.get(page).content.decode()
    assert "You proposed it: somebody else must agree." in mine
    assert 'value="agree"' not in mine
    refused = client.post(address, {"step": "agree"})
    assert (refused.status_code, corrections()) == (409, 0)
    assert "you proposed it, so somebody else must agree" in refused.content.decode()

    client.force_login(bob)
    assert 'value="agree"' in client.get(page).content.decode()
    assert client.post(address, {"step": "refuse", "words": ""}).status_code == 422
    done = client.post(address, {"step": "agree"}, follow=True)
    assert f"Corrected in our books: {number}" in done.content.decode()
    assert f"{books.balance('writeoff:differences', 'KES')}" == "KES -0.97"
    assert client.post(address, {"step": "agree"}).status_code == 409
    assert corrections() == 1
    assert "bob@sampan.example" in b"".join(client.get(f"{page}export/?state=all")).decode()
    assert broken() == []
