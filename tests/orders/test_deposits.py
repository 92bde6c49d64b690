"""Paying in two steps: the terms, the plan, the balance that comes, is late or never comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from logistics.warehousing import actions as warehousing
from marketplace.accounts.models import Membership, User
from marketplace.documents.models import Document
from marketplace.events.models import Event
from marketplace.kit.money import CURRENCIES, Money, chargeable
from orders import actions, deposit_receipts, deposits
from orders.actions import depositing
from orders.actions.progress import AmountDiffers, NotYet
from orders.deposits import DepositTerms, plan, reminders_due
from orders.models import DepositRule, Order, OrderGroup, OrderState
from orders.payments import actions as payments
from orders.payments.gateways.base import DisputeNews
from orders.payments.models import Earning, Payment, Refund
from tests.orders import world
from tests.orders.test_placing import JANA
from tests.orders.world import NOW

COMPANY = {"company_name": "Richter Ltd", "tax_id": "GB123456789"}


def money(amount: str, currency: str = "GBP") -> Money:
    return Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("price", "share", "kept", "business", "expected"),
    [
        # a third of 1000.00 is charged to the cent, the rest later
        ("GBP 1000.00", "0.333", "0", True, "333.00 667.00 0.00"),
        ("GBP 1000.01", "0.30", "0.10", True, "300.00 700.01 30.00"),
        # a private person gets the whole deposit back
        ("GBP 1000.01", "0.30", "0.10", False, "300.00 700.01 0"),
        # no cents in yen; a card takes KWD only to ten fils
        ("JPY 10001", "0.30", "0.50", True, "3000 7001 1500"),
        ("KWD 100.005", "0.30", "0.10", True, "30.000 70.005 3.000"),
        # too small to be split
        ("GBP 0.01", "0.30", "0", True, ""),
    ],
)
def test_a_plan_splits_the_price(price: str, share: str, kept: str, business: bool, expected: str) -> None:
    currency, amount = price.split()
    terms = DepositTerms(Decimal(share), money("1", currency), 14, Decimal(kept))

    found = plan(money(amount, currency), terms, business=business)

    said = f"{found.deposit.amount} {found.balance.amount} {found.kept.amount}" if found else ""
    assert said == expected


@given(
    st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**8), st.integers(100, 900), st.integers(0, 500),
    st.booleans(),
)  # fmt: skip
def test_deposit_and_balance_are_the_price_and_the_deposit_can_be_charged(
    currency: str, minor: int, share: int, kept: int, business: bool
) -> None:
    price = Money.from_minor(minor, currency)
    terms = DepositTerms(Decimal(share) / 1000, price, 3, Decimal(kept) / 1000)

    if found := plan(price, terms, business=business):
        assert found.deposit + found.balance == price
        assert chargeable(found.deposit) == found.deposit
        assert 0 < found.deposit.amount < price.amount
        assert 0 <= found.kept.amount <= found.deposit.amount
        assert business or not found.kept


@pytest.mark.parametrize(
    ("days", "at", "expected"), [(14, 0, 0), (14, 7, 1), (14, 12, 1), (14, 13, 2), (3, 2, 2), (3, 1, 0)]
)
def test_reminders_come_at_half_of_the_time_and_a_day_before(days: int, at: int, expected: int) -> None:
    assert reminders_due(NOW, NOW + timedelta(days=days), NOW + timedelta(days=at)) == expected


def owner() -> User:
    seller = world.maker("KE1")
    user = User.objects.create_user("mbali@maker.example", company=seller)
    Membership.objects.create(user=user, company=seller, role=Membership.Role.OWNER)
    return user


def rule(share: str = "0.30", least: str = "5000", *, kept: str = "0.10", country: str = "") -> DepositRule:
    by = User.objects.filter(email="mbali@maker.example").first() or owner()
    return depositing.set_rule(
        seller=world.maker("KE1"), country=country, share=Decimal(share), least=money(least, "KES"), days=14,
        kept=Decimal(kept), by=by, at=NOW,
    )  # fmt: skip


def ordered(**contact: str) -> OrderGroup:
    who = replace(JANA, **contact)
    cart = actions.open_cart(token="", user=None)
    actions.add(cart_id=cart.pk, sku="BASKET", quantity=2)
    quote, _view = actions.request_quote(
        cart=cart, ship_to=who.price_place, currency="GBP", buyer=who.buyer, at=NOW
    )
    return actions.place(
        cart_id=cart.pk, key="k", quote_number=quote.number, contact=who, user=None, at=NOW, in_two=True
    )


def captured(reference: str, amount: Money, at: datetime = NOW) -> None:
    """Let the bank say yes, and the room above hear of it."""
    Payment.objects.create(
        reference=reference, state="OPEN", amount=amount.amount, charged_amount=amount.amount,
        currency=amount.currency, success_url="http://x.example/", cancel_url="http://x.example/",
        expires_at=at, page_expires_at=at, created_at=at,
    )  # fmt: skip
    payments.record_capture(reference, amount, charge=f"ch_{reference}", at=at)
    if reference.endswith("-B"):
        depositing.mark_balance_paid(number=reference.removesuffix("-B"), captured=amount, at=at)
    else:
        actions.mark_paid(group_number=reference, captured=amount, at=at)


def with_deposit(**contact: str) -> Order:
    """Two baskets for GBP 78.17 with 30 percent paid."""
    world.load(skus=("BASKET",))
    rule()
    group = ordered(**contact)
    captured(group.number, group.due_now)
    return Order.objects.get()


def facts(order: Order) -> list[str]:
    return list(Event.objects.about(order.number).order_by("pk").values_list("name", flat=True))


@pytest.mark.django_db
def test_a_deposit_keeps_the_goods_and_sends_nothing() -> None:
    order = with_deposit()

    assert (order.state, str(order.deposit.rounded()), str(order.balance.rounded())) == (
        "DEPOSIT", "GBP 23.45", "GBP 54.72",
    )  # fmt: skip
    assert (order.paid_at, order.shipment_number) == (None, "")
    assert facts(order) == ["OrderPlaced", "DepositPaid"]
    assert warehousing.available(["BASKET"]) == {"BASKET": 48}


def words_of(content: bytes) -> str:
    return " ".join(pypdfium2.PdfDocument(content)[0].get_textpage().get_text_bounded().split())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("contact", "unpaid"),
    [
        ({}, "the order ends and the whole deposit goes back to you"),
        (COMPANY, "GBP 1.96 of the deposit stay with the maker and the rest goes back"),
    ],
)
def test_the_receipt_of_a_deposit_is_written_once_and_is_the_buyers_alone(
    contact: dict[str, str], unpaid: str
) -> None:
    order = with_deposit(**contact)
    for _again in range(2):
        deposit_receipts.write_receipt(order_number=order.number)
    kept = Document.objects.get(kind="deposit-receipt")
    with kept.file.open("rb") as file:
        said = words_of(file.read())

    for wanted in (
        order.number, "24 November 2026", order.group.number, order.seller.name,
        f"Deposit, paid on 24 November 2026 {order.deposit.rounded().amount}",
        f"Left to pay {order.balance.rounded().amount}", f"delivered {order.total.rounded().amount}",
        "is due 14 days after the maker says that the goods are ready", "a receipt, no invoice",
        "The invoice of the whole order comes with the balance", unpaid,
    ):  # fmt: skip
        assert wanted in said, said
    buyer = Client()
    page = buyer.get(order.signed_link, follow=True).content.decode()
    address = f"/orders/{order.number}/papers/deposit-receipt/"
    assert address in page
    assert "Receipt of the deposit" in page
    assert b"".join(buyer.get(address).streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert Client().get(address).status_code == 404
    assert list(kept.companies.all()) == [order.group.buyer]


@pytest.mark.django_db
def test_an_order_that_is_paid_whole_has_no_receipt_of_a_deposit() -> None:
    world.load(skus=("BASKET",))
    group = ordered()
    captured(group.number, group.due_now)

    assert deposit_receipts.write_receipt(order_number=group.orders.get().number) is None
    assert not Document.objects.filter(kind="deposit-receipt").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("least", "country"), [("7801", ""), ("5000", "DE")])
def test_orders_outside_the_terms_are_paid_whole(least: str, country: str) -> None:
    world.load(skus=("BASKET",))
    rule(least=least, country=country)

    group = ordered()

    assert group.due_now == group.total
    assert group.orders.get().deposit_amount == 0


@pytest.mark.django_db
def test_the_terms_of_a_country_come_first_and_placed_orders_keep_theirs() -> None:
    world.load(skus=("BASKET",))
    rule()
    rule("0.50", country="GB")
    group = ordered()

    depositing.drop_rule(seller=world.maker("KE1"), country="GB")

    order = group.orders.get()
    assert str(order.deposit.rounded()) == "GBP 39.09"
    assert str(group.due_now.rounded()) == "GBP 39.09"


@pytest.mark.django_db
def test_the_balance_is_asked_once_and_makes_the_order_paid() -> None:
    order = with_deposit()
    with pytest.raises(depositing.NotAsked):
        depositing.open_balance(order, at=NOW)

    promised = (order.earliest_on, order.latest_on)
    assert all(promised)
    assert "after the balance" in Client().get(order.signed_link, follow=True).content.decode()
    asked_order = order
    for day in (1, 2):
        asked_order = depositing.ask_balance(number=order.number, at=NOW + timedelta(days=day))
    assert asked_order.balance_due_at == NOW + timedelta(days=15)
    captured(f"{order.number}-B", order.balance, NOW + timedelta(days=3))

    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert order.shipment_number
    # The goods waited three days for the balance, so the promise begins three days later.
    assert (order.earliest_on, order.latest_on) == tuple(day + timedelta(days=3) for day in promised if day)
    assert facts(order).count("OrderPaid") == 1
    with pytest.raises(AmountDiffers):
        depositing.mark_balance_paid(number=order.number, captured=money("1.00"), at=NOW)


@pytest.mark.django_db
def test_an_open_balance_is_reminded_of_twice_and_then_ends_the_order() -> None:
    order = with_deposit(**COMPANY)
    depositing.ask_balance(number=order.number, at=NOW)

    for hours in range(0, 15 * 24, 6):
        at = NOW + timedelta(hours=hours)
        if not depositing.end_unpaid(number=order.number, at=at):
            depositing.remind(number=order.number, at=at)

    assert facts(order).count("BalanceReminded") == 2
    order.refresh_from_db()
    assert (order.state, order.cancel_reason) == ("CANCELLED", "The balance was not paid in time.")
    # Ten percent of GBP 19.55 stay with the maker, as agreed with a company.
    assert [str(r.money.rounded()) for r in Refund.objects.all()] == ["GBP 17.59"]
    kept = Earning.objects.get()
    assert (kept.kind, kept.state, str(kept.money.rounded())) == ("kept", "AVAILABLE", "KES 354.87")
    assert warehousing.available(["BASKET"]) == {"BASKET": 50}


@pytest.mark.django_db
def test_an_order_ends_also_when_only_the_agreed_part_of_its_deposit_is_left() -> None:
    order = with_deposit(**COMPANY)
    depositing.ask_balance(number=order.number, at=NOW)
    payments.refund(order.number, order.deposit - order.deposit_kept, "A scratch", "R1", at=NOW)

    assert depositing.end_unpaid(number=order.number, at=NOW + timedelta(days=15))

    order.refresh_from_db()
    assert order.state == "CANCELLED"
    assert [str(r.money.rounded()) for r in Refund.objects.all()] == ["GBP 17.59"]
    assert str(Earning.objects.get(kind="kept").money.rounded()) == "KES 354.87"
    assert payments.deposit_left(order.number, "GBP").amount == 0


@pytest.mark.django_db
def test_a_private_buyer_who_calls_off_gets_the_whole_deposit_back() -> None:
    order = with_deposit()

    for _again in range(2):
        actions.cancel(number=order.number, reason="Changed my mind", at=NOW)

    assert [str(r.money.rounded()) for r in Refund.objects.all()] == ["GBP 23.45"]
    assert not Earning.objects.exists()


@pytest.mark.django_db
def test_a_company_gets_all_back_when_it_is_not_the_cause() -> None:
    order = with_deposit(**COMPANY)

    actions.stop(number=order.number, reason="Not shipped within 60 days", at=NOW)

    assert [str(r.money.rounded()) for r in Refund.objects.all()] == ["GBP 19.55"]


@pytest.mark.django_db
def test_a_balance_after_the_end_goes_back() -> None:
    order = with_deposit()
    depositing.ask_balance(number=order.number, at=NOW)
    depositing.end_unpaid(number=order.number, at=NOW + timedelta(days=15))

    captured(f"{order.number}-B", order.balance, NOW + timedelta(days=15))

    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert sorted(str(r.money.rounded()) for r in Refund.objects.all()) == ["GBP 23.45", "GBP 54.72"]


@pytest.mark.django_db
def test_a_bank_case_about_the_balance_is_listed_with_its_order() -> None:
    order = with_deposit()
    depositing.ask_balance(number=order.number, at=NOW)
    captured(f"{order.number}-B", order.balance, NOW)
    news = DisputeNews("du_1", "open", f"ch_{order.number}-B", order.balance, "fraudulent", None)
    payments.hear_dispute(news, at=NOW)

    actions.list_card_dispute(provider_dispute="du_1")
    case = actions.list_card_dispute(provider_dispute="du_1")

    assert case is not None
    assert list(case.orders.values_list("number", flat=True)) == [order.number]
    assert case.group == order.group


@pytest.mark.django_db
def test_a_balance_is_asked_of_an_order_with_a_deposit_only() -> None:
    order = with_deposit()
    actions.cancel(number=order.number, reason="Changed my mind", at=NOW)

    with pytest.raises(NotYet):
        depositing.ask_balance(number=order.number, at=NOW)

    order.refresh_from_db()
    assert order.balance_asked_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"share": "9"}, "10 to 90 percent"), ({"share": "95"}, "10 to 90 percent"),
        ({"share": "x"}, "whole numbers"), ({"kept": "60"}, "0 to 50 percent"),
        ({"days": "2"}, "3 to 30 days"),
        ({"days": "4.5"}, "3 to 30 days"), ({"least": "-1"}, "which value"),
        ({"least": "1e99"}, "such as 5000"),
        ({"country": "ZZ"}, "Choose a country"),
    ],
)  # fmt: skip
def test_terms_out_of_bounds_are_refused_in_words(client: Client, change: dict[str, str], words: str) -> None:
    client.force_login(owner())
    good = {"country": "", "least": "5000", "share": "30", "days": "14", "kept": "10"}

    answer = client.post("/sell/deposits/terms/", {**good, **change})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not DepositRule.objects.exists()


@pytest.mark.django_db
def test_a_seller_sets_and_drops_terms_on_the_page(client: Client) -> None:
    client.force_login(owner())
    assert "Buyers pay the whole price" in client.get("/sell/deposits/").content.decode()

    client.post(
        "/sell/deposits/terms/", {"country": "GB", "least": "5000", "share": "30", "days": "14", "kept": "0"}
    )
    found = DepositRule.objects.get()
    assert (found.country, found.share, found.days, found.kept) == (
        "GB",
        Decimal("0.300"),
        14,
        Decimal("0.000"),
    )
    assert "United Kingdom" in client.get("/sell/deposits/").content.decode()

    client.post("/sell/deposits/terms/", {"country": "GB", "act": "drop"})
    assert not DepositRule.objects.exists()


@pytest.mark.django_db
def test_the_sellers_page_has_no_packing_and_no_papers_before_the_balance(client: Client) -> None:
    order = with_deposit()
    client.force_login(User.objects.get(email="mbali@maker.example"))
    address = f"/sell/orders/{order.number}/"
    plan_of_packing = f"{address}parcel/plan/"

    before = client.get(address).content.decode()
    depositing.ask_balance(number=order.number, at=NOW)
    captured(f"{order.number}-B", order.balance, NOW)
    after = client.get(address).content.decode()

    assert plan_of_packing not in before
    assert "They come when the whole order is paid." in before
    assert plan_of_packing in after
    assert client.get(plan_of_packing).status_code == 200


def test_the_bounds_fit_the_clock_of_held_money(settings) -> None:
    assert deposits.MOST_DAYS < settings.HELD_END_DAYS
