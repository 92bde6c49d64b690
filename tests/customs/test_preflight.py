"""One verdict per market, by the rules of the hold."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.models import Product, Variant
from customs import actions
from customs.clearance import code_of
from customs.models import Restriction
from customs.preflight import Verdict, preflight
from tests.customs.world import NOON, company

pytestmark = pytest.mark.django_db


@pytest.fixture
def basket() -> Product:
    product = Product.objects.create(
        number="PRD-1", slug="basket", seller=company("COM-1", "Kiondo Weavers"), title="Basket",
        hs_code="460219",
        origin="KE", customs_description="woven basket, of sisal 100%, for storing things at home",
    )  # fmt: skip
    Variant.objects.create(
        product=product, sku="B-1", price_amount=10, currency="EUR",
        net_weight_kg=Decimal("0.5"), gross_weight_kg=Decimal("0.6"),
    )  # fmt: skip
    return product


def rule(**changes: object) -> Restriction:
    given = {
        "destination": "EU", "code": "4602", "kind": "document", "text": "Plant passport", "source": "test",
        "confidence": "read",
    }  # fmt: skip
    return Restriction.objects.create(**(given | changes))


def verdicts(product: Product, *markets: str) -> list[str]:
    return [market.verdict for market in preflight(product, markets, NOON.date()).markets]


def test_markets_differ_by_rule_and_a_paper_on_file_opens_them(basket: Product) -> None:
    rule()
    rule(destination="US", kind="prohibition", text="No sisal")
    rule(destination="GB", confidence="known")

    before = verdicts(basket, "DE", "US", "GB", "KP")
    actions.keep_paper(company=basket.seller, code=code_of("Plant passport"), label="Passport", at=NOON)

    assert before == [Verdict.NEEDS, Verdict.PROHIBITED, Verdict.SELLABLE, Verdict.PROHIBITED]
    assert verdicts(basket, "DE") == [Verdict.SELLABLE]


def test_the_score_counts_what_is_there(basket: Product) -> None:
    full = preflight(basket, ["DE"], NOON.date())
    basket.hs_code, basket.customs_description = "46", "gift"

    poor = preflight(basket, ["DE"], NOON.date())

    assert (full.score, poor.score) == (100, 50)
    assert [gap.rule for gap in poor.gaps] == ["code", "description"]
    assert poor.markets[0].verdict is Verdict.NEEDS
