"""The shop window on live goods, as a visitor without scripts meets it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from catalog.models import DeliveredPrice
from marketplace.accounts.models import Company
from marketplace.pages.desk import chart
from tests.orders import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def basket():
    with time_machine.travel(world.NOW, tick=False):
        yield world.load(skus=("BASKET",))["BASKET"]


def page_of(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def test_the_box_shows_the_price_that_the_calculators_give(client, basket):
    from marketplace.kit.places import Place
    from orders.asked import QuoteRequest
    from orders.quoting import estimate

    asked = QuoteRequest([(basket, 12)], Place("DE", "10115"), "EUR", timezone.localdate())
    cost = estimate(asked)

    text = page_of(client, f"{basket.product.get_absolute_url()}?quantity=12&ship_to=DE-10115&currency=EUR")

    assert f"€{cost.total.amount:,.2f}" in text
    assert sum((line.amount.amount for line in cost.charges), Decimal(0)) == cost.total.amount


def test_the_box_answers_alone_for_an_open_page(client, basket):
    whole = page_of(
        client, f"{basket.product.get_absolute_url()}price/?country=GB&postal_code=EC1A&quantity=2"
    )

    assert 'id="price"' in whole
    assert "<html" not in whole


def test_a_place_chosen_in_the_box_stays_chosen(client, basket):
    page_of(client, f"{basket.product.get_absolute_url()}?country=GB&postal_code=EC1A&quantity=2")

    assert client.session["ship_to"] == "GB-EC1A"


@pytest.mark.parametrize(
    "nonsense", ["quantity=-5", "quantity=abc", "quantity=99999999999999", "sku=NO", "country=ZZ"]
)
def test_nonsense_in_the_box_is_read_as_not_said(client, basket, nonsense):
    assert "<h1" in page_of(client, f"{basket.product.get_absolute_url()}?{nonsense}")


def test_a_price_whose_time_is_over_shows_old_and_new(client, basket):
    from django.core import signing

    past = (timezone.now() - timedelta(minutes=1)).timestamp()
    asked = f"{basket.sku}|2|DE-10115|EUR|DDP|"
    seen = signing.dumps([asked, "1.00", "EUR", past], salt="shop.seen", compress=True)

    text = page_of(
        client, f"{basket.product.get_absolute_url()}?quantity=2&ship_to=DE-10115&currency=EUR&seen={seen}"
    )

    assert 'data-state="ended"' in text
    assert "€1.00" in text


def test_a_forged_old_price_is_not_believed(client, basket):
    text = page_of(client, f"{basket.product.get_absolute_url()}?quantity=2&seen=forged:1")

    assert 'data-state="ended"' not in text


def test_a_card_carries_the_delivered_price_for_the_visitors_country(client, basket):
    DeliveredPrice.objects.create(
        variant=basket,
        destination="DE",
        currency="EUR",
        quantity=6,
        state="fixed",
        goods_amount=Decimal("20.00"),
        transport_amount=Decimal("4.00"),
        tax_amount=Decimal("3.50"),
        total_amount=Decimal("27.50"),
        earliest_days=7,
        latest_days=11,
        computed_at=timezone.now(),
    )
    basket.product.lead = basket
    basket.product.save()

    text = page_of(client, "/search/?ship_to=DE-10115&currency=EUR")

    assert "€27.50" in text
    assert "6 pieces: €165.00 in total" in text
    assert "Arrives 1–5 Dec" in text


@pytest.mark.parametrize(
    "asked", ["q=%00", "page=abc", "price_min=NaN", "origin=%27;--", "days=-1", "sort=x", "q=" + "a" * 5000]
)
def test_nonsense_in_a_search_is_read_as_not_said(client, basket, asked):
    page_of(client, f"/search/?{asked}")


def test_a_suspended_maker_is_gone_with_a_way_to_the_orders(client, basket):
    Company.objects.filter(pk=basket.product.seller_id).update(state=Company.State.SUSPENDED)

    answer = client.get(f"/makers/{basket.product.seller.slug}/")

    assert answer.status_code == 410
    assert "/orders/" in answer.content.decode()


def test_the_chosen_destination_leads_back_and_never_away(client):
    assert (
        client.get("/destination/?country=KE&currency=KES&next=/search/%3Fq=tea%26ship_to=DE").url
        == "/search/?q=tea"
    )
    assert client.session["ship_to"] == "KE"
    assert client.get("/destination/?country=KE&next=https://evil.example/").url == "/"


def test_an_open_product_page_costs_few_statements(client, basket, django_assert_max_num_queries):
    address = basket.product.get_absolute_url()
    page_of(client, address)

    with django_assert_max_num_queries(12):
        page_of(client, address)


def test_a_list_costs_eight_statements_at_most(client, basket, django_assert_max_num_queries):
    page_of(client, "/search/")

    with django_assert_max_num_queries(8):
        page_of(client, "/search/")


def test_the_style_guide_shows_the_six_states_of_the_box(client):
    text = page_of(client, "/styleguide/")

    for state in ("fixed", "working", "estimate", "dap", "no", "ended"):
        assert f'data-state="{state}"' in text


def test_a_seller_sees_the_desk_and_a_stranger_is_asked_to_sign_in(client, basket):
    from tests.catalog.world import person

    assert client.get("/sell/").status_code in {302, 403}

    client.force_login(person(basket.product.seller))

    desk = page_of(client, "/sell/")
    assert "1 thing to do." in desk
    assert "A statement of origin saves" in desk
    assert basket.product.title in page_of(client, "/sell/products/")
    assert "Ready for export" in page_of(client, f"/sell/products/{basket.product.number}/")
    assert "London" in page_of(client, f"/sell/products/{basket.product.number}/cities/")


def test_the_chart_of_thirty_days_has_a_bar_for_each_day_and_an_even_top():
    until = date(2026, 11, 26)

    bars, top = chart({until: 3, date(2026, 10, 28): 1, date(2026, 1, 1): 9}, until)

    assert (len(bars), top) == (30, 4)
    assert (bars[0].day, bars[0].orders, bars[0].height) == (date(2026, 10, 28), 1, 27.5)
    assert (bars[-1].orders, bars[-1].height, bars[-1].y) == (3, 82.5, 37.5)
    assert sum(bar.orders for bar in bars) == 4


def test_the_page_tells_the_way_with_customs_as_a_normal_step(client, basket):
    page = page_of(client, f"{basket.product.get_absolute_url()}?ship_to=GB-EC1A1BB&currency=GBP")

    assert "How it gets to United Kingdom" in page
    assert "We wrote the papers, and duty and tax are in your price" in page
    assert page.index("picks it up") < page.index("We wrote the papers") < page.index("to your door")


def test_no_way_is_told_where_the_goods_cannot_go(client, basket):
    page = page_of(client, f"{basket.product.get_absolute_url()}?ship_to=KE-00100&currency=KES")

    assert "How it gets to" not in page


def test_too_many_sign_ins_get_a_page_that_says_what_to_do(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    given = {"login": "nobody@shop.example", "password": "wrong-wrong-wrong"}

    answers = [client.post("/accounts/login/", given) for _ in range(3)]

    assert answers[-1].status_code == 429
    assert "Wait a few minutes" in answers[-1].content.decode()
