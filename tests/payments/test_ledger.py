"""The ledger refuses what must not be, in the database itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kit.money import Money, total
from orders.payments import books, guarding
from orders.payments.ledger import Entry, Unbalanced, check
from orders.payments.models import Balance, Journal, Posting
from orders.payments.shares import PARTS, refund_by_parts
from tests.payments.world import NOON, broken, finance, money

LINE = '{"code":"%s","currency":"EUR","minor":%d,"normal":1,"guarded":false,"clearing":false}'
LOPSIDED = f"[{LINE % ('psp:balance', 5)},{LINE % ('bank', -4)}]"
pytestmark = pytest.mark.django_db


def book(source: str, *entries: tuple[str, str], currency: str = "EUR") -> int | None:
    return books.post(
        "test", source, [Entry(code, money(amount, currency)) for code, amount in entries], at=NOON
    )


def test_a_balanced_journal_moves_both_balances():
    book("1", ("psp:balance", "10.00"), ("order:A:hold", "-10.00"))

    assert books.balance("psp:balance", "EUR") == money("10.00")
    assert books.balance("order:A:hold", "EUR") == money("10.00")
    assert broken() == []


def test_the_same_source_is_booked_once():
    first = book("1", ("psp:balance", "10.00"), ("order:A:hold", "-10.00"))

    again = book("1", ("psp:balance", "10.00"), ("order:A:hold", "-10.00"))

    assert (first is not None, again) == (True, None)
    assert books.balance("psp:balance", "EUR") == money("10.00")


def test_a_journal_out_of_balance_is_refused_before_and_by_the_database():
    with pytest.raises(Unbalanced):
        check([Entry("psp:balance", money("1")), Entry("bank:main", money("-1", "USD"))])
    with (
        pytest.raises(IntegrityError, match="out of balance"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT payments_post('test', 'x', '', now(), null, %s); SET CONSTRAINTS ALL IMMEDIATE",
            [LOPSIDED],
        )
    assert not Journal.objects.exists()


def test_a_journal_without_postings_is_refused():
    with (
        pytest.raises(IntegrityError, match="fewer than two"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT payments_post('test', 'x', '', now(), null, '[]'); SET CONSTRAINTS ALL IMMEDIATE"
        )


def test_a_guarded_account_is_never_overdrawn():
    book("1", ("psp:balance", "10.00"), ("order:A:hold", "-10.00"))

    with pytest.raises(IntegrityError, match="account_overdrawn"), transaction.atomic():
        book("2", ("order:A:hold", "10.01"), ("psp:balance", "-10.01"))

    assert books.balance("order:A:hold", "EUR") == money("10.00")
    assert not Journal.objects.of("test", "2").exists()


def change_as(who: str, change: str) -> None:
    """Try a change as the product or as the owner of the tables, with no right that only tests have."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL sampan.keep_ledger = 'yes'")
        with guarding.open_for_change():
            name = connection.ops.quote_name(connection.settings_dict["USER"])
            cursor.execute(f"REVOKE TRUNCATE ON payments_posting, payments_ledgerday FROM {name}")
            if who == "owner":
                cursor.execute(change)
        cursor.execute(change)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payments_posting SET minor = minor + 1",
        "DELETE FROM payments_posting",
        "DELETE FROM payments_journal",
        "UPDATE payments_journal SET kind = 'x'",
        "UPDATE payments_ledgerday SET hash = 'x'",
        "TRUNCATE payments_posting CASCADE",
        "TRUNCATE payments_ledgerday",
    ],
)
@pytest.mark.parametrize("who", ["product", "owner"])
def test_nothing_booked_is_changed(change: str, who: str):
    """The product's role has no right to; the owner of the tables is stopped by the triggers."""
    book("1", ("psp:balance", "10.00"), ("order:A:hold", "-10.00"))
    books.seal_days(up_to=Journal.objects.get().booked_at.date(), at=NOON)

    words = "append-only" if who == "owner" else "permission denied"
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        change_as(who, change)

    assert Posting.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payments_balance SET minor = minor + 1",
        "INSERT INTO payments_balance (account_id, shard, guarded, minor) VALUES (1, 7, false, 5)",
        "UPDATE payments_account SET guarded = false",
        "ALTER TABLE payments_posting DISABLE TRIGGER payments_posting_fixed",
        "DROP TRIGGER payments_journal_fixed ON payments_journal",
        (
            "CREATE OR REPLACE FUNCTION payments_append_only() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NEW; END $$"
        ),
    ],
)
def test_the_products_role_cannot_take_the_protection_away(change: str):
    book("1", ("psp:balance", "10.00"), ("order:A:hold", "-10.00"))

    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE;" + change)

    assert (guarding.protection().state, books.balance("psp:balance", "EUR")) == ("role", money("10.00"))


