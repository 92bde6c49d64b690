"""Our fee: worked examples by hand, laws for any rules, and rules that only two people change."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Category
from marketplace.kit.money import Money, total
from orders.payments import actions, commission
from orders.payments.actions.fee_rules import AnotherPersonNeeded, BadFeeRule, NothingWaits, Wanted
from orders.payments.commission import Fee, Rule, Sale, fee, tier_of
from orders.payments.models import CommissionRule, OrderShare
from tests.payments.world import NOON, broken, finance, paid, share

USUAL = Decimal("0.06")
TODAY = NOON.date()


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def sale(goods: str = "100.00", paid_by_buyer: str = "130.00", **named: str) -> Sale:
    return Sale(eur(goods), eur(paid_by_buyer), **named)


def rate(component: str, percent: str, **more: object) -> Rule:
    return Rule(component, Decimal(percent) / 100, **more)  # type: ignore[arg-type]


SCHEDULE = [
    rate("base", "6"),
    rate("base", "8", category="jewellery"),
    rate("base", "5", seller="C-BIG"),
    rate("tier", "-1", tier="large"),
    rate("lane", "0.5", destination="BR"),
    rate("band", "-2", least=eur("1000.00")),
    rate("band", "-3", least=eur("1000.00"), below=eur("5000.00"), seller="C-BIG"),
    rate("payment", "1.5"),
    Rule("fixed", amount=eur("0.30")),
    Rule("limit", floor=eur("1.00"), cap=eur("150.00")),
]


@pytest.mark.parametrize(
    ("sold", "lines", "amount"),
    [
        # 6 % of 100.00 is 6.00, 1.5 % of 130.00 is 1.95, and 0.30
        (sale(), "base 6.00, payment 1.95, fixed 0.30", "8.25"),
        (sale(category="jewellery"), "base 8.00, payment 1.95, fixed 0.30", "10.25"),
        # the seller's own rule comes before the category's
        (sale(category="jewellery", seller="C-BIG"), "base 5.00, payment 1.95, fixed 0.30", "7.25"),
        (sale(tier="large", destination="BR"),
         "base 6.00, tier -1.00, lane 0.50, payment 1.95, fixed 0.30", "7.75"),
        # 1000.00 is in the band, 999.99 is not
        (sale("1000.00", "1300.00"), "base 60.00, band -20.00, payment 19.50, fixed 0.30", "59.80"),
        (sale("999.99", "1300.00"), "base 60.00, payment 19.50, fixed 0.30", "79.80"),
        # of two bands the one that names more: 5 % − 3 % of 2000.00, 1.5 % of 2600.00
        (sale("2000.00", "2600.00", seller="C-BIG"),
         "base 100.00, band -60.00, payment 39.00, fixed 0.30", "79.30"),
        # the most for an order is 150.00, the least 1.00
        (sale("5000.00", "6500.00"),
         "base 300.00, band -100.00, payment 97.50, fixed 0.30, limit -147.80", "150.00"),
        (sale("2.00", "2.60"), "base 0.12, payment 0.04, fixed 0.30, limit 0.54", "1.00"),
        # never more than the goods
        (sale("0.50", "0.50"), "base 0.03, payment 0.01, fixed 0.30, limit 0.16", "0.50"),
    ],
)  # fmt: skip
def test_worked_examples(sold: Sale, lines: str, amount: str) -> None:
    found = fee(sold, SCHEDULE, usual=USUAL)

    assert ", ".join(f"{line.component} {line.amount.amount}" for line in found.lines) == lines
    assert found.amount == eur(amount)


@pytest.mark.parametrize(
    ("rules", "words", "amount"),
    [
        ([], "6%", "6.00"),
        ([rate("base", "0")], "0", "0.00"),
        ([rate("base", "3", floor=eur("5.00"))], "3%", "5.00"),
        ([rate("base", "30", cap=eur("20.00"))], "30%", "20.00"),
        # a floor in another currency says nothing about this sale
        ([rate("base", "3", floor=Money(Decimal(900), "JPY"))], "3%", "3.00"),
        ([Rule("fixed", amount=Money(Decimal(90), "JPY"))], "6%", "6.00"),
        # a rule for others
        ([rate("base", "9", country="KE")], "6%", "6.00"),
        # more is taken off than there is: zero, not below
        ([rate("base", "1"), rate("tier", "-9", tier="")], "1% − 9% + 8", "0.00"),
    ],
)
def test_floors_caps_and_rules_for_others(rules: list[Rule], words: str, amount: str) -> None:
    found = fee(sale(), rules, usual=USUAL)

    assert (found.words, found.amount) == (words, eur(amount))


NAMES = st.sampled_from(["", "a", "b"])
AMOUNTS = st.none() | st.integers(0, 10**6).map(lambda minor: Money.from_minor(minor, "EUR"))
RULES = st.builds(
    Rule,
    component=st.sampled_from(commission.ORDER),
    rate=st.integers(-5000, 5000).map(lambda n: Decimal(n) / 10000),
    amount=AMOUNTS, floor=AMOUNTS, cap=AMOUNTS, least=AMOUNTS, below=AMOUNTS,
    seller=NAMES, category=NAMES, country=NAMES, destination=NAMES, tier=NAMES,
)  # fmt: skip


@given(
    st.lists(RULES, max_size=12), st.integers(0, 10**8), st.integers(0, 10**8), NAMES, NAMES, NAMES,
)  # fmt: skip
def test_any_rules_give_a_fee_that_is_the_sum_of_its_lines(
    rules: list[Rule], goods: int, more: int, seller: str, category: str, destination: str
) -> None:
    sold = Sale(
        Money.from_minor(goods, "EUR"), Money.from_minor(goods + more, "EUR"), seller=seller,
        category=category, destination=destination,
    )  # fmt: skip

    found = fee(sold, rules, usual=USUAL)

    assert found.amount == total((line.amount for line in found.lines), "EUR")
    assert Money.zero("EUR") <= found.amount <= sold.goods
    assert all(line.amount == line.amount.rounded() for line in found.lines)
    order = [commission.ORDER.index(line.component) for line in found.lines]
    assert order == sorted(order)
    assert found == fee(sold, rules, usual=USUAL)
    assert len(found.words) <= 120


@pytest.mark.parametrize(
    ("sales", "name"), [(0, "new"), (9, "new"), (10, "regular"), (99, "regular"), (100, "large")]
)
def test_tiers(sales: int, name: str) -> None:
    assert tier_of(sales) == name


def wanted(component: str = "base", percent: str = "7", **more: object) -> Wanted:
    given_: dict[str, object] = {"valid_from": TODAY, "reason": "Costs went up", **more}
    return Wanted(component=component, rate=Decimal(percent) / 100, **given_)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_rule_counts_only_after_a_second_person_and_old_sales_keep_their_fee() -> None:
    ann, bob = finance("ann"), finance("bob")
    paid("GRP-1", {"ORD-1": share()})
    rule = actions.propose_fee_rule(wanted=wanted(name="Base"), by=ann, today=TODAY)
    paid("GRP-2", {"ORD-2": share()})

    with pytest.raises(AnotherPersonNeeded):
        actions.decide_fee_rule(rule_id=rule.pk, agree=True, by=ann, today=TODAY)
    actions.decide_fee_rule(rule_id=rule.pk, agree=True, by=bob, today=TODAY)
    with pytest.raises(NothingWaits):
        actions.decide_fee_rule(rule_id=rule.pk, agree=True, by=bob, today=TODAY)
    paid("GRP-3", {"ORD-3": share()})

    found = OrderShare.objects.order_by("order_number")
    assert [(s.commission_words, f"{s.commission_amount:.2f}") for s in found] == [
        ("6%", "1766.23"), ("6%", "1766.23"), ("7%", "2060.60"),
    ]  # fmt: skip
    assert found[2].commission_lines == [
        {"component": "base", "name": "Base", "basis": "29437.20", "rate": "0.07000", "amount": "2060.60"}
    ]
    assert broken() == []


@pytest.mark.django_db
def test_a_rule_ends_with_two_people_and_never_in_the_past() -> None:
    ann, bob = finance("ann"), finance("bob")
    rule = actions.propose_fee_rule(wanted=wanted(), by=ann, today=TODAY)
    with pytest.raises(NothingWaits):
        actions.propose_fee_end(rule_id=rule.pk, last_day=TODAY, by=ann, today=TODAY)
    actions.decide_fee_rule(rule_id=rule.pk, agree=True, by=bob, today=TODAY)

    with pytest.raises(BadFeeRule):
        actions.propose_fee_end(rule_id=rule.pk, last_day=TODAY - timedelta(days=1), by=ann, today=TODAY)
    actions.propose_fee_end(rule_id=rule.pk, last_day=TODAY, by=ann, today=TODAY)
    with pytest.raises(AnotherPersonNeeded):
        actions.decide_fee_rule(rule_id=rule.pk, agree=True, by=ann, today=TODAY)
    actions.decide_fee_rule(rule_id=rule.pk, agree=True, by=bob, today=TODAY)

    assert CommissionRule.objects.in_force(TODAY).exists()
    assert not CommissionRule.objects.in_force(TODAY + timedelta(days=1)).exists()


@pytest.mark.django_db
def test_a_dropped_proposal_leaves_nothing() -> None:
    rule = actions.propose_fee_rule(wanted=wanted(), by=finance("ann"), today=TODAY)

    assert actions.decide_fee_rule(rule_id=rule.pk, agree=False, by=finance("bob"), today=TODAY) is None
    assert not CommissionRule.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"component": "x"}, "components"), ({"percent": "51"}, "50 percent"),
        ({"percent": "-1"}, "below zero"),
        ({"floor": Decimal(1)}, "currency"), ({"floor": Decimal(-1), "currency": "EUR"}, "not below zero"),
        ({"floor": Decimal(2), "cap": Decimal(1), "currency": "EUR"}, "above the most"),
        ({"component": "band"}, "limits"), ({"component": "tier", "tier": "x"}, "tiers"),
        ({"component": "lane"}, "country of delivery"), ({"component": "fixed"}, "fixed amount"),
        ({"component": "limit"}, "least or the most"), ({"valid_from": date(2026, 11, 1)}, "today or later"),
        ({"reason": " x "}, "Say why"),
    ],
)  # fmt: skip
def test_a_rule_that_says_too_little_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(BadFeeRule, match=words):
        actions.propose_fee_rule(wanted=wanted(**change), by=finance("ann"), today=TODAY)  # type: ignore[arg-type]

    assert not CommissionRule.objects.exists()


@pytest.mark.django_db
def test_two_people_change_the_fee_on_the_page_and_try_it(client: Client) -> None:
    Category.objects.create(slug="goods", name="Goods")
    ann, bob = finance("ann"), finance("bob")
    form = {
        "component": "base",
        "rate": "7.5",
        "valid_from": "2030-01-01",
        "category": "goods",
        "reason": "Trial",
    }
    client.force_login(ann)
    assert client.post("/console/fees/proposals/", {**form, "rate": "x"}).status_code == 422
    assert client.post("/console/fees/proposals/", {**form, "seller": "C-NONE"}).status_code == 422
    assert client.post("/console/fees/proposals/", form).status_code == 302
    rule = CommissionRule.objects.get()
    assert client.post(f"/console/fees/{rule.pk}/decision/", {"act": "agree"}).status_code == 409
    waiting = client.get("/console/fees/").content.decode()
    assert "You proposed it: somebody else must agree." in waiting
    assert 'value="agree"' not in waiting
    client.force_login(bob)
    assert 'value="agree"' in client.get("/console/fees/").content.decode()
    assert "7.5" in client.get("/console/fees/").content.decode()
    assert client.post(f"/console/fees/{rule.pk}/decision/", {"act": "agree"}).status_code == 302

    page = client.get("/console/fees/", {"goods": "100", "currency": "EUR"}).content.decode()

    assert "Agreed, for later" in page
    assert "€6.00" in page


def test_a_fee_of_nothing_says_so() -> None:
    assert Fee((), eur("0.00")).words == "0%"
