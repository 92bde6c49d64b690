"""The origin page: what each agreement asks, met or not by what the maker says, and what a paper saves."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Product
from customs import actions, origin_verdicts, rules_of_origin
from customs.models import MadeOf
from customs.origin import AGREEMENTS, Answer, Material
from customs.refusals import MaterialsRefused
from customs.rules_of_origin import RuleSet
from marketplace.accounts.models import Membership, User
from marketplace.kit.money import Money
from tests.customs.world import NOON, company, person

pytestmark = pytest.mark.django_db
HALF = "Manufacture in which the value of all the materials used does not exceed 50% of the ex-works price"
CHANGE = "Manufacture from materials of any heading, except that of the product"
PAGE = "/sell/products/PRD-1/origin/"


@pytest.fixture
def basket() -> Product:
    ways = ((HALF, ("MAXNOM",)), (CHANGE, ("CTH",)))
    rule = RuleSet("46", "Baskets", "4600000000", "4699999999", ways)
    rules_of_origin.keep("uk-kenya", [rule], source="UK file", read_on=NOON.date())
    return Product.objects.create(
        number="PRD-1", slug="basket", seller=company("COM-1", "Kiondo Weavers"), title="Basket of sisal",
        origin="KE", hs_code="460219",
    )  # fmt: skip


def maker(product: Product) -> User:
    found = person("wanjiru@kiondo.example", company=product.seller)
    Membership.objects.create(user=found, company=product.seller, role=Membership.Role.OWNER)
    return found


def of(product: Product, agreement: str) -> origin_verdicts.Verdict:
    [found] = [
        one for one in origin_verdicts.verdicts(product, NOON.date()) if one.agreement.code == agreement
    ]
    return found


def state(product: Product, *materials: Material, price: str = "20.00", wholly: bool = False) -> MadeOf:
    by = User.objects.filter(company=product.seller).first() or maker(product)
    return actions.state_materials(
        seller=product.seller, number=product.number, ex_works=Money(Decimal(price), "EUR"),
        wholly_obtained=wholly, materials=materials, by=by, at=NOON,
    )  # fmt: skip


def bought(code: str, value: str, *, here: bool = False) -> Material:
    return Material("sisal", code, Decimal(value), here, "KE" if here else "TZ")


def test_without_a_list_of_materials_the_answer_is_open(basket: Product) -> None:
    verdict = of(basket, "uk-kenya")

    assert (verdict.met, verdict.failed, verdict.judgement.loaded) == (False, False, True)
    assert verdict.judgement.judged.reasons[0] == "List the materials with their codes and values first."
    assert verdict.judgement.rules == (HALF, CHANGE)


@pytest.mark.parametrize(
    ("materials", "answer"),
    [
        ((bought("4602", "9.99"),), Answer.YES),  # under half of the price
        ((bought("4602", "10.01"),), Answer.NO),  # over half, and of the same heading
        ((bought("5305", "15.00"),), Answer.YES),  # over half, but of another heading
        ((bought("4602", "15.00", here=True),), Answer.YES),  # its own country's
    ],
)
def test_the_rule_is_judged_by_what_the_maker_says(
    basket: Product, materials: tuple[Material, ...], answer: Answer
) -> None:
    state(basket, *materials)

    assert of(basket, "uk-kenya").judgement.judged.answer is answer


def test_an_agreement_without_loaded_rules_says_so_and_never_yes(basket: Product) -> None:
    state(basket, bought("5305", "1.00"))

    for one in AGREEMENTS:
        if "KE" in one.origins and one.code != "uk-kenya":
            verdict = of(basket, one.code)
            assert (verdict.met, verdict.failed, verdict.judgement.loaded) == (False, False, False)
            assert "not loaded" in verdict.judgement.judged.reasons[0]


@pytest.mark.parametrize(
    ("materials", "price", "words"),
    [
        ((bought("46", "1"),), "20", "Line 1: the customs code needs 4 or more digits"),
        ((bought("4602", "1"), bought("4602", "-1")), "20", "Line 2"),
        ((bought("4602", "21"),), "20", "cost more than your price"),
        ((), "0", "above zero"),
        ((bought("4602", "0"),) * 41, "20", "at most 40"),
    ],
)
def test_a_list_that_cannot_be_is_refused_and_nothing_changes(
    basket: Product, materials: tuple[Material, ...], price: str, words: str
) -> None:
    before = state(basket, bought("5305", "1.00"))

    with pytest.raises(MaterialsRefused, match=words):
        state(basket, *materials, price=price)

    assert MadeOf.objects.get().materials == before.materials


def test_the_page_takes_the_list_and_shows_rule_answer_and_need(basket: Product, client: Client) -> None:
    client.force_login(maker(basket))
    before = client.get(PAGE).content.decode()

    form = {"ex_works": "20", "materials": "sisal; 5305; 12.50; TZ\n\ndye; 3204; 0.30; KE"}
    done = client.post(f"{PAGE}materials/", form)
    after = client.get(PAGE).content.decode()

    assert "Cannot tell yet" in before
    assert "Rule met" not in before
    assert HALF in before
    assert done.status_code == 302
    assert "Rule met" in after
    assert 'name="ex_works" value="20"' in after
    assert "Price and values in EUR." in after
    assert "sisal; 5305; 12.50; TZ\ndye; 3204; 0.30; KE" in after
    assert MadeOf.objects.get().stated_at <= timezone.now()


@pytest.mark.parametrize(
    "line", ["sisal 5305", "sisal; 5305; much; TZ", "; 5305; 1; TZ", "sisal; 53; 1; TZ", "a;5305;1;T"]
)
def test_a_line_that_cannot_be_read_is_named_on_the_page(basket: Product, client: Client, line: str) -> None:
    client.force_login(maker(basket))

    answer = client.post(f"{PAGE}materials/", {"ex_works": "20", "materials": line})

    assert answer.status_code == 400
    assert "Line 1:" in answer.content.decode()
    assert not MadeOf.objects.exists()


def test_the_saving_stands_on_the_page_as_a_part_of_its_own(basket: Product, client: Client) -> None:
    client.force_login(maker(basket))

    page = client.get(PAGE).content.decode()
    part = client.get(f"{PAGE}savings/")

    assert f'hx-get="{PAGE}savings/"' in page
    assert part.status_code == 200
    assert "We know no price that a paper would lower today" in part.content.decode()
