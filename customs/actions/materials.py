"""What a maker says of a product's materials, so that the rules of origin can be judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Product
from customs.models import MadeOf
from customs.origin import Material
from customs.refusals import MaterialsRefused
from marketplace.accounts.models import Company, User
from marketplace.kit.money import Money

MOST: Final = 40
CODE_DIGITS: Final = (4, 6, 8, 10)


@transaction.atomic
def state_materials(
    *, seller: Company, number: str, ex_works: Money, wholly_obtained: bool, materials: Sequence[Material],
    by: User, at: datetime,
) -> MadeOf:  # fmt: skip
    """Keep what a product is made of; the newest statement replaces the one before it."""
    product = Product.objects.select_for_update(of=("self",)).get(number=number, seller=seller)
    if not ex_works.amount.is_finite() or ex_works.amount <= 0:
        raise MaterialsRefused(problem=_("Write your price without transport, above zero."))
    if len(materials) > MOST:
        raise MaterialsRefused(problem=_("Name at most %(most)s materials.") % {"most": MOST})
    for place, one in enumerate(materials, 1):
        if not one.name or len(one.hs_code) not in CODE_DIGITS or not one.value.is_finite() or one.value < 0:
            words = _("Line %(line)s: the customs code needs 4 or more digits, the value is 0 or more.")
            raise MaterialsRefused(problem=words % {"line": place})
    if sum((one.value for one in materials), Decimal(0)) > ex_works.amount:
        raise MaterialsRefused(
            problem=_("The materials cost more than your price. Write values of one piece.")
        )
    rows = [
        {
            "name": one.name[:80], "code": one.hs_code, "value": f"{one.value:f}", "here": one.originating,
            "country": one.country,
        }
        for one in materials
    ]  # fmt: skip
    kept, _made = MadeOf.objects.update_or_create(
        company=seller, product_number=product.number,
        defaults={
            "ex_works_amount": ex_works.amount, "currency": ex_works.currency, "materials": rows,
            "wholly_obtained": wholly_obtained, "stated_by": by, "stated_at": at,
        },
    )  # fmt: skip
    return kept
