"""A small true world for the deal: six makers with goods, stock, freight, tariff and rates."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from catalog.models import Category, Product, ProductState, Variant
from customs import starter as tariff
from customs import stored
from logistics import network
from logistics import starter as freight
from logistics.insurance import actions as insurance
from logistics.warehousing import actions as warehousing
from logistics.warehousing.models import Warehouse
from marketplace.accounts.models import Company

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MAKERS: dict[str, tuple[str, str, str, str, str]] = {
    "AR1": ("Pesquera Bahia Tonina", "AR", "Puerto Madryn", "U9120", "ARS"),
    "AR2": ("Almacen Piedra Jarilla", "AR", "Lujan de Cuyo", "M5507", "ARS"),
    "MY1": ("Kopi Bunga Kertas", "MY", "Ipoh", "30000", "MYR"),
    "MY2": ("Rumah Wau Emas", "MY", "Kota Bharu", "15000", "MYR"),
    "KE1": ("Mbali Weave Collective", "KE", "Machakos", "90100", "KES"),
}
# sku: maker, title, HS code, customs description, retail price, net and gross kg, size, more
GOODS: dict[str, dict[str, Any]] = {
    "SHRIMP": {
        "maker": "AR1", "title": "Headless red shrimp 2 kg", "hs": "030617",
        "customs": "frozen raw headless Patagonian red shrimp (Pleoticus muelleri), shell on, wild caught "
        "FAO 41, for human consumption",
        "price": "42000", "net": "2.0", "gross": "2.26", "size": ("30", "20", "9"),
        "temperature": "frozen -18C",
    },
    "MALBEC": {
        "maker": "AR2", "title": "Malbec 2023", "hs": "220421",
        "customs": "red still wine of fresh grapes, Malbec, Mendoza GI, 13.5% vol, in glass bottle 0.75 L",
        "price": "15500", "net": "0.75", "gross": "1.28", "size": ("33", "8", "8"),
        "measured": {"litre": "0.75", "alcohol_percent": "13.5"}, "temperature": "12-18C",
    },
    "COFFEE": {
        "maker": "MY1", "title": "White Coffee 2-in-1, 15 sachets", "hs": "210112",
        "customs": "instant white coffee preparation with creamer, without added sugar, "
        "in 15 sachets of 25 g",
        "price": "17.9", "net": "0.375", "gross": "0.44", "size": ("21", "15", "7"),
    },
    "BATIK": {
        "maker": "MY2", "title": "Batik sarong", "hs": "620452",
        "customs": "sewn tubular sarong skirt of woven cotton, block-printed batik, women",
        "price": "89.0", "net": "0.32", "gross": "0.37", "size": ("32", "24", "3"),
    },
    "BASKET": {
        "maker": "KE1", "title": "Kiondo basket M", "hs": "460219",
        "customs": "hand-coiled basket of sisal fibre with leather handles, for carrying and storage",
        "price": "3900", "net": "0.62", "gross": "0.78", "size": ("36", "36", "16"),
    },
}  # fmt: skip


def load(*, stock: int = 50, skus: tuple[str, ...] = tuple(GOODS)) -> dict[str, Variant]:
    """Build the world and return its variants by sku."""
    network.forget()
    freight.load()
    insurance.load_products()
    tariff.load(at=NOW)
    stored.forget()
    shelf, _ = Category.objects.get_or_create(slug="goods", defaults={"name": "Goods"})
    return {sku: variant(sku, GOODS[sku], shelf, stock) for sku in skus}


def maker(code: str) -> Company:
    """Create a maker once."""
    name, country, town, postal_code, currency = MAKERS[code]
    company, _ = Company.objects.get_or_create(
        number=f"COM-{code}",
        defaults={
            "slug": code.lower(), "name": name, "is_seller": True, "state": Company.State.APPROVED,
            "country": country, "town": town, "postal_code": postal_code, "currency": currency,
            "street": "Main street 1",
        },
    )  # fmt: skip
    return company


def variant(sku: str, row: dict[str, Any], shelf: Category, stock: int) -> Variant:
    """Create a live product with one variant and its stock."""
    seller = maker(row["maker"])
    product = Product.objects.create(
        number=f"PRD-{sku}", slug=sku.lower(), seller=seller, state=ProductState.LIVE, title=row["title"],
        description=row["title"], category=shelf, hs_code=row["hs"], origin=seller.country,
        customs_description=row["customs"], published_at=NOW,
    )  # fmt: skip
    length, width, height = row["size"]
    made = Variant.objects.create(
        product=product, sku=sku, price_amount=Decimal(row["price"]), currency=seller.currency,
        minimum_quantity=row.get("minimum", 1), net_weight_kg=Decimal(row["net"]),
        gross_weight_kg=Decimal(row["gross"]), length_cm=Decimal(length), width_cm=Decimal(width),
        height_cm=Decimal(height), measured=row.get("measured", {}),
        temperature=row.get("temperature", "ambient"),
    )  # fmt: skip
    product.lead = made
    product.save(update_fields=["lead"])
    warehouse, _ = Warehouse.objects.get_or_create(
        code=f"WH-{seller.number}",
        defaults={"name": seller.name, "owner": seller, "country": seller.country},
    )
    if stock:
        warehousing.receive(sku, warehouse, stock, reference=f"first-{sku}", at=NOW)
    return made
