from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command

from logistics import network
from logistics.models import Leg
from logistics.options import Consignment, GoodsTraits, Piece, options
from marketplace.kit.explain import Certainty
from marketplace.kit.money import Money
from marketplace.kit.places import Place

D = Decimal
pytestmark = pytest.mark.usefixtures("starter_network")
MONDAY = date(2026, 11, 23)
BERLIN = Place("DE", "10115")
IPOH = Place("MY", "30000", "Ipoh")


def coffee(quantity: int = 2, **traits: object) -> tuple[Piece, ...]:
    return (Piece("COFFEE", quantity, D("0.5"), (D(20), D(15), D(8)), GoodsTraits(**traits)),)  # type: ignore[arg-type]


def ask(pieces: tuple[Piece, ...], origin: Place = IPOH, destination: Place = BERLIN):
    return options(Consignment(origin, destination, pieces, Money(D(50), "USD")), MONDAY)


def test_a_parcel_from_ipoh_to_berlin_is_priced_leg_by_leg():
    """Two packs of 0.5 kg, 20x15x8 cm each.

    Standard by air: volume 4,800 cm3 / 6000 = 0.8 kg < 1 kg, so 1 kg is billed.
    First mile Ipoh - KUL: 5 kg minimum x 0.097 = 0.485 -> 0.49 (0.4850 rounds half up).
    Air KUL - FRA 3.6 x 1 kg x 1.25 = 4.50. Last mile to Berlin up to 2 kg: 5.20. Sum 10.19.
    """
    option = ask(coffee()).get("standard")

    assert option is not None
    assert [charge.amount.amount for charge in option.charges] == [D("0.49"), D("4.50"), D("5.20")]
    assert option.price == Money(D("10.19"), "USD")
    assert option.onward_transport == Money(D("5.20"), "USD")
    assert option.domestic == Money(D("0.49"), "USD")
    assert option.certainty is Certainty.FIXED
    assert all("Illustrative demo rate" in c.rule.source for c in option.charges if c.rule)
    assert MONDAY < option.earliest <= option.latest


def test_three_levels_trade_price_for_days():
    found = ask(coffee()).options

    assert [option.code for option in found] == ["economy", "standard", "express"]
    assert found[0].price.amount < found[1].price.amount < found[2].price.amount
    assert found[0].latest > found[1].latest > found[2].latest


def test_frozen_goods_are_refused_where_nothing_keeps_them_cold():
    madryn = Place("AR", "U9120", "Puerto Madryn")
    shrimp = (Piece("SHRIMP", 221, D("2.26"), (D(30), D(20), D(9)), GoodsTraits(temperature="frozen -18C")),)

    found = ask(shrimp, madryn, Place("CN", "200000"))

    assert found.get("economy") is None
    assert "frozen-not-in-consolidation" in {
        reason.code for reason in found.refusals
    } or "frozen-needs-reefer" in {reason.code for reason in found.refusals}
    cheapest = found.options[0]
    assert (cheapest.code, cheapest.mode) == ("frozen-sea", "reefer")
    assert [leg.end_code for leg in cheapest.legs] == ["PMY", "SHA", "PVG", "CN:Shanghai"]


def test_a_battery_sent_alone_does_not_go_by_express():
    found = ask(coffee(battery_wh=D(37), battery_un="UN3480 PI965"))

    assert found.get("express") is None
    assert found.get("standard") is not None
    assert [reason.code for reason in found.refusals] == ["battery-alone-not-express"]


@pytest.mark.parametrize("kg", ["0", "-1"])
def test_a_piece_without_weight_is_refused(kg: str):
    found = ask((Piece("X", 1, D(kg), (D(1), D(1), D(1))),))

    assert (found.options, [r.code for r in found.refusals]) == ((), ["bad-measure"])


def test_a_box_of_three_metres_is_refused_with_a_way_out():
    found = ask((Piece("POLE", 1, D(3), (D(300), D(10), D(10))),))

    assert found.options == ()
    assert found.refusals[0].code == "too-large-length"
    assert found.refusals[0].way_out


def test_a_country_without_a_way_is_a_refusal():
    found = ask(coffee(), destination=Place("BR", "01000"))

    assert [reason.code for reason in found.refusals] == ["no-route"]


def test_every_origin_reaches_every_destination():
    origins = ["AR", "MY", "KE", "VN", "CN", "TR", "PE"]
    reached = ["DE", "FR", "ES", "GB", "US", "CA", "AU", "SG", "HK", "JP", "KR", "CN"]
    missing = [
        (a, b) for a in origins for b in reached if a != b and not ask(coffee(), Place(a), Place(b)).options
    ]

    assert missing == []


def test_a_warm_network_asks_the_database_nothing(django_assert_num_queries):
    network.current()

    with django_assert_num_queries(0):
        ask(coffee(3))


def test_loading_twice_changes_nothing():
    before = Leg.objects.count()

    call_command("load_starter_network", verbosity=0)

    assert Leg.objects.count() == before


def test_ways_are_marked_as_cheapest_fastest_and_best_value_with_their_carbon():
    found = ask(coffee()).options

    marks = {word: option.code for option in found for word in option.best_for}
    assert set(marks) == {"price", "speed", "value"}
    assert marks["price"] == found[0].code
    assert marks["speed"] == min(found, key=lambda o: o.latest).code
    assert all(option.co2_kg > 0 for option in found)
