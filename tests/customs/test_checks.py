"""Each check of a declaration: what it stops, what it only notes, what it lets pass."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customs import actions
from customs.bands import band
from customs.clearance import Grounds, Recent, examine
from customs.grounds import gather, low_value_limit, peers_of, recent_orders
from customs.models import Declaration, DeclarationLine, LowValueRegime, Restriction
from customs.selectivity import Outcome, fit, judge
from marketplace.currency import rates
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from tests.customs.world import NOON, basket, company, declared

DAY = date(2026, 11, 24)


def line(**changes: object) -> DeclarationLine:
    given: dict[str, object] = {
        "pk": 1,
        "position": 1,
        "description": "Sisal basket",
        "customs_description": "woven basket, of sisal 100%, for storing things at home",
        "hs_code": "460219",
        "origin": "KE",
        "quantity": 2,
        "value_amount": Decimal(60),
        "currency": "EUR",
        "unit_value_euro": Decimal(30),
        "net_weight_kg": Decimal("1.2"),
        "gross_weight_kg": Decimal("1.6"),
    }
    return DeclarationLine(**(given | changes))


def grounds(*lines: DeclarationLine, value: int = 60, **more: object) -> Grounds:
    declaration = Declaration(from_country="KE", to_country="GB", value_euro=Decimal(value), currency="EUR")
    return Grounds(declaration, lines or (line(),), DAY, **more)  # type: ignore[arg-type]


def rules(given: Grounds) -> list[tuple[str, int]]:
    return [(found.rule, int(found.severity)) for found in examine(given).found]


def restriction(kind: str, **changes: object) -> Restriction:
    given: dict[str, object] = {
        "destination": "GB",
        "code": "4602",
        "kind": kind,
        "origin_area": "ERGA OMNES",
        "text": "Plant fibre",
        "confidence": "read",
        "source": "gov.uk",
        "legal_ref": "SI 2026/1",
        "valid_from": date(2026, 1, 1),
    }
    return Restriction(**(given | changes))


@pytest.mark.parametrize(
    ("kind", "rule", "severity"),
    [
        ("prohibition", "R-LANE-001", 3),
        ("restriction", "R-LANE-001", 2),
        ("licence", "R-LANE-001", 2),
        ("certificate", "R-DOC-001", 2),
        ("document", "R-DOC-001", 2),
        ("observation", "R-LANE-001", 1),
    ],
)
def test_a_lane_rule_stops_as_hard_as_its_kind_says_and_names_its_source(
    kind: str, rule: str, severity: int
) -> None:
    given = grounds(restrictions=(restriction(kind),))

    assert rules(given) == [(rule, severity)]
    found = examine(given).found[0]
    assert (found.source, found.legal_ref, found.evidence["valid_from"]) == (
        "gov.uk",
        "SI 2026/1",
        "2026-01-01",
    )


@pytest.mark.parametrize("change", [{"code": "6109"}, {"origin_area": "CN"}])
def test_a_lane_rule_for_other_goods_or_another_origin_stops_nothing(change: dict[str, object]) -> None:
    assert rules(grounds(restrictions=(restriction("prohibition", **change),))) == []


@pytest.mark.parametrize("kind", ["licence", "certificate"])
def test_a_paper_on_file_answers_the_rule(kind: str) -> None:
    given = grounds(restrictions=(restriction(kind),), on_file=frozenset({("plant-fibre", "4602")}))

    assert rules(given) == []


@pytest.mark.parametrize(
    ("value", "others", "held"),
    [
        (100, [60], True),
        (60, [100], False),  # one order far below the limit beside another: an ordinary buyer
        (60, [60, 60], True),
        (100, [40], False),  # together under the limit
        (160, [100], False),  # above the limit it goes the long way anyhow
        (100, [400], False),  # the other one went the long way
        (100, [], False),
    ],
)
def test_orders_split_under_the_limit_are_found(value: int, others: list[int], held: bool) -> None:
    recent = tuple(Recent(f"ORD-{n}", Decimal(other)) for n, other in enumerate(others))

    found = rules(grounds(value=value, recent=recent, limit_euro=Decimal(150)))

    assert found == ([("R-SPL-001", 2)] if held else [])


@pytest.mark.django_db
def test_only_the_same_buyer_within_72_hours_counts_as_splitting() -> None:
    seller = company("COM-1", "Kiondo Weavers")
    declared("ORD-1", seller, at=NOON - timedelta(hours=71))
    declared("ORD-2", seller, at=NOON - timedelta(hours=73))
    declared("ORD-3", seller, buyer_name="Someone Else", at=NOON - timedelta(hours=1))
    declared("ORD-4", seller, ship_to=Place("GB", "M1 1AA"), at=NOON - timedelta(hours=1))
    last = declared("ORD-5", seller)

    assert [one.number for one in recent_orders(last, NOON)] == ["ORD-1"]


@pytest.mark.django_db
def test_a_limit_in_pounds_is_compared_in_euro(rate_of_pounds: Decimal) -> None:
    LowValueRegime.objects.create(
        destination="GB", kind="duty", limit_currency="GBP", limit_amount=135, basis="intrinsic",
        source="gov.uk", confidence="read", retrieved_on=DAY,
    )  # fmt: skip

    limit = low_value_limit(["GB"], DAY)

    assert limit is not None
    assert limit.quantize(Decimal("0.01")) == (135 / rate_of_pounds).quantize(Decimal("0.01"))


@pytest.fixture
def rate_of_pounds() -> Decimal:
    table = rates.current()
    return table.per_euro["GBP"]


@pytest.mark.django_db
def test_the_usual_price_comes_from_the_same_goods_and_origin_only() -> None:
    seller = company("COM-1", "Kiondo Weavers")
    for n in range(9):
        declared(f"ORD-{n}", seller, basket(value=Money(Decimal(56 + n), "EUR")), basket(origin="TZ"))

    peers = peers_of({("460219", "KE")}, NOON)

    assert [round(price, 2) for price in sorted(peers["460219", "KE"])] == [
        round(Decimal(56 + n) / Decimal("1.2"), 2) for n in range(9)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("value", "held"), [(6, True), (600, True), (60, False), (45, False), (90, False)])
def test_a_price_ten_times_off_is_held_and_ordinary_ones_are_not(value: int, held: bool) -> None:
    seller = company("COM-1", "Kiondo Weavers")
    for n in range(12):
        declared(f"ORD-{n}", seller, basket(value=Money(Decimal(50 + 2 * n), "EUR")), buyer_name=f"Buyer {n}")
    declared("ORD-99", seller, basket(value=Money(Decimal(value), "EUR")))

    hold = actions.check_clearance(order_number="ORD-99", at=NOON)

    assert (hold is not None) == held
    if hold is not None:
        evidence = hold.findings.get(rule="R-VAL-003").evidence
        assert (evidence["basis"], evidence["count"], evidence["unit"]) == ("peers", 12, "EUR/kg")


@pytest.mark.django_db
def test_checks_take_the_same_number_of_statements_for_one_line_and_for_twenty() -> None:
    seller = company("COM-1", "Kiondo Weavers")
    one = declared("ORD-1", seller, basket(sku="S1"))
    many = declared("ORD-2", seller, *(basket(hs_code=f"46021{n % 10}", sku=f"S{n}") for n in range(20)))
    gather(one, NOON)

    counts = []
    for declaration in (one, many):
        with CaptureQueriesContext(connection) as statements:
            gather(Declaration.objects.select_related("seller", "buyer").get(pk=declaration.pk), NOON)
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_too_few_prices_make_no_band_and_one_odd_price_does_not_move_it() -> None:
    assert band([Decimal(30)] * 7) is None
    usual, odd = (
        band([Decimal(30 + n) for n in range(12)]),
        band([*(Decimal(30 + n) for n in range(12)), Decimal(9000)]),
    )

    assert usual is not None
    assert odd is not None
    assert abs(usual.middle - odd.middle) < 1
    assert not odd.holds(Decimal(9000))


PAST = [
    *[Outcome({"seller": "bad", "goods": "850760"}, wrong=n % 4 != 0) for n in range(40)],
    *[Outcome({"seller": "good", "goods": "460219"}, wrong=n % 50 == 0) for n in range(400)],
]


def test_a_fitted_score_puts_declarations_into_three_lanes_and_says_why() -> None:
    weights = fit(PAST, source="test")

    red = judge({"seller": "bad", "goods": "850760"}, weights)
    green = judge({"seller": "good", "goods": "460219"}, weights)
    unknown = judge({"seller": "new"}, weights)

    assert (red.lane, green.lane, unknown.lane) == ("red", "green", "green")
    assert {point.part for point in red.points} == {"seller", "goods"}
    assert all(point.adds > 0 for point in red.points)
    assert unknown.points == ()
    assert round(unknown.chance, 4) == round(38 / 440, 4)


def test_outcomes_of_one_kind_only_are_refused() -> None:
    with pytest.raises(ValueError, match="right and wrong"):
        fit([Outcome({"seller": "a"}, wrong=True)] * 3, source="test")


@pytest.mark.parametrize(("parts", "found"), [
    ({"seller": "bad", "goods": "850760"}, [("R-RISK-001", 2)]),
    ({"seller": "good"}, []),
])  # fmt: skip
def test_only_the_red_lane_stops_a_parcel(parts: dict[str, str], found: list[tuple[str, int]]) -> None:
    assert rules(grounds(risk=judge(parts, fit(PAST, source="test")))) == found


@pytest.mark.django_db
def test_the_lane_is_kept_with_the_declaration_and_the_house_default_stops_nobody() -> None:
    declared("ORD-1", company("COM-1", "Kiondo Weavers"))

    assert actions.check_clearance(order_number="ORD-1", at=NOON) is None

    declaration = Declaration.objects.get()
    assert (declaration.lane, declaration.risk_percent) == ("green", 3)


@pytest.mark.django_db
def test_a_model_put_in_force_holds_what_it_finds_red() -> None:
    past = [Outcome(dict(one.parts) | {"seller": "COM-1"}, one.wrong) for one in PAST[:40]] + PAST[40:]
    actions.put_risk_model_in_force(weights=fit(past, source="own decided cases"), outcomes=440, at=NOON)
    declared("ORD-1", company("COM-1", "Kiondo Weavers"), basket(hs_code="850760"))

    hold = actions.check_clearance(order_number="ORD-1", at=NOON)

    assert hold is not None
    evidence = hold.findings.get(rule="R-RISK-001").evidence
    assert evidence["lane"] == "red"
    assert evidence["reasons"][0].startswith("seller COM-1: +")
