"""For one product: what each trade agreement asks of its origin, and whether it is met by what we know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalog.models import Product
from customs import origin, rules_of_origin
from customs.models import MadeOf
from customs.origin import Agreement, Answer, Made, Material
from customs.rules_of_origin import Judgement


@dataclass(frozen=True, slots=True)
class Verdict:
    """An agreement with the judge's answer for one product."""

    agreement: Agreement
    judgement: Judgement

    @property
    def met(self) -> bool:
        """The materials meet the rule."""
        return self.judgement.judged.answer is Answer.YES

    @property
    def failed(self) -> bool:
        """The materials do not meet the rule, whatever paper is written."""
        return self.judgement.judged.answer is Answer.NO


def made_of(product: Product) -> MadeOf | None:
    """The newest statement about the product's materials."""
    return MadeOf.objects.filter(company=product.seller_id, product_number=product.number).first()


def verdicts(product: Product, on: date, agreements: Iterable[Agreement] | None = None) -> list[Verdict]:
    """Judge a product under each agreement that its country of origin may use on a day."""
    lane = agreements if agreements is not None else origin.AGREEMENTS
    stated = made_of(product)
    made = _made(product, stated)
    return [
        Verdict(one, rules_of_origin.judged(one.code, made))
        for one in lane
        if any(one.covers(product.origin, place, on) for place in one.destinations)
    ]


def _made(product: Product, stated: MadeOf | None) -> Made:
    code = "".join(filter(str.isdigit, product.hs_code))
    if stated is None:
        return Made(code, Decimal(0))
    materials = tuple(
        Material(row["name"], row["code"], Decimal(row["value"]), bool(row["here"]))
        for row in stated.materials
    )
    return Made(code, stated.ex_works_amount, materials, stated.wholly_obtained)
