"""The bill of a shared container in the books: who owes what, to the last cent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from logistics import actions as logistics
from logistics import containers, network, starter
from logistics.models import ContainerPart, Hub, Shipment
from logistics.warehousing import actions as warehousing
from logistics.warehousing import bonded
from logistics.warehousing.models import Warehouse
from marketplace.accounts.models import Company, User
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from orders.payments import actions, books
from orders.payments.models import Earning, Journal
from tests.payments.world import NOON, balances, broken, paid, share

D = Decimal
pytestmark = pytest.mark.django_db
BERLIN, MENDOZA = Place("DE", "10115", "Berlin"), Place("AR", "M5507", "Lujan de Cuyo")


@pytest.fixture(autouse=True)
def ways(db: None) -> None:
    starter.load()
    network.forget()


def shipment(number: str, kg: str, status: str = "free") -> Shipment:
    seller, _ = Company.objects.get_or_create(
        number="C-AR1",
        slug="ar1",
        defaults={"name": "Bodega", "country": "AR", "currency": "USD", "is_seller": True},
    )
    goods = [{"sku": "W", "quantity": 1, "customs_status": status}]
    return logistics.open_shipment(
        order_number=number, seller=seller, buyer_name="Ada", origin=MENDOZA, destination=BERLIN,
        option_code="economy", parcels=[logistics.ParcelPlan(D(kg), (D(30), D(20), D(20)))], mode="sea",
        goods=goods,
    )  # fmt: skip


def closed(price: str, *inside: Shipment) -> str:
    box = containers.open_container(
        hub=Hub.objects.get(code="EZE"), to=None, mode="air", cut_off_at=NOON + timedelta(hours=4),
        departs_on=NOON.date(), capacity_kg=D(1000), capacity_cbm=D(9), price=Money(D(price), "USD"),
    )  # fmt: skip
    for one in inside:
        containers.put_in(container=box.number, shipment=one.number, at=NOON)
    staff, _ = User.objects.get_or_create(email="ops@example.com", defaults={"name": "Ops", "is_staff": True})
    containers.close(container=box.number, by=staff, at=NOON)
    return box.number


def test_each_orders_freight_bears_its_part_and_the_sum_is_the_bill(django_capture_on_commit_callbacks):
    """USD 100.00 over 10, 10 and 10 kg: 33.34, 33.33, 33.33; the largest remainder takes the cent."""
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share(), "ORD-3": share()})

    with django_capture_on_commit_callbacks(execute=True):
        number = closed("100.00", *(shipment(f"ORD-{n}", "10") for n in (1, 2, 3)))

    parts = ContainerPart.objects.values_list("share_amount", flat=True)
    assert list(parts) == [D("33.3400"), D("33.3300"), D("33.3300")]
    assert books.balance(f"carrier:{number}", "USD") == Money(D("100.00"), "USD")
    sources = Journal.objects.filter(kind="freight").values_list("source", flat=True)
    assert sorted(sources) == sorted(
        f"{number}:{one}" for one in Shipment.objects.values_list("number", flat=True)
    )
    assert balances("shipping:payable")[0].startswith("-")
    assert broken() == []


def test_a_container_told_twice_is_booked_once():
    paid("GRP-1", {"ORD-1": share()})
    part = actions.FreightPart("ORD-1", "SHP-1", "C-AR1", Money(D("12.50"), "USD"))

    booked = [actions.book_container(container="CON-1", parts=[part], at=NOON) for _twice in range(2)]

    assert booked == [1, 0]
    assert books.balance("carrier:CON-1", "USD") == Money(D("12.50"), "USD")


def test_goods_without_a_buyer_are_charged_to_their_maker():
    """Nobody paid freight for a maker's own stock: the maker owes the share until the next sale."""
    part = actions.FreightPart("TRF-1", "SHP-1", "C-AR1", Money(D("12.50"), "USD"))

    actions.book_container(container="CON-1", parts=[part], at=NOON)

    assert books.balance("seller:C-AR1:receivable", "USD") == Money(D("12.50"), "USD")
    assert Earning.objects.get().amount == D("-12.50")
    assert broken() == []


def test_bonded_and_free_goods_never_share_and_may_after_the_duty_is_paid(django_capture_on_commit_callbacks):
    zone = Warehouse.objects.create(
        code="DE-ZL", name="Zolllager", kind="bonded", country="DE", town="Hamburg"
    )
    warehousing.receive(
        "W", zone, 5, customs_status="bonded", lot_number="L1", entry_number="DE-1", at=NOON,
    )  # fmt: skip
    warehousing.reserve("ORD-2", {"W": 1}, NOON + timedelta(days=900), destination="DE")
    warehousing.commit("ORD-2")
    statuses = warehousing.customs_statuses("ORD-2")
    free, bonded_one = shipment("ORD-1", "10"), shipment("ORD-2", "10", statuses["W"])
    box = containers.open_container(
        hub=Hub.objects.get(code="EZE"), to=None, mode="air", cut_off_at=NOON + timedelta(hours=4),
        departs_on=NOON.date(), capacity_kg=D(1000), capacity_cbm=D(9), price=Money(D(10), "USD"),
    )  # fmt: skip
    containers.put_in(container=box.number, shipment=free.number, at=NOON)

    with pytest.raises(containers.MayNotTravelTogether, match="bonded goods and free goods stay apart"):
        containers.put_in(container=box.number, shipment=bonded_one.number, at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        bonded.withdraw_for_order("ORD-2", declaration="DEC-1", at=NOON)
    containers.put_in(container=box.number, shipment=bonded_one.number, at=NOON)

    assert statuses == {"W": "bonded"}
    assert warehousing.customs_statuses("ORD-2") == {"W": "free"}
    assert box.parts.count() == 2
