"""Sold out and the last pieces, from the shelf to the page."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import actions as catalog
from catalog.models import Product, Variant
from logistics.warehousing import actions as stores
from logistics.warehousing import tasks
from logistics.warehousing.actions import counting, levels, lots
from logistics.warehousing.models import CustomsStatus, StockBalance, Warehouse
from marketplace.events.models import Event
from tests.catalog.world import person
from tests.orders import world

FAR = datetime(2036, 1, 1, tzinfo=UTC)


@pytest.fixture
def basket(db):
    with time_machine.travel(world.NOW, tick=False):
        yield world.load(stock=8, skus=("BASKET",))["BASKET"]


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """Let the news of what happens inside arrive."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def rows(variant: Variant) -> tuple[dict[str, int], dict[str, int]]:
    fresh = Variant.objects.select_related("product").get(pk=variant.pk)
    return fresh.stock, fresh.product.stock


def text_of(client, address: str) -> str:
    return str(client.get(address).content.decode())


def test_until_somebody_counted_a_page_says_nothing(client, basket):
    assert rows(basket) == ({}, {})

    text = text_of(client, basket.product.get_absolute_url())

    assert "Sold out" not in text
    assert "left" not in text.split("</main>")[0].split('class="buy"')[1]


def test_the_first_run_of_the_task_counts_everything_and_the_second_writes_nothing(basket):
    assert tasks.show_all_stock.run() == 2
    assert rows(basket) == ({"": 6}, {"": 6})
    assert tasks.show_all_stock.run() == 0


def test_the_last_pieces_are_named_and_then_it_is_sold_out(client, basket, told):
    levels.show_all()
    page, shop = basket.product.get_absolute_url(), "/search/?ship_to=DE-10115&currency=EUR"
    with told():
        stores.reserve("ORD-1", {"BASKET": 5}, FAR)
    assert rows(basket) == ({"": 3}, {"": 3})
    assert "Only 3 left" in text_of(client, shop)
    assert "Only 3 left" in text_of(client, page)
    assert "Choose 3 pieces or fewer above." in text_of(client, f"{page}?quantity=4")
    assert 'form="buy">Add to cart' not in text_of(client, f"{page}?quantity=4")

    with told():
        stores.reserve("ORD-2", {"BASKET": 3}, FAR)

    assert rows(basket) == ({"": 0}, {"": 0})
    assert "Sold out" in text_of(client, shop)
    text = text_of(client, page)
    assert "disabled>Sold out" in text
    assert 'form="buy">Add to cart' not in text
    assert "The maker has no more for now." in text
    assert f'href="/makers/{basket.product.seller.slug}/"' in text

    with told():
        stores.release("ORD-2")

    assert rows(basket) == ({"": 3}, {"": 3})
    assert "Sold out" not in text_of(client, page)


def test_an_option_without_stock_is_marked_and_another_is_offered(client, basket, told):
    large = catalog.save_variant(
        product=basket.product,
        code="L",
        fields={
            "price_amount": Decimal(4900),
            "options": {"Size": "L"},
            "net_weight_kg": basket.net_weight_kg,
            "gross_weight_kg": basket.gross_weight_kg,
            "length_cm": 36,
            "width_cm": 36,
            "height_cm": 16,
        },
    )
    levels.show_all()
    assert rows(large) == ({"": 0}, {"": 6})

    text = text_of(client, basket.product.get_absolute_url())
    assert ">L<small>Sold out</small>" in text
    assert 'form="buy">Add to cart' in text
    other = text_of(client, f"{basket.product.get_absolute_url()}?sku={large.sku}")
    assert "disabled>Sold out" in other
    assert "Choose another option above: some have stock." in other
    assert "Sold out" not in text_of(client, "/search/?ship_to=DE-10115&currency=EUR")


def test_a_cart_says_what_is_no_longer_there(client, basket, told):
    client.post("/cart/lines/", {"sku": "BASKET", "quantity": "4"})
    levels.show_all()
    with told():
        stores.reserve("ORD-1", {"BASKET": 6}, FAR)
    assert "Lower the number to go on." in text_of(client, "/cart/")

    with told():
        stores.reserve("ORD-2", {"BASKET": 2}, FAR)

    assert "Remove it to go on." in text_of(client, "/cart/")


def test_goods_in_bond_count_for_buyers_of_that_country_alone(client, basket, told):
    zone = Warehouse.objects.create(code="CN-B", name="Bonded", country="CN", kind=Warehouse.Kind.BONDED)
    with told():
        stores.reserve("ORD-1", {"BASKET": 8}, FAR)
        stores.receive(
            "BASKET", zone, 4, customs_status=CustomsStatus.BONDED, lot_number="B1", entry_number="E1",
            at=world.NOW,
        )  # fmt: skip

    assert rows(basket) == ({"": 0, "CN": 4}, {"": 0, "CN": 4})
    assert "Only 4 left" in text_of(client, "/search/?ship_to=CN-200000&currency=CNY")
    assert "Sold out" in text_of(client, "/search/?ship_to=DE-10115&currency=EUR")


