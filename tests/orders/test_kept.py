"""A price that was worked out before is shown again, and never once anything under it has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from catalog import kept as shelf
from catalog.models import DeliveredPrice, Picture, PriceTier, Product, ProductState, Variant
from customs.tariffs import versions
from logistics import network
from logistics.insurance import actions as insurance
from logistics.insurance.models import CoverRow
from logistics.models import ServiceVersion
from marketplace.accounts.models import Company, User
from marketplace.currency import actions as currency
from marketplace.currency.files import DayOfRates
from marketplace.currency.models import SpreadRule
from marketplace.kit.places import Place
from orders import kept, quoting
from orders.asked import QuoteRequest
from orders.delivered import recompute
from orders.landed_cost import LandedCost
from tests.orders import world
from tests.orders.world import NOW

pytestmark = pytest.mark.django_db
BERLIN = Place("DE", "10115")
TODAY = NOW.date()
TARIFF = b"""code,kind,origin_area,expression,valid_from,valid_to
620452,third_country_duty,ERGA OMNES,50%,2026-01-01,
"""


def asked(batik: Variant, on: date = TODAY) -> tuple[LandedCost, LandedCost]:
    """Give the kept price, and the one that is worked out now from the same goods."""
    listing = shelf.listing(batik.product_id)
    assert listing is not None
    goods = listing.every[batik.pk]
    request = QuoteRequest(((goods, 12),), BERLIN, "EUR", on, every_option=True)
    return kept.estimate(request, goods=listing.version), quoting.estimate(request)


def new_rates(_batik: Variant) -> None:
    first, second = (
        User.objects.create(email=f"{name}@example.com", is_staff=True, desk="finance") for name in "cd"
    )
    entered = currency.enter(DayOfRates(NOW.date(), {"MYR": Decimal("5.3")}, "a paper"), by=first, at=NOW)
    currency.approve(number=entered.number, by=second, at=NOW)


def wider_margin(_batik: Variant) -> None:
    SpreadRule.objects.create(base="MYR", quote="EUR", basis_points=200)
    from marketplace.currency import rates

    rates.forget()


def new_tariff(_batik: Variant) -> None:
    first, second = (User.objects.create(email=f"{name}@example.com") for name in "ab")
    proposed = versions.propose(
        destination="EU", name="own-csv", raw=TARIFF, label="New rates", source="test", by=first, at=NOW
    )
    versions.activate(version_id=proposed.pk, by=second, at=NOW)


def dearer_network(_batik: Variant) -> None:
    for version in ServiceVersion.objects.filter(rules__has_key="level"):
        version.rules["haul_factor"] = str(Decimal(version.rules.get("haul_factor", "1")) * 3)
        version.save(update_fields=["rules"])
    network.forget()


def dearer_cover(_batik: Variant) -> None:
    CoverRow.objects.update(rate=Decimal("0.05"), minimum_amount=Decimal(9))
    insurance.forget()


def change(model: Any, **fields: Any) -> Callable[[Variant], None]:
    """Write fields past every action, as an import or a person at the database would."""

    def write(batik: Variant) -> None:
        row = batik.pk if model is Variant else batik.product_id
        if model is Company:
            row = batik.product.seller_id
        model.objects.filter(pk=row).update(**fields)

    return write


def a_tier(batik: Variant) -> None:
    PriceTier.objects.create(variant=batik, from_quantity=12, price_amount=Decimal(50))


CHANGES = {
    "rate set": new_rates,
    "margin": wider_margin,
    "tariff version": new_tariff,
    "network version": dearer_network,
    "insurance terms": dearer_cover,
    "list price": change(Variant, price_amount=Decimal("120.0")),
    "tier price": a_tier,
    "weight": change(Variant, gross_weight_kg=Decimal("1.37")),
    "size": change(Variant, height_cm=Decimal(40)),
    "minimum": change(Variant, minimum_quantity=20),
    "customs code": change(Product, hs_code="460219"),
    "maker's country": change(Company, country="KE", town="Machakos"),
}


@pytest.mark.parametrize("what", CHANGES)
@time_machine.travel(NOW, tick=False)
def test_a_change_of_any_basis_is_in_the_next_price(what, django_capture_on_commit_callbacks):
    batik = world.load(skus=("BATIK",))["BATIK"]
    before, _worked_out = asked(batik)
    assert asked(batik)[0] is before

    with django_capture_on_commit_callbacks(execute=True):
        CHANGES[what](batik)

    after, worked_out = asked(batik)
    assert after == worked_out
    assert (after.total, after.state) != (before.total, before.state)


@time_machine.travel(NOW, tick=False)
def test_another_day_is_another_price():
    batik = world.load(skus=("BATIK",))["BATIK"]
    today, _ = asked(batik)

    later, worked_out = asked(batik, on=NOW.date() + timedelta(days=7))

    assert today.delivery
    assert later.delivery
    assert later == worked_out
    assert later.delivery.latest > today.delivery.latest


@time_machine.travel(NOW, tick=False)
def test_each_language_has_its_own_words():
    batik = world.load(skus=("BATIK",))["BATIK"]
    english, _ = asked(batik)

    with translation.override("de"):
        german, worked_out = asked(batik)

    assert german is not english
    assert german == worked_out


@time_machine.travel(NOW, tick=False)
def test_a_kept_price_reads_nothing_but_the_versions_of_the_goods():
    batik = world.load(skus=("BATIK",))["BATIK"]
    listing = shelf.listing(batik.product_id)
    assert listing is not None
    request = QuoteRequest(((listing.every[batik.pk], 2),), BERLIN, "EUR", NOW.date())
    kept.estimate(request, goods=listing.version)

    with CaptureQueriesContext(connection) as statements:
        again = shelf.listing(batik.product_id)
        kept.estimate(request, goods=listing.version)

    assert again is listing
    assert len(statements) == 1


def page(client: Client) -> str:
    answer = client.get("/products/batik/?ship_to=DE-10115&currency=EUR&quantity=12")
    assert answer.status_code == 200
    return answer.content.decode()


def price_on(text: str) -> str:
    return text.split('<span class="big num">')[1].split("</span>", maxsplit=1)[0]


@pytest.mark.parametrize("what", CHANGES)
def test_the_page_shows_the_new_price_at_once(client, what, django_capture_on_commit_callbacks):
    with time_machine.travel(NOW, tick=False):
        batik = world.load(skus=("BATIK",))["BATIK"]
        first = price_on(page(client))
        assert price_on(page(client)) == first

        with django_capture_on_commit_callbacks(execute=True):
            CHANGES[what](batik)

        if what == "minimum":
            assert "at least 20" in page(client)
        else:
            assert price_on(page(client)) != first


def test_a_page_shows_new_words_and_pictures_at_once(client):
    batik = world.load(skus=("BATIK",))["BATIK"]
    page(client)

    Product.objects.filter(pk=batik.product_id).update(title="Sarong of silk", description="Drawn by hand.")
    Company.objects.filter(pk=batik.product.seller_id).update(name="Rumah Baru")
    Picture.objects.create(
        product_id=batik.product_id, name="sarong", alt="A blue sarong", state="READY", widths=[480, 1000]
    )

    text = page(client)
    assert "Sarong of silk" in text
    assert "Drawn by hand." in text
    assert "Rumah Baru" in text
    assert "A blue sarong" in text
    assert "Batik sarong" not in text.split("<main")[1].split("More from")[0]


@pytest.mark.parametrize("how", ["paused", "not on sale any more"])
def test_a_product_taken_out_is_gone_at_once(client, how):
    batik = world.load(skus=("BATIK",))["BATIK"]
    page(client)

    if how == "paused":
        Product.objects.filter(pk=batik.product_id).update(state=ProductState.PAUSED)
    else:
        Variant.objects.filter(pk=batik.pk).update(is_active=False)

    assert client.get("/products/batik/").status_code == 404


def test_two_visitors_with_different_places_see_their_own_price(client):
    world.load(skus=("BATIK",))
    here = price_on(page(client))
    other = Client()

    there = price_on(
        other.get("/products/batik/?ship_to=SG-018956&currency=SGD&quantity=12").content.decode()
    )

    assert here.startswith("€")
    assert there.startswith("S$") or "SGD" in there
    assert price_on(page(client)) == here


def test_a_list_shows_every_change_of_a_card_at_once(client):
    with time_machine.travel(NOW, tick=False):
        batik = world.load(skus=("BATIK",))["BATIK"]
        recompute([batik.pk], at=NOW, destinations=((BERLIN, "EUR"),))

        def shown() -> str:
            page = client.get("/search/?ship_to=DE-10115&currency=EUR").content.decode()
            return str(page.partition("<main")[2])

        before = shown()
        assert shown() == before

        row = DeliveredPrice.objects.get(variant=batik)
        DeliveredPrice.objects.filter(pk=row.pk).update(total_amount=Decimal("77.77"))
        assert "€77.77" in shown()
        Product.objects.filter(pk=batik.product_id).update(title="Sarong of silk")
        assert "Sarong of silk" in shown()
        Company.objects.filter(pk=batik.product.seller_id).update(town="Kuala Terengganu")
        assert "Kuala Terengganu" in shown()
        Variant.objects.filter(pk=batik.pk).update(minimum_quantity=7)
        assert "Seller minimum 7 pieces" in shown()
        DeliveredPrice.objects.filter(pk=row.pk).delete()
        assert "€77.77" not in shown()
