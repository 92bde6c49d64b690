"""One verdict per market, by the rules of the hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from catalog.models import Product, Variant
from customs import actions, stored
from customs.assessment import GoodsLine, LandedCase, assess
from customs.clearance import code_of
from customs.models import Area, AreaMember, Restriction
from customs.preflight import Verdict, preflight
from marketplace.accounts.models import Membership
from marketplace.kit.explain import Certainty
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from tests.customs.world import NOON, company, person

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


@pytest.mark.parametrize(
    ("changes", "forbidden"),
    [
        ({}, True),
        ({"code": "4601"}, False),
        ({"code": ""}, True),
        ({"origin_area": "KE"}, True),
        ({"origin_area": "CN"}, False),
        ({"origin_area": "EAC"}, True),  # a group that Kenya belongs to
        ({"valid_to": NOON.date()}, True),
        ({"valid_to": date(2026, 11, 23)}, False),
        ({"valid_from": date(2026, 11, 25)}, False),
        ({"destination": "US"}, False),
    ],
)
def test_checkout_refuses_exactly_what_the_preflight_prohibits(
    basket: Product, changes: dict[str, object], forbidden: bool
) -> None:
    area = Area.objects.create(code="EAC", label="East African Community", group=True)
    AreaMember.objects.create(area=area, country="KE", source="test")
    rule(**{"kind": "prohibition", "text": "No baskets"} | changes)
    stored.forget()
    euro = Money(Decimal(10), "EUR")
    line = GoodsLine("1", "460219", "KE", "basket", Decimal(1), euro, Decimal(1), Decimal(1))
    case = LandedCase(NOON.date(), Place("KE"), Place("DE"), "EUR", (line,), euro, euro, {})

    at_checkout = [reason.words for reason in assess(case).reasons if reason.code == "prohibited"]

    assert verdicts(basket, "DE") == [Verdict.PROHIBITED if forbidden else Verdict.SELLABLE]
    assert at_checkout == (["These goods may not be imported: No baskets"] if forbidden else [])


def test_an_embargoed_country_is_refused_by_both(basket: Product) -> None:
    euro = Money(Decimal(10), "EUR")
    line = GoodsLine("1", "460219", "KE", "basket", Decimal(1), euro, Decimal(1), Decimal(1))

    found = assess(LandedCase(NOON.date(), Place("KE"), Place("CU"), "EUR", (line,), euro, euro, {}))

    assert verdicts(basket, "CU") == [Verdict.PROHIBITED]
    assert "embargo" in [reason.code for reason in found.reasons]
    assert found.state == Certainty.NOT_POSSIBLE


def test_the_maker_reads_a_verdict_for_each_market(basket: Product) -> None:
    rule(kind="prohibition", text="No baskets", destination="GB", legal_ref="Act 1")
    maker = person("wanjiru@kiondo.example", company=basket.seller)
    Membership.objects.create(user=maker, company=basket.seller, role=Membership.Role.OWNER)
    client = Client()
    client.force_login(maker)

    page = client.get("/sell/products/PRD-1/markets/").content.decode()

    assert page.count("Not allowed") == 1
    assert "No baskets" in page
    assert "Act 1" in page
    assert "EU-Kenya Economic Partnership Agreement: a proof of origin (origin declaration)" in page


def test_the_score_counts_what_is_there(basket: Product) -> None:
    full = preflight(basket, ["DE"], NOON.date())
    basket.hs_code, basket.customs_description = "46", "gift"

    poor = preflight(basket, ["DE"], NOON.date())

    assert (full.score, poor.score) == (100, 50)
    assert [gap.rule for gap in poor.gaps] == ["code", "description"]
    assert poor.markets[0].verdict is Verdict.NEEDS