def test_without_the_right_to_create_roles_the_triggers_protect_alone():
    me = connection.settings_dict["USER"]
    with connection.cursor() as cursor:
        # What a database looks like whose user may not create roles: the product owns the tables itself.
        cursor.execute(f"GRANT {me}_ledger TO {me}")
        for table in guarding.TABLES:
            cursor.execute(f"ALTER TABLE {table} OWNER TO {me}")
        cursor.execute(f"REVOKE {me}_ledger FROM {me}")

    found = guarding.protection()
    assert (found.state, found.by_trigger, found.by_role) == ("trigger", True, False)

    assert guarding.hand_over() == "role"
    assert guarding.protection().state == "role"


def test_a_missing_trigger_is_told():
    with connection.cursor() as cursor, guarding.open_for_change():
        cursor.execute("ALTER TABLE payments_posting DISABLE TRIGGER payments_posting_kept")

    assert guarding.protection().state == "none"


def test_a_user_without_rights_to_roles_keeps_working():
    """The same steps as a user that may not create roles: nothing is changed and nothing breaks."""
    name = connection.ops.quote_name("sampan_plain")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name} NOLOGIN; GRANT {name} TO CURRENT_USER; SET LOCAL ROLE {name}")
        assert guarding.hand_over() == "trigger"
        cursor.execute("RESET ROLE")

    assert guarding.protection().state == "role"


def test_a_tampered_balance_is_found():
    book("1", ("psp:balance", "10.00"), ("order:A:hold", "-10.00"))

    with guarding.open_for_change():
        Balance.objects.filter(account__code="order:A:hold").update(minor=1100)

    assert [proof.law for proof in books.prove() if not proof.holds] == ["i2_balance_drift"]


def test_days_are_sealed_in_a_chain():
    book("1", ("psp:balance", "10.00"), ("order:A:hold", "-10.00"))
    today = Journal.objects.get().booked_at.date()

    assert books.seal_days(up_to=today, at=NOON) == 1
    assert books.seal_days(up_to=today, at=NOON) == 0
    assert books.broken_seals() == []

    book("2", ("psp:balance", "1.00"), ("order:A:hold", "-1.00"))  # after the seal: the day no longer fits
    assert books.broken_seals() == [today]


parts = st.lists(st.integers(0, 100_000), min_size=len(PARTS), max_size=len(PARTS)).filter(any)


@given(parts, st.lists(st.integers(1, 50_000), max_size=8))
def test_any_number_of_partial_refunds_equals_one_full_refund(minors, steps):
    originals = {part: Money.from_minor(minor, "EUR") for part, minor in zip(PARTS, minors, strict=True)}
    refunded = {part: Money.zero("EUR") for part in PARTS}
    left = sum(minors)

    for step in [*steps, left]:
        amount = Money.from_minor(min(step, left), "EUR")
        if not amount:
            continue
        taken = refund_by_parts(originals, refunded, amount)
        assert total(taken.values(), "EUR") == amount
        assert all(money.amount >= 0 for money in taken.values())
        refunded = {part: refunded[part] + taken[part] for part in PARTS}
        left -= amount.minor
    if left:
        last = refund_by_parts(originals, refunded, Money.from_minor(left, "EUR"))
        refunded = {part: refunded[part] + last[part] for part in PARTS}

    assert refunded == originals


def test_three_decimals_are_booked_in_fils():
    book("1", ("psp:balance", "1.234"), ("order:A:hold", "-1.234"), currency="KWD")

    assert books.balance("order:A:hold", "KWD") == Money(Decimal("1.234"), "KWD")


def test_the_console_says_what_protects_the_ledger(client: Client):
    client.force_login(finance("ann"))

    assert "by rights and by trigger" in client.get("/console/health/").content.decode()

    with connection.cursor() as cursor, guarding.open_for_change():
        cursor.execute("ALTER TABLE payments_journal DISABLE TRIGGER payments_journal_fixed")
    assert "a trigger is missing" in client.get("/console/health/").content.decode()
