"""The demo world, in the order in which a real one grows: rules, people, goods, stock, deals."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from typing import Final

from django.conf import settings
from django.core.management import call_command

from catalog import actions
from catalog.models import Product, ProductState
from logistics.warehousing import actions as stock
from logistics.warehousing.models import Warehouse
from marketplace.accounts.models import Company, User
from marketplace.demo import boxes, cases, deposits, desks, goods, history, people, photos, quarrels, stores

LOGINS: Final = """\
  buyer in Berlin     anna@demo.sampan.example
  shop in Valencia    lucia@demo.sampan.example     (a large order in two steps)
  maker in Machakos   ke1@demo.sampan.example
  customs desk        customs@demo.sampan.example   (second person: customs2@)
  finance desk        finance@demo.sampan.example   (second person: finance2@)
  trust desk          trust@demo.sampan.example
  The password of all is: {password}
"""


def build(*, at: datetime, orders: int, seed: int, say: Callable[[str], None]) -> None:
    """Load what is missing; a second run adds nothing."""
    for command in ("load_rates", "load_starter_tariff", "load_starter_network", "load_goods_codes"):
        call_command(command, verbosity=0, stdout=StringIO())
    call_command("load_parties", "demo", verbosity=0, stdout=StringIO())
    say("Rates, tariff rows, routes and the invented screening list are in.")
    people.load()
    products = goods.load()
    with ThreadPoolExecutor(max_workers=2) as pool:
        drawing = photos.load(products, pool)
        _live(products, at, orders=orders, seed=seed, say=say)
        for picture in drawing:
            picture.result()


def _live(
    products: dict[str, Product], at: datetime, *, orders: int, seed: int, say: Callable[[str], None]
) -> None:
    """Put the goods into the shop and play what happened with them."""
    _publish(products, at - timedelta(days=280))
    _stock(products, at)
    makers = Company.objects.filter(is_seller=True).count()
    say(f"{len(products)} products of {makers} makers are in the shop.")
    (settings.VAR_DIR / "demo-logins.txt").write_text(
        LOGINS.format(password=people.PASSWORD), encoding="utf-8"
    )
    cases.play(seed=seed, at=at, say=say)
    deposits.play(at=at, say=say)
    history.play(orders=orders, seed=seed, at=at, say=say)
    cases.play(seed=seed, at=at, say=say)
    stores.play(at=at, say=say)
    quarrels.play(at=at, say=say)
    desks.play(at=at, say=say)
    boxes.play(at=at, say=say)


def _publish(products: dict[str, Product], at: datetime) -> None:
    """Send each draft through the same check that a maker's listing goes through."""
    operator = User.objects.get(email="trust@demo.sampan.example")
    for product in products.values():
        product.refresh_from_db()
        if product.state == ProductState.DRAFT:
            actions.submit(product_id=product.pk, at=at)
            actions.approve(product_id=product.pk, by=operator, at=at)


def _stock(products: dict[str, Product], at: datetime) -> None:
    """Put the first stock on each maker's own shelf."""
    listings = {row["product_id"]: row for row in people.rows("listings.csv")}
    for product_id, product in products.items():
        maker = product.seller
        shelf, _ = Warehouse.objects.get_or_create(
            code=f"WH-{maker.number.removeprefix('COM-')}",
            defaults={
                "name": f"{maker.name}, {maker.town}",
                "country": maker.country,
                "town": maker.town,
                "owner": maker,
            },
        )
        lead = product.lead
        if lead is None:
            continue
        life = lead.shelf_life_days
        stock.receive(
            lead.sku,
            shelf,
            int(listings[product_id]["stock"]) * 4,
            owner=maker,
            reference="first stock",
            lot_number=f"{product_id}-1" if life else "",
            expires_on=(at + timedelta(days=life)).date() if life else None,
            at=at - timedelta(days=280),
        )
