from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from logistics.warehousing import actions
from logistics.warehousing.models import (
    CustomsStatus,
    Lot,
    LotBalance,
    Reservation,
    StockBalance,
    StockMove,
    Warehouse,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=15)
FAR = datetime(2036, 1, 1, tzinfo=UTC)


@pytest.fixture
def warehouse(db) -> Warehouse:
    return Warehouse.objects.create(code="AR-MDN", name="Madryn cold store", country="AR")


def shelf(sku: str = "SHRIMP") -> tuple[int, int]:
    return StockBalance.objects.values_list("quantity", "reserved").get(sku=sku)


def test_stock_is_received_reserved_sold_and_shipped(warehouse: Warehouse):
    actions.receive("SHRIMP", warehouse, 10, reference="IN-1", at=NOON)
    actions.receive("SHRIMP", warehouse, 10, reference="IN-1", at=NOON)

    actions.reserve("ORD-1", {"SHRIMP": 4}, FAR)
    actions.reserve("ORD-1", {"SHRIMP": 4}, FAR)
    assert (shelf(), actions.available(["SHRIMP", "NONE"])) == ((10, 4), {"SHRIMP": 6, "NONE": 0})

    actions.commit("ORD-1")
    actions.commit("ORD-1")
    actions.ship("ORD-1", at=NOON)
    actions.ship("ORD-1", at=NOON)
    assert shelf() == (6, 0)
    assert list(StockMove.objects.values_list("kind", "quantity")) == [("received", 10), ("shipped", -4)]
    assert actions.release("ORD-1") is False


def test_a_reservation_takes_all_lines_or_none(warehouse: Warehouse):
    actions.receive("A", warehouse, 5)
    actions.receive("B", warehouse, 1)

    with pytest.raises(actions.StockShort) as refusal:
        actions.reserve("ORD-1", {"A": 5, "B": 2}, FAR)

    assert refusal.value.facts == {"sku": "B", "available": 1}
    assert (shelf("A"), shelf("B"), Reservation.objects.count()) == ((5, 0), (1, 0), 0)


@pytest.mark.parametrize("wanted", [{}, {"A": 0}, {"A": -3}])
def test_a_senseless_quantity_is_refused(warehouse: Warehouse, wanted: dict[str, int]):
    with pytest.raises(actions.BadQuantity):
        actions.reserve("ORD-1", wanted, FAR)


def test_what_runs_out_is_given_back_once(warehouse: Warehouse):
    actions.receive("SHRIMP", warehouse, 10)
    actions.reserve("ORD-1", {"SHRIMP": 4}, LATER)
    actions.extend("ORD-1", LATER + timedelta(minutes=5), now=NOON)

    assert actions.release_expired(now=LATER) == 0
    assert actions.release_expired(now=LATER + timedelta(minutes=6)) == 1
    assert actions.release_expired(now=LATER + timedelta(minutes=6)) == 0
    assert shelf() == (10, 0)
    with pytest.raises(actions.ReservationGone):
        actions.extend("ORD-1", FAR, now=LATER + timedelta(minutes=7))


def test_a_late_payment_takes_stock_anew_or_is_refused(warehouse: Warehouse):
    actions.receive("SHRIMP", warehouse, 4)
    actions.reserve("ORD-1", {"SHRIMP": 4}, LATER)
    actions.release("ORD-1")
    actions.reserve("ORD-2", {"SHRIMP": 1}, FAR)

    with pytest.raises(actions.StockShort):
        actions.commit("ORD-1")
    actions.release("ORD-2")

    assert actions.commit("ORD-1").state == Reservation.State.COMMITTED
    assert shelf() == (4, 4)


def test_the_database_itself_refuses_overselling(warehouse: Warehouse):
    balance = actions.receive("SHRIMP", warehouse, 1)

    for change in ({"reserved": 2}, {"quantity": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StockBalance.objects.filter(pk=balance.pk).update(**change)


def test_lots_leave_first_expired_first_and_old_ones_stay(warehouse: Warehouse):
    for number, day, quantity in [("C", 30, 5), ("A", 3, 5), ("B", 20, 5)]:
        actions.receive(
            "SHRIMP", warehouse, quantity, lot_number=number, expires_on=date(2026, 12, day), at=NOON
        )
    Lot.objects.create(sku="SHRIMP", number="X", state=Lot.State.RECALLED)
    actions.reserve("ORD-1", {"SHRIMP": 7}, FAR)
    actions.commit("ORD-1")

    moves = actions.ship("ORD-1", at=NOON, min_days_left=14)

    assert [(str(m.lot), m.quantity) for m in moves] == [("SHRIMP lot B", -5), ("SHRIMP lot C", -2)]
    assert dict(LotBalance.objects.values_list("lot__number", "quantity")) == {"A": 5, "B": 0, "C": 3}


def test_a_lot_past_its_date_is_not_received(warehouse: Warehouse):
    with pytest.raises(actions.LotExpired):
        actions.receive("SHRIMP", warehouse, 1, lot_number="OLD", expires_on=NOON.date(), at=NOON)

    assert not StockBalance.objects.exists()


def test_bonded_and_free_stock_never_mix(warehouse: Warehouse):
    zone = Warehouse.objects.create(code="CN-SHA", name="Shanghai", kind="bonded", country="CN")
    actions.receive("SHRIMP", warehouse, 3)
    actions.receive("SHRIMP", zone, 3, customs_status=CustomsStatus.BONDED)

    assert actions.available(["SHRIMP"], "CN") == {"SHRIMP": 6}
    assert actions.available(["SHRIMP"], "DE") == {"SHRIMP": 3}
    with pytest.raises(actions.StockShort):
        actions.reserve("ORD-1", {"SHRIMP": 4}, FAR, destination="CN")


@pytest.mark.django_db(transaction=True)
def test_forty_buyers_share_ten_units_exactly():
    warehouse = Warehouse.objects.create(code="W", name="W", country="AR")
    actions.receive("HOT", warehouse, 10)
    outcomes: list[str] = []

    def buy(number: int) -> None:
        try:
            actions.reserve(f"ORD-{number}", {"HOT": 1}, FAR)
            outcomes.append("sold")
        except actions.StockShort:
            outcomes.append("short")
        finally:
            connection.close()

    threads = [threading.Thread(target=buy, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (outcomes.count("sold"), outcomes.count("short")) == (10, 30)
    assert shelf("HOT") == (10, 10)
