"""How many statements the buyer's pages may take."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.payments.gateways import base, stripe
from tests.journeys import steps
from tests.orders import world

pytestmark = pytest.mark.django_db


def test_the_whole_checkout_stays_inside_its_budget(client: Client, monkeypatch):
    """From the first add to the bank's page; the call to the bank itself is left out."""
    page = base.Page("cs_1", "http://bank.example/pay", "")
    monkeypatch.setattr(stripe.StripeGateway, "open_page", lambda _self, _wanted: page)
    world.load(skus=("BASKET",))
    for visitor in (Client(), client):
        # The first visitor lets the process read rates, tariff, network and goods.
        visitor.get("/cart/", {"ship_to": "GB-EC1A 1BB", "currency": "GBP"})
        if visitor is not client:
            visitor.post("/cart/lines/", {"sku": "BASKET", "quantity": "1"})
            visitor.get("/cart/")

    with CaptureQueriesContext(connection) as adding:
        client.post("/cart/lines/", {"sku": "BASKET", "quantity": "1"})
    with CaptureQueriesContext(connection) as looking:
        client.get("/cart/")
    with CaptureQueriesContext(connection) as asking:
        fields = steps.checkout_page(client)
    with CaptureQueriesContext(connection) as ordering:
        answer = client.post("/checkout/", {**steps.address("GB", "EC1A 1BB", "London"), **fields})

    assert answer.status_code == 302
    counts = [cost(page) for page in (adding, looking, asking, ordering)]
    assert sum(counts) <= 80, counts


def cost(page: CaptureQueriesContext) -> int:
    """Count a page's statements without the look at the tariff's version that is due every two seconds."""
    return sum('FROM "customs_tariffversion"' not in statement["sql"] for statement in page)


@pytest.mark.parametrize("skus", [("BASKET",), ("BASKET", "BATIK", "COFFEE", "MALBEC")])
def test_cart_and_checkout_page_cost_the_same_however_long_the_cart_is(client: Client, skus: tuple[str, ...]):
    world.load(skus=skus)
    client.get("/cart/", {"ship_to": "GB-EC1A 1BB", "currency": "GBP"})
    for sku in skus:
        client.post("/cart/lines/", {"sku": sku, "quantity": "6"})
    client.get("/cart/")

    with CaptureQueriesContext(connection) as adding:
        client.post("/cart/lines/", {"sku": skus[0], "quantity": "1"})
    with CaptureQueriesContext(connection) as looking:
        client.get("/cart/")
    with CaptureQueriesContext(connection) as asking:
        answer = client.get("/checkout/")

    assert answer.status_code == 200
    # One of the last eleven freezes the rate cards of a network that no quote has used before, one reads
    # which sellers take a deposit.
    assert [cost(page) for page in (adding, looking, asking)] == [6, 4, 11]
