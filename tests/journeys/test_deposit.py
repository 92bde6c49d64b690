"""A large order in two steps and two parcels: every amount from the deposit to the seller's bank."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest
from django.conf import settings

from logistics.models import Parcel
from marketplace.accounts.models import Company
from marketplace.documents.models import Document
from marketplace.kit.money import Money
from orders.models import OrderState
from orders.payments import books
from orders.payments.models import Earning, Payment
from tests.journeys import steps
from tests.journeys.deal import Deal, assert_books_balance
from tests.orders import world

# The payment library's transport warns of a coming change in its own dependency.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
COMPANY = {"company_name": "Richter Ltd", "tax_id": "GB123456789"}


def delivered(deal: Deal, parcel: Parcel) -> None:
    """Let the carrier hand one parcel over."""
    event = {
        "code": "delivered", "tracking_number": parcel.tracking_number, "time": "2026-12-02T12:00:00+00:00",
        "evidence": {"signed_by": "J. Richter", "proof": "signature"},
    }  # fmt: skip
    deal.post("/logistics/tracking/", settings.CARRIER_SECRET, {"events": [event]})


def balance(code: str, currency: str = "GBP") -> str:
    return str(books.balance(code, currency).amount)


def test_a_large_order_is_paid_in_two_steps_and_released_by_parcels(deal: Deal) -> None:
    world.load(skus=("BASKET",))
    seller = Company.objects.get(number="COM-KE1")
    maker = deal.seller(seller)
    terms = {"country": "GB", "least": "50000", "share": "30", "days": "14", "kept": "10"}
    assert maker.post("/sell/deposits/terms/", terms).status_code == 302

    # The buyer reads the terms before paying and chooses the deposit.
    steps.fill(deal.buyer, {"BASKET": 30}, ship_to="GB-EC1A 1BB", currency="GBP")
    page = deal.buyer.get("/checkout/").content.decode()
    assert "Pay a deposit now" in page
    fields = {name: steps.hidden(page, name) for name in ("key", "quote")}
    where = {**steps.address("GB", "EC1A 1BB", "London"), **COMPANY}
    with deal.callbacks(execute=True):
        sent = deal.buyer.post("/checkout/", {**where, **fields, "steps": "two"})
    if sent.status_code == 409:  # a company's price differs: it is shown once more
        page = sent.content.decode()
        fields = {name: steps.hidden(page, name) for name in ("key", "quote")}
        with deal.callbacks(execute=True):
            sent = deal.buyer.post("/checkout/", {**where, **fields, "steps": "two"})
    assert sent.status_code == 302
    group = steps.last_group()
    order = group.orders.get()
    total, deposit = order.total.rounded(), order.deposit.rounded()
    assert deposit == Money(total.amount * Decimal("0.3"), "GBP").rounded()
    assert order.deposit_kept == Money(deposit.amount * Decimal("0.1"), "GBP").rounded()
    assert Payment.objects.get(reference=group.number).money == deposit

    # The deposit.
    assert steps.pay(deal.sandbox, group).status_code < 400
    with deal.callbacks(execute=True):
        done = deal.buyer.get(f"/checkout/{group.number}/done/").content.decode()
    assert f"£{deposit.amount}" in done
    order.refresh_from_db()
    assert order.state == OrderState.DEPOSIT
    assert balance(f"order:{order.number}:deposit") == str(deposit.amount)
    assert not Parcel.objects.exists()
    mine = f"/orders/{order.number}/"
    page = deal.buyer.get(mine).content.decode()
    assert "Next: the maker says that the goods are ready" in page
    assert f"{mine}papers/deposit-receipt/" in page
    receipt = Document.objects.get(kind="deposit-receipt", subject=order.number)
    assert maker.post(f"/sell/orders/{order.number}/packing/").status_code == 409

    # The goods are ready; the balance.
    with deal.callbacks(execute=True):
        assert maker.post(f"/sell/orders/{order.number}/balance/").status_code == 302
        opened = deal.buyer.post(f"{mine}balance/")
    assert opened.status_code == 302
    rest = Payment.objects.get(reference=f"{order.number}-B")
    assert rest.money.rounded() == total - deposit
    assert httpx.post(rest.page, data={"card": steps.GOOD_CARD}).status_code < 400
    with deal.callbacks(execute=True):
        deal.buyer.get(mine)
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert balance(f"order:{order.number}:deposit") == "0.00"
    assert balance(f"order:{order.number}:hold") == str(total.amount)

    assert Document.objects.get(kind="deposit-receipt", subject=order.number) == receipt
    assert "Invoice with tax" in deal.buyer.get(mine).content.decode()

    # Several parcels; the first arrives and its part is released when the buyer says so.
    if order.state == OrderState.PAID:
        deal.pack(order)
    parcels = list(Parcel.objects.filter(shipment__order_number=order.number).order_by("number"))
    assert len(parcels) > 1
    deal.carry(order, "picked_up", "import_customs", "customs_cleared")
    parts = Earning.objects.filter(order_number=order.number)
    net = sum((row.amount for row in parts), Decimal(0))
    goods = Decimal(3900) * 30
    assert net == goods - (goods * Decimal("0.06"))
    first = parcels[0]
    delivered(deal, first)
    page = deal.buyer.get(mine).content.decode()
    assert "I have this parcel" in page
    other = deal.buyer.post(f"{mine}parcels/{parcels[1].number}/receipt/")
    assert other.status_code == 409
    assert not parts.filter(state="AVAILABLE").exists()
    assert deal.buyer.post(f"{mine}parcels/{first.number}/receipt/").status_code == 302
    ready = parts.filter(state="AVAILABLE")
    assert {row.part for row in ready} == {first.number}
    share = sum(quantity for _sku, quantity in first.contents)
    assert sum((row.amount for row in ready), Decimal(0)) == (net * share / 30).quantize(Decimal("0.01"))
    assert_books_balance()

    # The rest arrives; the buyer confirms the order.
    for parcel in parcels[1:]:
        delivered(deal, parcel)
    order.refresh_from_db()
    assert order.state == OrderState.DELIVERED
    with deal.callbacks(execute=True):
        assert deal.buyer.post(f"{mine}receipt/").status_code == 302
    assert not parts.exclude(state="AVAILABLE").exists()
    assert deal.pay_out(order) == [f"KES {net.quantize(Decimal('0.01'))}"]
    assert_books_balance()
