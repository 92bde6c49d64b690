"""The delivered price asks every room and adds up."""

from __future__ import annotations

import pytest
from django.test.utils import CaptureQueriesContext
from django.db import connection

from marketplace.kit.places import Place
from orders.quoting import QuoteRequest, estimate
from tests.orders import world

pytestmark = pytest.mark.django_db


def test_a_basket_to_london_has_every_line():
    goods = world.load(skus=("BASKET", "COFFEE", "SHRIMP", "MALBEC", "BATIK"), stock=0)
    for sku, place, currency, qty in (
        ("BASKET", Place("GB", "EC1A 1BB"), "GBP", 2),
        ("COFFEE", Place("DE", "10115"), "EUR", 3), ("COFFEE", Place("SG", "018956"), "SGD", 3),
        ("BATIK", Place("DE", "10115"), "EUR", 1), ("BATIK", Place("SG", "018956"), "SGD", 1),
        ("SHRIMP", Place("CN", "200000"), "CNY", 3), ("MALBEC", Place("CN", "200000"), "CNY", 6),
        ("BASKET", Place("US", "10001","", "NY"), "USD", 2),
    ):
        cost = estimate(QuoteRequest(((goods[sku], qty),), place, currency, world.NOW.date(), every_option=True))
        print(sku, place, cost.state, cost.total, cost.planks, cost.regime)
        for c in cost.charges:
            print("   ", c.kind, c.label, c.basis and c.basis.amount, c.rate, c.amount.amount, c.certainty)
        for r in cost.reasons: print("   !", r.code, r.words)
        print("   ", [(o.code, o.total and o.total.amount, o.earliest) for o in cost.options], cost.warnings)
        with CaptureQueriesContext(connection, ) as q:
            import time
            t=time.perf_counter()
            for _ in range(50): estimate(QuoteRequest(((goods[sku], qty),), place, currency, world.NOW.date()))
            print("   ms", (time.perf_counter()-t)*20, len(q)/50, [x["sql"][:100] for x in q[:4]])
