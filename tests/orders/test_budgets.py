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
    client.get("/cart/", {"ship_to": "GB-EC1A 1BB", "currency": "GBP"})

    with CaptureQueriesContext(connection) as adding:
        client.post("/cart/lines/", {"sku": "BASKET", "quantity": "1"})
    with CaptureQueriesContext(connection) as looking:
        client.get("/cart/")
    with CaptureQueriesContext(connection) as asking:
        fields = steps.checkout_page(client)
    with CaptureQueriesContext(connection) as ordering:
        answer = client.post("/checkout/", {**steps.address("GB", "EC1A 1BB", "London"), **fields})

    assert answer.status_code == 302
    counts = [len(adding), len(looking), len(asking), len(ordering)]
    assert sum(counts) <= 95, counts
