"""A small catalogue for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from catalog import actions
from catalog.models import Category, DeliveredPrice, Picture, Product, Variant
from catalog.pricing import Tier
from marketplace.accounts.models import Company, Membership, User

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
_n = count(1)


def company(**fields: Any) -> Company:
    n = next(_n)
    base = {
        "number": f"C-T{n}",
        "slug": f"firm-{n}",
        "name": f"Firm {n}",
        "country": "KE",
        "currency": "KES",
        "is_seller": True,
        "state": Company.State.APPROVED,
    }
    return Company.objects.create(**{**base, **fields})


def person(of: Company | None = None, role: str = "owner", **fields: Any) -> User:
    user = User.objects.create_user(f"p{next(_n)}@example.com", "a long secret 7", company=of, **fields)
    if of is not None:
        Membership.objects.create(user=user, company=of, role=role)
    return user


def operator() -> User:
    return person(is_staff=True, desk=User.Desk.TRUST)


def category(slug: str = "baskets", parent: Category | None = None) -> Category:
    found = Category.objects.filter(slug=slug).first()
    return found or Category.objects.create(slug=slug, name=slug.capitalize(), parent=parent)


def draft(seller: Company, **fields: Any) -> Product:
    """Make a listing that may be submitted."""
    base = {
        "title": "Sisal market basket",
        "description": "Round basket, woven by hand from sisal. Holds its shape.",
        "category": category(),
        "hs_code": "460219",
        "origin": "KE",
        "customs_description": "Basket woven by hand from sisal fibre, with leather handles",
        "materials": "sisal, leather",
    }
    product = actions.save_draft(seller=seller, fields={**base, **fields})
    actions.save_variant(
        product=product,
        fields={
            "price_amount": Decimal(2450),
            "net_weight_kg": Decimal("0.62"),
            "gross_weight_kg": Decimal("0.70"),
            "length_cm": Decimal(36),
            "width_cm": Decimal(36),
            "height_cm": Decimal(30),
        },
        tiers=[Tier(10, Decimal(2300)), Tier(50, Decimal(2100))],
    )
    Picture.objects.create(product=product, name=f"test{next(_n)}", state=Picture.State.READY, widths=[480])
    product.refresh_from_db()
    return product


def live(seller: Company, **fields: Any) -> Product:
    """Make a listing that is in the shop."""
    product = draft(seller, **fields)
    actions.submit(product_id=product.pk, at=NOON)
    return actions.approve(product_id=product.pk, by=operator(), at=NOON)


def lead(product: Product) -> Variant:
    """Give the variant that a product leads with."""
    assert product.lead is not None
    return product.lead


def delivered(product: Product, total: str, *, days: int = 10, door: bool = True, to: str = "DE") -> None:
    variant = lead(product)
    actions.record_delivered_prices(
        [
            DeliveredPrice(
                variant=variant,
                destination=to,
                currency="EUR",
                state="fixed",
                goods_amount=Decimal(total) - 3,
                transport_amount=Decimal(2),
                tax_amount=Decimal(1),
                total_amount=Decimal(total),
                earliest_days=days - 2,
                latest_days=days,
                nothing_at_the_door=door,
                computed_at=NOON,
            )
        ]
    )
