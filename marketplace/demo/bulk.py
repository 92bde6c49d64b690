"""A large catalogue for measuring: many listings derived from the sixty, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils.text import slugify

from catalog import actions
from catalog.models import Category, Product, ProductState, Variant
from catalog.stock import of_option, of_product
from logistics.warehousing.models import StockBalance, StockMove, Warehouse
from marketplace.accounts.models import Company
from marketplace.demo.people import CURRENCY, TIMEZONE, rows

BATCH: Final = 5_000
PIECES: Final = 10_000
FINISH: Final = (
    "amber", "ash", "birch", "cedar", "clay", "coral", "copper", "ebony", "fern", "harbour",
    "indigo", "ivory", "jade", "linen", "maize", "moss", "ochre", "olive", "pearl", "plum", "river",
    "rust", "sage", "sand", "slate", "smoke", "straw", "sunrise", "terracotta", "walnut",
)  # fmt: skip
MAKER: Final = (
    "Workshop",
    "Collective",
    "Family",
    "Studio",
    "House",
    "Union",
    "Guild",
    "Brothers",
    "Sisters",
)


def load(*, products: int, sellers: int, seed: int, at: datetime, say: Callable[[str], None]) -> None:
    """Add `products` listings of `sellers` makers; a second run adds only what is missing."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable demo, not a secret
    makers = _makers(sellers, seed, dice)
    have = Product.objects.filter(number__startswith=f"BLK{seed}-").count()
    shelves = {category.slug: category for category in Category.objects.all()}
    base = list(rows("products.csv"))
    listings = {row["product_id"]: row for row in rows("listings.csv")}
    for start in range(0, products, BATCH):
        numbers = range(start, min(start + BATCH, products))
        drawn = [
            (n, dice.choice(makers), dice.randrange(len(base)), dice.random(), dice.choice(FINISH))
            for n in numbers
        ]
        fresh = [draw for draw in drawn if draw[0] >= have]
        if fresh:
            _batch(fresh, base, listings, shelves, seed, at)
        say(f"{numbers[-1] + 1:,} of {products:,} listings")
    with connection.cursor() as cursor:
        for table in ("catalog_product", "catalog_variant", "catalog_searchword"):
            cursor.execute(f"ANALYZE {table}")


def _makers(count: int, seed: int, dice: random.Random) -> list[Company]:
    firms = list(rows("firms.csv"))
    for n in range(count):
        firm = dice.choice(firms)
        name = f"{firm['town'].split(',')[0]} {dice.choice(FINISH).title()} {dice.choice(MAKER)} {n + 1}"
        Company.objects.get_or_create(
            number=f"COM-BLK{seed}-{n:05}",
            defaults={
                "slug": slugify(f"{name}-{seed}"),
                "name": name,
                "is_seller": True,
                "state": Company.State.APPROVED,
                "country": firm["country"],
                "town": firm["town"],
                "postal_code": firm["postcode"],
                "region": firm["province"],
                "currency": CURRENCY[firm["country"]],
                "timezone": TIMEZONE[firm["country"]],
            },
        )
    return list(Company.objects.filter(number__startswith=f"COM-BLK{seed}-").order_by("number"))


@transaction.atomic
def _batch(
    drawn: list[tuple[int, Company, int, float, str]],
    base: list[dict[str, str]],
    listings: dict[str, dict[str, str]],
    shelves: dict[str, Category],
    seed: int,
    at: datetime,
) -> None:
    by_country: dict[str, list[dict[str, str]]] = {}
    for row in base:
        by_country.setdefault(row["origin"], []).append(row)
    products, variants = [], []
    for number, maker, pick, share, finish in drawn:
        near = by_country[maker.country]
        row = near[pick % len(near)]
        product = _product(number, maker, row, listings[row["product_id"]], shelves, seed, finish)
        product.published_at = at - timedelta(minutes=number)
        products.append(product)
        variants.append((row, share))
    Product.objects.bulk_create(products)
    made = [_variant(product, row, share) for product, (row, share) in zip(products, variants, strict=True)]
    Variant.objects.bulk_create(made)
    numbers = [product.pk for product in products]
    lead = Variant.objects.filter(product=OuterRef("pk")).order_by("pk").values("pk")[:1]
    Product.objects.filter(pk__in=numbers).update(lead_id=Subquery(lead))
    actions.refresh_search(numbers)
    _stock(products, made, at)


def _stock(products: list[Product], variants: list[Variant], at: datetime) -> None:
    """Put pieces of each listing on its maker's shelf, with the move that brought them."""
    makers = {product.seller_id: product.seller for product in products}
    known = {house.owner_id: house for house in Warehouse.objects.filter(owner__in=makers)}
    for number, maker in makers.items():
        if number not in known:
            known[number] = Warehouse.objects.create(
                code=f"WH-{maker.number.removeprefix('COM-')}"[:20],
                name=maker.name[:80],
                country=maker.country,
                town=maker.town,
                owner=maker,
            )
    shelves = StockBalance.objects.bulk_create(
        StockBalance(
            sku=variant.sku, warehouse=known[product.seller_id], owner=product.seller, quantity=PIECES
        )
        for product, variant in zip(products, variants, strict=True)
    )
    StockMove.objects.bulk_create(
        StockMove(
            balance=balance,
            kind=StockMove.Kind.RECEIVED,
            quantity=PIECES,
            reference="first stock",
            moved_at=at,
        )
        for balance in shelves
    )


def _product(
    number: int,
    maker: Company,
    row: dict[str, str],
    listing: dict[str, str],
    shelves: dict[str, Category],
    seed: int,
    finish: str,
) -> Product:
    title = f"{row['name']}, {finish} no. {number + 1}"
    return Product(
        number=f"BLK{seed}-{number:06}",
        slug=slugify(f"{title}-{seed}"),
        seller=maker,
        state=ProductState.LIVE,
        title=title[:120],
        description=listing["text"],
        category=shelves[listing["category"]],
        hs_code=row["hs6"],
        stock=of_product([({"": PIECES}, 1)]),
        origin=row["origin"],
        customs_description=row["customs_description"],
        materials=row["materials"],
    )


def _variant(product: Product, row: dict[str, str], share: float) -> Variant:
    factor = Decimal(70 + round(share * 80)) / 100
    price = (Decimal(row["retail_price"]) * factor).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if row["currency"] == "VND":
        price = (price / 1000).quantize(Decimal(1), ROUND_HALF_UP) * 1000
    return Variant(
        product=product,
        sku=product.number,
        stock=of_option({"": PIECES}, 1),
        price_amount=price,
        currency=row["currency"],
        net_weight_kg=Decimal(row["net_kg"]),
        gross_weight_kg=Decimal(row["gross_kg"]),
        length_cm=Decimal(row["length_cm"]),
        width_cm=Decimal(row["width_cm"]),
        height_cm=Decimal(row["height_cm"]),
        measured={
            name: amount
            for name, amount in {"alcohol_percent": row["alcohol_pct"], "litre": row["litres"]}.items()
            if amount
        },
        battery_wh=Decimal(row["battery_wh"]) if row["battery_wh"] else None,
        battery_un=row["battery_un"],
        temperature=row["temperature"] or "ambient",
    )
