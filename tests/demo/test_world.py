"""The demo world is as large and as varied as it says: counted in its tables, its plan, and a played part."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from catalog.models import Picture, Product, ProductState
from customs.models import Hold, Severity
from marketplace.accounts.models import Company, User
from marketplace.demo import cases, deposits, goods, history, people, quarrels, world
from marketplace.documents.models import Document
from orders.models import Dispute, Order
from orders.payments import books, held

NOW = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
COUNTRIES = {"AR", "MY", "KE", "VN", "CN", "TR", "PE"}


def quiet(_words: str) -> None:
    """Say nothing."""


def table(name: str) -> list[dict[str, str]]:
    return list(people.rows(name))


def test_the_tables_hold_24_firms_60_products_and_pictures_for_all():
    firms, products = table("firms.csv"), table("products.csv")
    pictured = {row["product_id"] for row in table("pictures.csv") if (goods.PICTURES / row["file"]).exists()}

    assert len(firms) == 24
    assert {row["country"] for row in firms} == COUNTRIES
    assert len(products) == len({row["product_id"] for row in products}) == 60
    assert {row["firm_id"] for row in products} == {row["firm_id"] for row in firms}
    assert {row["product_id"] for row in products} <= pictured


def test_people_who_write_reviews_speak_five_languages():
    spoken = {row["language"][:2] for row in table("people.csv")}

    assert len(spoken & {row["language"] for row in table("reviews.csv")}) >= 5


@pytest.fixture
def shop(db: None) -> dict[str, Product]:
    """The people and goods of the demo world, without its pictures' files."""
    for command in ("load_rates", "load_starter_tariff", "load_starter_network"):
        call_command(command, verbosity=0, stdout=StringIO())
    call_command("load_parties", "demo", verbosity=0, stdout=StringIO())
    people.load()
    products = goods.load()
    for number, product in enumerate(products.values()):
        Picture.objects.create(product=product, name=f"p{number}", widths=[160], state=Picture.State.READY)
    world._publish(products, NOW - timedelta(days=280))
    world._stock(products, NOW)
    return products


@pytest.mark.django_db
def test_the_plan_is_300_deals_over_nine_months_and_the_cases_are_twelve_of_a_kind_each(shop):
    assert Company.objects.filter(is_seller=True, state=Company.State.APPROVED).count() == 24
    assert Product.objects.filter(state=ProductState.LIVE).count() == 60
    plans = history._plans(300, 1, NOW, random.Random(1))  # noqa: S311 - the demo's own dice
    days = [plan.placed_at.date() for plan in plans]
    assert len(plans) == 300
    assert (max(days) - min(days)).days >= 260
    assert len({day.month for day in days}) >= 9

    _play_past_deals()
    cases.play(seed=1, at=NOW, say=quiet)
    quarrels.play(at=NOW, say=quiet)
    for _again in range(2):
        deposits.play(at=NOW, say=quiet)

    _look_at_the_deposits()
    _look_at_the_cases()
    states = Counter(Dispute.objects.values_list("state", flat=True))
    assert sum(states.values()) >= 5
    assert len(states) >= 5
    assert [proof.law for proof in books.prove() if not proof.holds] == []


def _play_past_deals() -> None:
    """Twelve deals of one kind of goods: usual prices for customs, delivered parcels for disputes."""
    buyer = User.objects.select_related("company").get(email="grace@demo.sampan.example")
    for number in range(12):
        placed_at = NOW - timedelta(days=24, minutes=number)
        plan = history.Plan(f"demo-1-{number:04}", buyer, (("MY2-P010", 1),), placed_at)
        history.play_deal(plan, NOW, random.Random(number))  # noqa: S311 - the same in every run


def _look_at_the_deposits() -> None:
    """One balance is asked and not due yet, the other was paid; both have their receipt, one its invoice."""
    waits, paid = Order.objects.exclude(deposit_paid_at=None).select_related("group").order_by("-placed_at")
    assert (waits.state, paid.state) == ("DEPOSIT", "PAID")
    assert waits.balance_asked_at
    assert waits.balance_due_at
    assert waits.balance_asked_at < NOW < waits.balance_due_at
    assert waits.deposit + waits.balance == waits.total
    assert [one.group.email.partition("@")[0] for one in (waits, paid)] == ["lucia", "paul"]
    for order in (waits, paid):
        assert Document.objects.filter(kind="deposit-receipt", subject=order.number).count() == 1
    assert paid.invoices.count() == 1
    both = {waits.number, paid.number}
    assert {row.order_number: row.why for row in held.held(NOW) if row.order_number in both} == {
        waits.number: "the balance is open", paid.number: "deposit and balance paid, not shipped yet",
    }  # fmt: skip


def _look_at_the_cases() -> None:
    found = list(Hold.objects.open().select_related("declaration").prefetch_related("findings"))
    kinds = {(tuple(stops(hold)), hold.title) for hold in found}
    assert len(found) == len(kinds) == 12
    assert len({rule for hold in found for rule in stops(hold)}) >= 11
    assert len({hold.deadline for hold in found}) == 12
    assert len({hold.state for hold in found}) == 4
    assert len({(hold.declaration.from_country, hold.declaration.to_country) for hold in found}) >= 9
    assert {hold.needs_second for hold in found} == {True, False}


def stops(hold: Hold) -> list[str]:
    """The rules that hold the parcel."""
    return sorted({one.rule for one in hold.findings.all() if one.severity >= Severity.PAPERS})
