"""From which store a parcel comes: the lowest delivered price, duty and tax included."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Variant
from customs.assessment import GoodsLine, LandedCase, assess
from logistics.warehousing import actions as warehousing
from logistics.warehousing.allocation import spots
from logistics.warehousing.models import ReservationLine, Warehouse
from marketplace.kit.explain import Certainty
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from orders import snapshots
from orders.allocating import cheapest
from orders.asked import QuoteRequest
from orders.landed_cost import LandedCost
from orders.quoting import estimate
from tests.orders import world

D = Decimal
pytestmark = pytest.mark.django_db
BERLIN, LONDON, SHANGHAI = Place("DE", "10115"), Place("GB", "EC1A 1BB"), Place("CN", "200000")


@pytest.fixture
def malbec() -> Variant:
    """6 bottles are EUR 60 and more: over no limit of the Union, with duty and excise when they come in."""
    return world.load(skus=("MALBEC",))["MALBEC"]


def store(code: str, country: str, town: str, *, sku: str = "MALBEC", status: str = "free", pieces: int = 12):
    kind = "bonded" if status == "bonded" else "destination"
    made = Warehouse.objects.create(code=code, name=f"Store {town}", country=country, town=town, kind=kind)
    warehousing.receive(sku, made, pieces, customs_status=status, lot_number="L1", at=world.NOW)
    return made


def asked(variant: Variant, place: Place, currency: str, pieces: int = 6, **more: str) -> QuoteRequest:
    full = Variant.objects.select_related("product__seller").prefetch_related("tiers").get(pk=variant.pk)
    return QuoteRequest(((full, pieces),), place, currency, world.NOW.date(), **more)  # type: ignore[arg-type]


def chosen(request: QuoteRequest) -> tuple[LandedCost, str]:
    found = spots([variant.sku for variant, _count in request.lines], destination=request.ship_to.country)
    cost, spot = cheapest(request, found, goods=("test",))
    return cost, spot.warehouse if spot else ""


def charged(cost: LandedCost, *kinds: str) -> Decimal:
    return sum((c.amount.amount for c in cost.charges if c.kind in kinds), D(0))


def test_free_goods_in_the_buyers_country_pay_no_duty_and_no_border(malbec: Variant):
    """19 % VAT of goods, van and cover; no duty, no excise, the van alone as freight."""
    home = estimate(asked(malbec, BERLIN, "EUR"))
    store("DE-BER", "DE", "Berlin")

    cost, where = chosen(asked(malbec, BERLIN, "EUR"))

    assert where == "DE-BER"
    assert cost.regime == "EU-DOMESTIC"
    assert cost.state is Certainty.FIXED
    assert charged(cost, "third_country_duty", "additional", "excise", "consumption_tax", "fee") == 0
    assert cost.delivery is not None
    assert cost.delivery.legs == ("Frankfurt airport – Berlin, parcel",)
    assert (cost.delivery.latest - world.NOW.date()).days < 10
    base = charged(cost, "goods", "freight", "insurance")
    assert charged(cost, "vat") == (base * D("0.19")).quantize(D("0.01"))
    assert cost.total.amount < home.total.amount
    assert charged(home, "third_country_duty", "flat", "vat") > charged(cost, "vat")


def test_the_tax_of_a_sale_inside_is_an_estimate_where_we_have_not_read_who_declares_it(malbec: Variant):
    store("CN-SHA", "CN", "Shanghai")

    cost, where = chosen(asked(malbec, SHANGHAI, "CNY"))
    business = chosen(asked(malbec, BERLIN, "EUR", buyer_kind="business"))[0]

    assert where == "CN-SHA"
    assert cost.state is Certainty.ESTIMATE
    assert "domestic-sale" in [reason.code for reason in cost.reasons]
    assert business.regime != "EU-DOMESTIC"


def test_a_shelf_that_has_too_few_or_lies_elsewhere_dearer_does_not_serve(malbec: Variant):
    store("DE-BER", "DE", "Berlin", pieces=5)
    store("CN-SHA", "CN", "Shanghai")

    cost, where = chosen(asked(malbec, BERLIN, "EUR"))

    assert where == "WH-COM-AR2"
    assert cost.delivery is not None
    assert cost.delivery.start is None


def test_goods_of_a_store_abroad_cross_the_border_with_duty(malbec: Variant):
    """Nothing lies at the maker's: Shanghai sends to Berlin, as an import from China with its duty."""
    warehousing.reserve("all", {"MALBEC": 50}, world.NOW, destination="AR")
    store("CN-SHA", "CN", "Shanghai")

    cost, where = chosen(asked(malbec, BERLIN, "EUR", pieces=12))

    assert where == "CN-SHA"
    assert cost.possible
    assert cost.regime != "EU-DOMESTIC"
    assert charged(cost, "third_country_duty") > 0
    assert charged(cost, "excise", "vat") > 0


