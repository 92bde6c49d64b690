"""The delivered price asks every room and adds up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Variant
from logistics import network, starter
from logistics.insurance.actions import load_products
from marketplace.kit.explain import Certainty
from marketplace.kit.places import Place
from orders import snapshots
from orders.asked import QuoteRequest
from orders.quoting import estimate
from tests.orders import world

pytestmark = pytest.mark.django_db
LONDON = Place("GB", "EC1A 1BB")


def test_two_sisal_baskets_to_london():
    """Each KES 3,900; goods 2 × 3,900 = 7,800 KES.

    Up to GBP 135: no duty, VAT 20% of goods + freight + insurance + margin is taken at the sale.
    """
    goods = world.load(skus=("BASKET",), stock=0)

    cost = estimate(QuoteRequest(((goods["BASKET"], 2),), LONDON, "GBP", world.NOW.date(), every_option=True))

    assert cost.state is Certainty.FIXED
    assert cost.regime == "GB-LV135"
    assert [(c.kind, c.amount.amount) for c in cost.charges] == [
        ("goods", Decimal("43.08")),
        ("exchange", Decimal("0.22")),
        ("freight", Decimal("21.13")),
        ("insurance", Decimal("0.75")),
        ("third_country_duty", Decimal("0.00")),
        ("vat", Decimal("12.99")),
    ]
    assert cost.total.amount == Decimal("78.17")
    assert [o.code for o in cost.options] == ["economy", "standard", "express"]


def test_a_warm_estimate_reads_no_table():
    world.load(skus=("BASKET",), stock=0)
    basket = Variant.objects.select_related("product__seller").prefetch_related("tiers").get(sku="BASKET")
    request = QuoteRequest(((basket, 2),), LONDON, "GBP", world.NOW.date())
    estimate(request)

    with CaptureQueriesContext(connection) as statements:
        estimate(request)

    assert len(statements) == 0


def test_a_country_without_a_way_is_refused_with_a_reason():
    goods = world.load(skus=("BASKET",), stock=0)

    cost = estimate(QuoteRequest(((goods["BASKET"], 2),), Place("AQ"), "EUR", world.NOW.date()))

    assert not cost.possible
    assert cost.reasons[0].code == "no-route"
    assert cost.charges == ()


def test_a_snapshot_gives_the_same_price_back():
    goods = world.load(skus=("MALBEC",), stock=0)
    cost = estimate(QuoteRequest(((goods["MALBEC"], 6),), Place("CN", "200000"), "CNY", world.NOW.date()))

    again = snapshots.load(snapshots.dump(cost))

    assert again.total == cost.total
    assert again.charges == cost.charges
    assert again.planks == cost.planks


@pytest.mark.parametrize("place", [Place("DE", "10115"), Place("CN", "200000"), LONDON])
def test_the_way_put_forward_is_the_cheapest_with_its_insurance_and_tax(place: Place):
    """Frozen goods by sea have the lower freight and a dearer cover: freight alone would choose them."""
    goods = world.load(stock=0)
    starter.load()
    network.forget()
    load_products()
    seen = 0

    for variant in goods.values():
        request = QuoteRequest(((variant, 1),), place, "EUR", world.NOW.date(), every_option=True)
        cost = estimate(request)
        totals = {o.code: o.total.amount for o in cost.options if o.total}
        if len(totals) < 2:
            continue
        seen += 1
        least = min(totals.values())
        assert cost.total.amount == least, (variant.sku, totals)
        assert [totals[o.code] for o in cost.options if "price" in o.best_for] == [least]
        assert {word for o in cost.options for word in o.best_for} == {"price", "speed", "value"}
    assert seen
