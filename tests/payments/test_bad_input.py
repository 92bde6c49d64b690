"""What must be refused with a reason, told in the log, and move nothing; the rest stands where it is made.

Signatures, old time stamps, replays: test_webhooks.py; reordered events: tests/faults; locked rates too late
or twice: tests/currency/test_rates.py; bank files with mistakes: test_reconciling.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from marketplace.accounts.models import Company, Membership, User
from marketplace.currency import actions as currency
from marketplace.currency.models import FxLock
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.payments import actions, iban
from orders.payments.models import BankAccount, Earning, Journal, Payout, Posting, Refund
from tests.payments.world import NOON, broken, finance, money, paid, prepared, share

pytestmark = pytest.mark.django_db
Facts = dict[str, Any]
# The registry's example of Pakistan is PK36 SCBL 0000 0011 2345 6702.
PK = "PK36 SCBL 0000 0011 2345 6703"


def ready() -> Payout:
    """A payout of KES 27670.97 that waits for the bank, and an order that is paid."""
    actions.set_bank_account(
        seller="C-KE1", currency="KES", country="KE", holder="M", account="011022334417",
        at=NOON - timedelta(days=9),
    )  # fmt: skip
    paid("GRP-1", {"ORD-1": share()})
    paid("GRP-2", {"ORD-2": share()})
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)
    [payout] = actions.run_payouts(NOON)
    return payout


def everything() -> list[object]:
    """All that money is: journals with their postings, lines of sellers, refunds, payouts, accounts."""
    rows: list[object] = [list(model.objects.order_by("pk").values()) for model in (Earning, Refund, Payout)]
    return [*rows, list(BankAccount.objects.values()), Journal.objects.count(), Posting.objects.count()]


ACTS: list[tuple[str, Callable[[Payout], object]]] = [
    ("another amount captured", lambda _p: _capture("GRP-3", "300.64")),
    ("more refunded than there is", lambda _p: actions.refund("ORD-2", money("300.66"), "x", "R1")),
    ("nothing refunded", lambda _p: actions.refund("ORD-2", money("0.00"), "x", "R1")),
    ("a negative refund", lambda _p: actions.refund("ORD-2", money("-1.00"), "x", "R1")),
    ("a negative part", lambda _p: actions.refund("ORD-2", None, "x", "R1", lines={"tax": money("-1.00")})),
    ("earned before it is paid", lambda _p: actions.earn("ORD-3", NOON)),
    ("a payout confirmed without a reference", lambda p: _confirm(p, " ")),
    (
        "a payout of no desk",
        lambda p: actions.fail_payout(number=p.number, problem="x", by=_nobody(), at=NOON),
    ),
    ("a lock of a currency without a rate", lambda _p: currency.lock([("EUR", "XXQ")], NOON)),
    ("a balance changed into a currency without a rate", lambda _p: _exchange("ZWG")),
    ("an account number of letters", lambda _p: _account("KE", "no account")),
    ("an IBAN with a wrong check", lambda _p: _account("DE", "DE89 3704 0044 0532 0130 01")),
    ("an IBAN of another length", lambda _p: _account("DE", "DE89 3704 0044 0532 0130")),
    ("an IBAN with a wrong check, of a country that has other numbers too", lambda _p: _account("PK", PK)),
    ("an IBAN of another country", lambda _p: _account("FR", "DE89 3704 0044 0532 0130 00")),
]


def _capture(reference: str, amount: str) -> object:
    return actions.record_capture(reference, money(amount), charge="ch_x", at=NOON)


def _confirm(payout: Payout, reference: str) -> object:
    return actions.confirm_payout(number=payout.number, bank_reference=reference, by=finance("ann"), at=NOON)


def _nobody() -> User:
    return User.objects.create_user("nobody@mail.example")


def _exchange(code: str) -> object:
    return actions.choose_payout_currency(seller="C-KE1", currency=code, by=_nobody(), at=NOON)


def _account(country: str, number: str) -> object:
    return actions.set_bank_account(
        seller="C-KE1", currency="KES", country=country, holder="M", account=number, at=NOON
    )


@pytest.mark.parametrize(("act"), [act for _words, act in ACTS], ids=[words for words, _act in ACTS])
def test_a_wrong_order_is_refused_in_words_and_moves_nothing(act: Callable[[Payout], object]) -> None:
    payout = ready()
    prepared("GRP-3", {"ORD-3": share()})
    before = everything()

    with pytest.raises(Refusal) as refused, transaction.atomic():
        act(payout)

    assert len(str(refused.value)) > 15
    assert everything() == before
    assert broken() == []


def test_a_negative_payout_cannot_even_be_written() -> None:
    payout = ready()
    before = everything()

    for amount in ("-1.00", "0.00"):
        with pytest.raises(IntegrityError, match="payout_above_zero"), transaction.atomic():
            Payout.objects.create(
                number=f"PO-{amount}", seller="C-KE1", amount=Decimal(amount), currency="KES",
                state="APPROVED", bank_account=payout.bank_account, prepared_at=NOON,
            )  # fmt: skip

    assert everything() == before


def test_a_balance_below_zero_is_paid_to_nobody() -> None:
    payout = ready()
    actions.mark_sent(numbers=[payout.number], by=finance("ann"), at=NOON)
    actions.confirm_payout(
        number=payout.number, bank_reference="FT1", by=User.objects.get(desk="finance"), at=NOON
    )
    actions.refund("ORD-1", None, "x", "R1", at=NOON)
    before = Payout.objects.count()

    assert actions.run_payouts(NOON + timedelta(days=30)) == []
    assert Payout.objects.count() == before


def test_a_lock_that_ran_out_is_refused_twice_and_stays_unused() -> None:
    held = currency.lock([("ARS", "CNY")], NOON)

    for group in ("GRP-1", "GRP-1", "GRP-2"):
        with pytest.raises(currency.LockExpired):
            currency.use_lock(held.number, group, NOON + timedelta(minutes=31))

    assert FxLock.objects.get(pk=held.pk).used_by is None


def test_a_refused_account_number_is_said_on_the_page_and_told_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    seller = Company.objects.create(
        number="C-DE1",
        slug="de1",
        name="Maker",
        country="DE",
        currency="EUR",
        is_seller=True,
        state="APPROVED",
    )
    owner = User.objects.create_user("owner@maker.example", "a very long password", company=seller)
    Membership.objects.create(user=owner, company=seller, role=Membership.Role.OWNER)
    client.force_login(owner)
    client.post("/accounts/reauthenticate/", {"password": "a very long password"})

    with caplog.at_level(logging.WARNING):
        answer = client.post(
            "/sell/payouts/account/",
            {"currency": "EUR", "holder": "M", "account": "DE89 3704 0044 0532 0130 01"},
        )

    assert answer.status_code == 422
    assert "Check the number on a bank statement" in answer.content.decode()
    assert not BankAccount.objects.exists()
    assert "/sell/payouts/account/" in caplog.text
    assert "0532 0130" not in caplog.text


@pytest.mark.parametrize(
    "number",
    [
        "DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "NO9386011117947",
        "PK36SCBL0000001123456702",
    ],
)  # fmt: skip
def test_published_example_ibans_pass_and_each_changed_digit_fails(number: str) -> None:
    country = number[:2]
    assert iban.problem(number, country) == ""

    for place in range(4, len(number)):
        if number[place].isdigit():
            other = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
            assert iban.problem(other, country), other


@pytest.mark.parametrize(
    ("number", "country"), [("0110223344", ""), ("KE12345678", "KE"), ("12345678901", "AR")]
)
def test_numbers_of_countries_without_ibans_pass(number: str, country: str) -> None:
    assert iban.problem(number, country) == ""


def test_money_of_two_currencies_never_meets() -> None:
    with pytest.raises(ValueError, match="EUR"):
        _ = money("1.00") + Money(Decimal(1), "USD")
