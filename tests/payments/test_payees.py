"""Whoever is paid is screened: when the account is entered, and before each payout when a list changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from customs import actions as customs
from customs.actions.parties import Entry
from customs.models import PartyList, ScreenedParty, ScreeningHit
from marketplace.accounts.models import Company, User
from marketplace.notifications.models import Notice
from orders.payments import actions
from orders.payments.models import BankAccount, Earning, Journal, Payout, PayoutStop
from tests.customs.world import operator
from tests.payments.world import NOON, broken, finance, paid, share

pytestmark = pytest.mark.django_db
OTHER = Entry(entry="9", kind="firm", name="Golden Harrier Trading LLC")
LISTED = Entry(entry="1", kind="person", name="Viktor Maldonis", countries=("PA",))


def listing(*entries: Entry) -> None:
    customs.load_parties(
        source="DEMO", title="Demo list", entries=entries, listed_on=NOON.date(), at=NOON, demo=True
    )


def seller() -> Company:
    return Company.objects.create(number="C-KE1", name="Kamba Weavers", country="KE", is_seller=True)


def account(holder: str = "Viktor Maldoniss") -> BankAccount:
    return actions.set_bank_account(
        seller="C-KE1", currency="KES", country="KE", holder=holder, account="0110 2233 4417", at=NOON
    )


def earned(number: str = "ORD-1") -> None:
    paid(f"GRP-{number}", {number: share()})
    actions.earn(number, NOON)
    actions.make_available(number, NOON)


def clear(by: User | None = None, state: str = "CLEARED") -> None:
    hit = ScreeningHit.objects.get()
    customs.decide_hit(hit_id=hit.pk, by=by or operator(), state=state, note="Another person", at=NOON)


def test_the_holder_of_a_new_account_is_screened_at_once(django_capture_on_commit_callbacks: Any) -> None:
    seller()
    listing(LISTED)

    with django_capture_on_commit_callbacks(execute=True):
        account()

    hit = ScreeningHit.objects.get()
    assert (hit.party["name"], hit.listed.name, hit.about) == (
        "Viktor Maldoniss", "Viktor Maldonis", "payout to C-KE1 in KES",
    )  # fmt: skip
    assert PayoutStop.objects.get().name == "Viktor Maldoniss"
    assert [notice.title for notice in Notice.objects.all()] == ["Your payout waits for a check of a name"]


def test_a_near_name_stops_the_payout_and_books_nothing() -> None:
    listing(LISTED)
    account()
    earned()

    assert actions.run_payouts(NOON) == []
    assert actions.run_payouts(NOON) == []

    assert Earning.objects.get().state == Earning.State.AVAILABLE
    assert not Journal.objects.filter(kind="payout").exists()
    assert PayoutStop.objects.count() == ScreeningHit.objects.count() == 1
    assert broken() == []


def test_only_the_near_name_waits() -> None:
    listing(LISTED)
    account(holder="Kamba Weavers")
    earned()

    [payout] = actions.run_payouts(NOON)

    assert payout.seller == "C-KE1"
    assert not ScreeningHit.objects.exists()
    assert not PayoutStop.objects.exists()


def test_after_clearing_the_payout_goes_on_by_itself(django_capture_on_commit_callbacks: Any) -> None:
    listing(LISTED)
    account()
    earned()
    actions.run_payouts(NOON)

    with django_capture_on_commit_callbacks(execute=True):
        clear()

    payout = Payout.objects.get()
    assert payout.bank_account
    assert payout.bank_account.holder == "Viktor Maldoniss"
    assert PayoutStop.objects.get().lifted_at is not None
    assert actions.run_payouts(NOON) == []
    assert ScreeningHit.objects.count() == 1


@pytest.mark.parametrize("state", ["CONFIRMED", "UNSURE"])
def test_any_other_decision_keeps_the_stop(django_capture_on_commit_callbacks: Any, state: str) -> None:
    listing(LISTED)
    account()
    earned()
    actions.run_payouts(NOON)

    with django_capture_on_commit_callbacks(execute=True):
        clear(state=state)

    assert actions.run_payouts(NOON) == []
    assert not Payout.objects.exists()
    assert PayoutStop.objects.get().lifted_at is None


def test_a_list_that_changes_between_entry_and_payout_stops_it() -> None:
    listing(OTHER)
    kept = account()
    assert actions.screen_account(kept.pk, at=NOON) is False
    earned()

    listing(OTHER, LISTED)

    assert actions.run_payouts(NOON) == []
    assert ScreeningHit.objects.get().listed.name == "Viktor Maldonis"


def test_the_same_lists_are_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    listing(LISTED)
    kept = account()
    actions.screen_account(kept.pk, at=NOON)
    before = ScreenedParty.objects.get().compared_with

    monkeypatch.setattr("customs.grounds.index", lambda: pytest.fail("compared again"))
    earned()

    assert actions.run_payouts(NOON) == []
    assert ScreenedParty.objects.get().compared_with == before


def test_a_cleared_name_is_asked_again_when_its_entry_changes() -> None:
    listing(LISTED)
    account()
    earned()
    actions.run_payouts(NOON)
    clear()

    listing(Entry(entry="1", kind="person", name="Viktor Maldonis", aliases=("V. Maldonis",)))

    assert actions.run_payouts(NOON) == []
    assert sorted(ScreeningHit.objects.values_list("state", flat=True)) == ["CLEARED", "OPEN"]


def test_an_entry_that_left_the_list_stops_nobody() -> None:
    listing(OTHER, LISTED)
    account()
    earned()
    assert actions.run_payouts(NOON) == []

    listing(OTHER)

    assert len(actions.run_payouts(NOON)) == 1
    assert PayoutStop.objects.get().lifted_at == NOON


def test_a_prepared_payout_is_kept_from_the_bank_when_a_list_changes_after_it() -> None:
    listing(OTHER)
    account()
    earned()
    [payout] = actions.run_payouts(NOON)
    listing(OTHER, LISTED)
    customs.rescreen(version_id=PartyList.objects.get(is_active=True).pk, at=NOON)
    ann = finance("ann")

    assert actions.ready_for_bank(NOON) == []
    with pytest.raises(actions.NameNotCleared, match="Viktor Maldoniss is near a listed one"):
        actions.mark_sent(numbers=[payout.number], by=ann, at=NOON)
    payout.refresh_from_db()
    assert payout.state == "APPROVED"

    clear()
    assert actions.ready_for_bank(NOON) == [payout]
    assert actions.mark_sent(numbers=[payout.number], by=ann, at=NOON)[0].state == "SENT"


def test_the_desks_say_why_and_the_seller_reads_it_without_blame(client: Client) -> None:
    company = seller()
    listing(LISTED)
    account()
    earned()
    actions.run_payouts(NOON)
    client.force_login(finance("ann"))
    money = client.get("/console/money/").content.decode()
    client.force_login(operator())
    desk = client.get("/console/screening/").content.decode()

    assert "Kamba Weavers is not paid in KES since" in money
    assert "the name Viktor Maldoniss is near a listed one" in money
    assert "payout to C-KE1 in KES" in desk
    assert company.notices.get().body.startswith("We compare every name that we pay")
