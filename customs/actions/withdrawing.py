"""Write down for customs what somebody wants to take out of bond."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from catalog.models import Variant
from customs.actions.drafting import DeclarationInput, draft_declaration
from customs.models import Declaration
from marketplace.accounts.models import Company
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from marketplace.kit.refusal import Refusal


class GoodsUnknown(Refusal):
    words = "These goods are not in the catalogue, so customs cannot be told what they are."


# Requested and previous procedure (71: customs warehouse); destruction is notified, not declared.
PROCEDURES: Final = {"consumption": "4071", "re-export": "3171"}


def declare_withdrawal(
    *, number: str, owner: str, sku: str, quantity: int, country: str, purpose: str, entry: str, at: datetime
) -> Declaration:
    """Draft the declaration of a withdrawal from bond; its value is the owner's price of the goods.

    Consumption is a declaration for release (duty is due then), re-export and destruction are without duty.
    """
    variant = Variant.objects.select_related("product").filter(sku=sku).first()
    if variant is None:
        raise GoodsUnknown
    seller = Company.objects.get(number=owner)
    product = variant.product
    return draft_declaration(
        order_number=number,
        seller=seller,
        buyer=seller,
        buyer_name=f"{seller.name} ({purpose}, entry {entry or '–'})"[:120],
        buyer_kind="business",
        ship_from=Place(product.origin or seller.country, "", ""),
        ship_to=Place(country, "", ""),
        terms="DDP",
        mode="bond",
        procedure=PROCEDURES.get(purpose, ""),
        currency=variant.currency,
        lines=[
            DeclarationInput(
                description=product.title,
                quantity=quantity,
                value=Money(variant.price_amount * quantity, variant.currency),
                sku=sku,
                customs_description=product.customs_description,
                hs_code=product.code_for(country),
                origin=product.origin,
                net_weight_kg=(variant.net_weight_kg or Decimal(0)) * quantity,
                gross_weight_kg=(variant.gross_weight_kg or Decimal(0)) * quantity,
                measured={name: str(value) for name, value in (variant.measured or {}).items()},
            )
        ],
        at=at,
    )