def test_bond_free_and_maker_are_compared_by_the_whole_price(malbec: Variant):
    request = asked(malbec, SHANGHAI, "CNY")
    home = estimate(request)
    store("CN-YSZ", "CN", "Shanghai", status="bonded")
    in_bond, first = chosen(request)
    store("CN-SHA", "CN", "Shanghai")

    best, second = chosen(request)

    assert (first, second in {"CN-YSZ", "CN-SHA"}) == ("CN-YSZ", True)
    assert in_bond.total.amount < home.total.amount
    assert (best.at_most or best.total).amount <= (in_bond.at_most or in_bond.total).amount


def test_an_order_takes_its_goods_from_the_store_of_its_price_and_declares_nothing(
    malbec: Variant, client: Client
):
    store("DE-BER", "DE", "Berlin")
    client.get("/?ship_to=DE-10115&currency=EUR")
    client.post("/cart/lines/", {"sku": "MALBEC", "quantity": "6"})

    page = client.get("/cart/").content.decode()
    box = client.get("/products/malbec/").content.decode()

    for shown in (page, box):
        assert "Ships from Store Berlin, Germany." in shown
        assert "It is through customs already: no import duty." in shown
    assert "The carrier picks it up at the store" in box
    assert "We wrote the papers" not in box


def test_the_makers_price_never_takes_goods_from_another_shelf(malbec: Variant):
    store("DE-BER", "DE", "Berlin", pieces=5)
    _cost, _where = chosen(asked(malbec, BERLIN, "EUR"))
    found = spots(["MALBEC"], destination="DE")
    _price, spot = cheapest(asked(malbec, BERLIN, "EUR"), found, goods=("test",))
    assert spot is not None

    warehousing.reserve(
        "ORD-1", {"MALBEC": 3}, world.NOW, destination="DE", prefer=tuple(spot.balances.values())
    )

    assert ReservationLine.objects.get().balance.warehouse.code == "WH-COM-AR2"


def test_asking_the_stores_costs_one_statement_however_many_there_are(malbec: Variant):
    counts = []
    for number in range(4):
        store(f"DE-{number}", "DE", "Berlin")
        chosen(asked(malbec, BERLIN, "EUR"))
        request = asked(malbec, BERLIN, "EUR")
        with CaptureQueriesContext(connection) as statements:
            chosen(request)
        counts.append(len(statements))

    assert counts == [1, 1, 1, 1]


def test_a_snapshot_remembers_the_store(malbec: Variant):
    store("DE-BER", "DE", "Berlin")
    cost, _where = chosen(asked(malbec, BERLIN, "EUR"))

    again = snapshots.load(snapshots.dump(cost))

    assert cost.delivery is not None
    assert again.delivery == cost.delivery
    assert cost.delivery.start is not None
    assert cost.delivery.start.words == "Store Berlin"


def test_a_case_without_the_flag_is_assessed_as_an_import():
    """The same goods from one German town to another stay an import for who does not say otherwise."""
    world.load(skus=("MALBEC",))
    euro = Money(D(100), "EUR")
    line = GoodsLine("1", "220421", "AR", "red wine", D(6), euro, D("4.5"), D("7.7"), {"litre": D("4.5")})
    case = LandedCase(
        world.NOW.date(), Place("DE"), BERLIN, "EUR", (line,), Money(D(5), "EUR"), Money(D(0), "EUR"), {}
    )

    assert assess(case).regime.code != "EU-DOMESTIC"
