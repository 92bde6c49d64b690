"""The goods of the demo world: sixty products with true codes, weights, sizes and local prices."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final

from django.utils.text import slugify

from catalog.models import Category, PriceTier, Product, ProductState, Variant
from marketplace.accounts.models import Company
from marketplace.demo.people import rows

PICTURES: Final = Path(__file__).parent / "pictures"
TEMPERATURES: Final = {"frozen -18C", "12-18C", "chilled 2-4C"}
EU: Final = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
# The step to which a maker rounds a price by hand.
STEP: Final = {"ARS": 50, "KES": 10, "VND": 1000, "TRY": 1}


def load_categories() -> dict[str, Category]:
    """Create the shelves, parents first."""
    shelves: dict[str, Category] = {}
    for position, row in enumerate(rows("categories.csv")):
        shelves[row["slug"]], _ = Category.objects.update_or_create(
            slug=row["slug"],
            defaults={"name": row["name"], "parent": shelves.get(row["parent"]), "position": position},
        )
    return shelves


def load() -> dict[str, Product]:
    """Create the sixty listings; those already there stay as they are."""
    shelves = load_categories()
    listings = {row["product_id"]: row for row in rows("listings.csv")}
    makers = {company.number: company for company in Company.objects.filter(is_seller=True)}
    return {
        row["product_id"]: _product(
            row, listings[row["product_id"]], shelves, makers[f"COM-{row['firm_id']}"]
        )
        for row in rows("products.csv")
    }


def _product(
    row: dict[str, str], listing: dict[str, str], shelves: dict[str, Category], maker: Company
) -> Product:
    number = f"PRD-{row['product_id'][1:]}"
    product = Product.objects.filter(number=number).first()
    if product is not None:
        return product
    product = Product.objects.create(
        number=number,
        slug=slugify(row["name"]),
        seller=maker,
        state=ProductState.DRAFT,
        title=row["name"],
        description=listing["text"],
        category=shelves[listing["category"]],
        hs_code=row["hs6"],
        origin=row["origin"],
        customs_description=row["customs_description"],
        materials=row["materials"],
        hs_evidence={
            "by": "demo table",
            "confidence": row["classification_confidence"],
            "national": national_codes(row),
        },
    )
    variant = _variant(product, row, listing)
    product.lead = variant
    product.save(update_fields=["lead"])
    return product


def national_codes(row: dict[str, str]) -> dict[str, str]:
    """The eight-digit codes of the table: CN8 for the EU and, with the same digits, GB; HTS8 for the US."""
    return {**dict.fromkeys((*EU, "GB"), row["eu_cn8"]), "US": row["us_hts8"]}


def _variant(product: Product, row: dict[str, str], listing: dict[str, str]) -> Variant:
    temperature = row["temperature"] if row["temperature"] in TEMPERATURES else "ambient"
    measured = {"alcohol_percent": row["alcohol_pct"], "litre": row["litres"]}
    variant = Variant.objects.create(
        product=product,
        sku=f"{row['firm_id']}-{row['product_id']}",
        seller_code=row["product_id"],
        price_amount=Decimal(row["retail_price"]),
        currency=row["currency"],
        minimum_quantity=int(listing["minimum"]),
        net_weight_kg=Decimal(row["net_kg"]),
        gross_weight_kg=Decimal(row["gross_kg"]),
        length_cm=Decimal(row["length_cm"]),
        width_cm=Decimal(row["width_cm"]),
        height_cm=Decimal(row["height_cm"]),
        measured={name: amount for name, amount in measured.items() if amount},
        battery_wh=Decimal(row["battery_wh"]) if row["battery_wh"] else None,
        battery_un=row["battery_un"],
        temperature=temperature,
        shelf_life_days=_life(row["shelf_life_days"]),
    )
    for quantity, price in price_steps(row):
        PriceTier.objects.create(variant=variant, from_quantity=quantity, price_amount=price)
    return variant


def _life(days: str) -> int | None:
    """Goods that keep for ten years and more have no shelf life to speak of."""
    return int(days) if days and int(days) < 3_650 else None


def price_steps(row: dict[str, str]) -> list[tuple[int, Decimal]]:
    """Two steps between the retail and the wholesale price, at round local prices."""
    retail, wholesale = Decimal(row["retail_price"]), Decimal(row["wholesale_price"])
    whole = int(row["wholesale_moq"])
    steps = [(max(2, whole // 4), Decimal("0.35")), (whole, Decimal(1))]
    return [
        (quantity, _round(retail - (retail - wholesale) * share, row["currency"]))
        for quantity, share in steps
    ]


def _round(amount: Decimal, currency: str) -> Decimal:
    step = Decimal(STEP.get(currency, 0)) or Decimal("0.10")
    return (amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step