def test_every_way_that_pieces_come_and_go_is_told(basket, told):
    """Receipt, count, block and unblock: each is news, and the row is what the shelves say."""
    house = Warehouse.objects.get(balances__sku="BASKET")
    seen = []
    with told():
        stores.reserve("ORD-1", {"BASKET": 8}, FAR)
    seen.append(rows(basket)[0])
    with told():
        stores.receive("BASKET", house, 2, lot_number="L1", reference="IN-1", at=world.NOW)
    seen.append(rows(basket)[0])
    with told():
        lots.block(sku="BASKET", lot_number="L1")
    seen.append(rows(basket)[0])
    with told():
        lots.unblock(sku="BASKET", lot_number="L1")
    seen.append(rows(basket)[0])
    shelf = StockBalance.objects.get(sku="BASKET")
    first, second, third = (person() for _ in range(3))
    count = counting.open_count(balance=shelf, at=world.NOW)
    counting.enter(number=count.number, counted=9, by=first, at=world.NOW)
    counting.enter(number=count.number, counted=9, by=second, at=world.NOW)
    with told():
        counting.decide(number=count.number, approve=True, by=third, at=world.NOW)
    seen.append(rows(basket)[0])

    assert seen == [{"": 0}, {"": 2}, {"": 0}, {"": 2}, {"": 1}]


def test_a_new_minimum_is_counted_anew(basket, told):
    levels.show_all()
    assert rows(basket)[0] == {"": 6}

    with told():
        catalog.save_variant(product=basket.product, sku="BASKET", fields={"minimum_quantity": 9})

    assert rows(basket) == ({"": 8}, {"": 0})


def test_plenty_is_not_news(basket):
    """An order of much stock costs no further statement: nothing is published."""
    house = Warehouse.objects.get(balances__sku="BASKET")
    stores.receive("BASKET", house, 500, at=world.NOW)
    before = Event.objects.filter(name="StockMoved").count()

    stores.reserve("ORD-1", {"BASKET": 5}, FAR)

    assert Event.objects.filter(name="StockMoved").count() == before


def test_the_row_is_written_only_when_its_words_change(basket, told):
    house = Warehouse.objects.get(balances__sku="BASKET")
    levels.show_all()
    before = Product.objects.values_list("updated_at", flat=True).get(pk=basket.product_id)

    assert levels.show(["BASKET"]) == 0
    stores.receive("BASKET", house, 500, at=world.NOW)
    assert levels.show(["BASKET"]) == 0
    assert levels.show(["NOBODY"]) == 0
    assert Product.objects.values_list("updated_at", flat=True).get(pk=basket.product_id) == before


@pytest.mark.parametrize("address", ["/search/?ship_to=DE-10115&currency=EUR", "/products/basket/"])
def test_stock_costs_no_statement(client, basket, address, django_assert_num_queries):
    text_of(client, address)
    with CaptureQueriesContext(connection) as before:
        text_of(client, address)
    cost = len(before)
    levels.show_all()
    stores.reserve("ORD-1", {"BASKET": 6}, FAR)
    levels.show_all()
    text_of(client, address)

    with django_assert_num_queries(cost):
        text = text_of(client, address)

    assert "Only 2 left" in text


@pytest.mark.django_db(transaction=True)
def test_many_at_once_end_with_what_the_shelves_say():
    """Orders and counts in many processes: the last writer has counted last."""
    with time_machine.travel(world.NOW, tick=False):
        basket = world.load(stock=30, skus=("BASKET",))["BASKET"]
    levels.show_all()
    problems: list[BaseException] = []

    def work(n: int) -> None:
        try:
            stores.reserve(f"ORD-{n}", {"BASKET": 2}, timezone.now() + timedelta(hours=1))
            levels.show(["BASKET"])
            if n % 3 == 0:
                stores.release(f"ORD-{n}")
                levels.show(["BASKET"])
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    left = stores.available(["BASKET"])["BASKET"]
    assert problems == []
    assert left == 30 - 2 * 14 + 2 * 5
    assert rows(basket)[0] == {"": min(left, 6)}
    stores.reserve("LAST", {"BASKET": left}, timezone.now() + timedelta(hours=1))
    levels.show(["BASKET"])
    assert rows(basket) == ({"": 0}, {"": 0})
