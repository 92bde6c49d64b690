"""Inbound notices, transfers, blind counts, pick lists, blocked lots and storage fees."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from logistics.warehousing import actions, bonded, refusals
from logistics.warehousing.actions import counting, inbound, lots, picking, storing, transfers
from logistics.warehousing.actions.inbound import Expected
from logistics.warehousing.models import (
    BondedEntry,
    Count,
    CustomsStatus,
    Inbound,
    LotBalance,
    Pick,
    StockBalance,
    StockMove,
    StorageBill,
    StorageRate,
    StorageSnapshot,
    Transfer,
    Warehouse,
    Withdrawal,
)
from marketplace.accounts.models import Company, User
from marketplace.events.models import Event

D = Decimal
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FAR = datetime(2036, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def person(name: str) -> User:
    return User.objects.create_user(f"{name}@example.com", "secret", name=name.title())


@pytest.fixture
def owner(db) -> Company:
    return Company.objects.create(number="COM-1", slug="pesquera", name="Pesquera", country="AR")


@pytest.fixture
def madryn(owner: Company) -> Warehouse:
    return Warehouse.objects.create(code="AR-MDN", name="Madryn cold store", country="AR", owner=owner)


@pytest.fixture
def zone(db) -> Warehouse:
    return Warehouse.objects.create(code="CN-YSZ", name="Yangshan bonded", kind="bonded", country="CN")


def shelf(sku: str = "SHRIMP", **where) -> tuple[int, int, int]:
    return StockBalance.objects.values_list("quantity", "reserved", "blocked").get(sku=sku, **where)


def announced(madryn: Warehouse, owner: Company) -> Inbound:
    return inbound.announce(
        warehouse=madryn,
        owner=owner,
        lines=[
            Expected(sku="SHRIMP", quantity=100, lot_number="L1", expires_on=date(2028, 5, 1)),
            Expected(sku="SHRIMP", quantity=50, lot_number="L2", expires_on=date(2028, 3, 1)),
        ],
        at=NOON,
    )


def test_a_delivery_is_compared_lot_by_lot_and_a_repeated_scan_counts_once(madryn, owner):
    notice = announced(madryn, owner)

    for _again in range(2):
        inbound.receive_line(
            number=notice.number, sku="SHRIMP", lot_number="L1", received=95, damaged=2, key="k1", at=NOON
        )
    inbound.receive_line(number=notice.number, sku="SHRIMP", lot_number="L2", received=52, key="k2", at=NOON)
    inbound.receive_line(
        number=notice.number, sku="SHRIMP", lot_number="L9", received=4, key="k3",
        expires_on=date(2028, 1, 1), at=NOON,
    )  # fmt: skip
    closed = inbound.close(number=notice.number, at=NOON)
    inbound.close(number=notice.number, at=NOON)

    rows = [
        (ln.lot_number, ln.expected, ln.received, ln.damaged, ln.short, ln.over) for ln in closed.lines.all()
    ]
    assert rows == [("L1", 100, 95, 2, 3, 0), ("L2", 50, 52, 0, 0, 2), ("L9", 0, 4, 0, 0, 4)]
    assert shelf() == (153, 0, 2)
    assert actions.available(["SHRIMP"]) == {"SHRIMP": 151}
    facts = Event.objects.get(name="InboundClosed").payload
    assert (facts["short"], facts["over"], facts["damaged"]) == (3, 6, 2)
    assert Event.objects.filter(name="InboundClosed").count() == 1
    assert bonded.unbalanced() == []


def test_what_does_not_belong_to_a_delivery_is_refused_and_nothing_changes(madryn, owner):
    notice = announced(madryn, owner)
    scan: dict[str, Any] = {"number": notice.number, "sku": "SHRIMP", "lot_number": "L1", "at": NOON}

    with pytest.raises(refusals.BadQuantity):
        inbound.receive_line(**scan, received=-1, key="a")
    with pytest.raises(refusals.BadQuantity):
        inbound.receive_line(**scan, received=0, key="b")
    with pytest.raises(refusals.NotFound):
        inbound.receive_line(**(scan | {"sku": "WINE"}), received=1, key="c")
    with pytest.raises(refusals.LotExpired):
        inbound.receive_line(
            **(scan | {"lot_number": "OLD"}), received=1, key="d", expires_on=date(2026, 11, 24)
        )
    with pytest.raises(refusals.LotExpired):
        inbound.receive_line(**(scan | {"at": datetime(2028, 5, 1, tzinfo=UTC)}), received=1, key="e")
    assert not StockBalance.objects.exists()
    inbound.close(number=notice.number, at=NOON)
    with pytest.raises(refusals.AlreadyClosed):
        inbound.receive_line(**scan, received=1, key="f")
    with pytest.raises(refusals.EntryMissing):
        inbound.announce(
            warehouse=madryn, owner=owner, lines=[Expected(sku="A", quantity=1)],
            customs_status=CustomsStatus.BONDED, at=NOON,
        )  # fmt: skip


def test_the_ledger_of_moves_cannot_be_changed_or_deleted(madryn):
    actions.receive("SHRIMP", madryn, 5, at=NOON)

    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        StockMove.objects.update(quantity=6)
    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        StockMove.objects.all().delete()

    assert StockMove.objects.get().quantity == 5


def test_a_transfer_is_on_the_way_in_neither_warehouse_and_arrives_short_in_bond(madryn, zone):
    actions.receive("SHRIMP", madryn, 60, lot_number="L2", expires_on=date(2028, 3, 1), at=NOON)
    actions.receive("SHRIMP", madryn, 60, lot_number="L1", expires_on=date(2028, 5, 1), at=NOON)

    send = partial(transfers.send, start=madryn, end=zone, wanted={"SHRIMP": 100}, key="T1", at=NOON)
    transfer = send()
    assert send() == transfer

    assert Transfer.objects.count() == 1
    assert [(str(n.lot), n.quantity) for n in transfer.lines.all()] == [
        ("SHRIMP lot L2", 60),
        ("SHRIMP lot L1", 40),
    ]
    assert shelf() == (20, 0, 0)
    first, second = transfer.lines.all()
    with pytest.raises(refusals.EntryMissing):
        transfers.arrive(number=transfer.number, received={}, at=NOON)
    with pytest.raises(refusals.BadQuantity):
        transfers.arrive(number=transfer.number, received={first.pk: (61, 0)}, entry_number="E", at=NOON)
    for _again in range(2):
        transfers.arrive(
            number=transfer.number,
            received={first.pk: (55, 2), second.pk: (40, 0)},
            entry_number="CN-E-1",
            at=NOON,
        )
    assert transfers.missing(Transfer.objects.get()) == 3
    assert shelf(warehouse=zone) == (97, 0, 2)
    assert actions.available(["SHRIMP"], "CN") == {"SHRIMP": 20 + 95}
    assert bonded.unbalanced() == []
    with pytest.raises(refusals.BondedStays):
        transfers.send(
            start=zone, end=madryn, wanted={"SHRIMP": 1}, key="T2", customs_status="bonded", at=NOON
        )
    with pytest.raises(refusals.StockShort):
        transfers.send(start=madryn, end=zone, wanted={"SHRIMP": 21}, key="T3", at=NOON)


def test_a_difference_is_counted_again_and_booked_by_another_person(madryn):
    balance = actions.receive("SHRIMP", madryn, 100, lot_number="L1", expires_on=date(2028, 1, 1), at=NOON)
    row = LotBalance.objects.get()
    ana, ben, chief = person("ana"), person("ben"), person("chief")
    count = counting.open_count(balance=balance, lot_balance=row, at=NOON)
    assert counting.open_count(balance=balance, lot_balance=row, at=NOON) == count

    assert counting.enter(number=count.number, counted=97, by=ana, at=NOON).state == "RECOUNT"
    assert counting.enter(number=count.number, counted=98, by=ben, at=NOON).state == "RECOUNT"
    actions.reserve("ORD-1", {"SHRIMP": 10}, FAR)
    actions.commit("ORD-1")
    actions.ship("ORD-1", at=NOON)
    assert counting.enter(number=count.number, counted=88, by=ana, at=NOON).state == "WAITING"
    assert shelf() == (90, 0, 0)
    for counter in (ana, ben):
        with pytest.raises(refusals.SamePerson):
            counting.decide(number=count.number, approve=True, by=counter, at=NOON)
    for _again in range(2):
        counting.decide(number=count.number, approve=True, by=chief, note="2 broken", at=NOON)

    done = Count.objects.get()
    assert (done.state, done.difference) == ("BOOKED", -2)
    assert shelf() == (88, 0, 0)
    assert LotBalance.objects.get().quantity == 88
    assert list(StockMove.objects.values_list("kind", "quantity")) == [
        ("received", 100), ("shipped", -10), ("adjusted", -2),
    ]  # fmt: skip
    assert bonded.unbalanced() == []


def test_a_count_that_agrees_is_done_at_once_and_a_refused_one_changes_nothing(madryn):
    balance = actions.receive("BASKET", madryn, 10, at=NOON)
    ana, ben, chief = person("ana"), person("ben"), person("chief")

    first = counting.open_count(balance=balance, at=NOON)
    assert counting.enter(number=first.number, counted=10, by=ana, at=NOON).state == "BOOKED"
    with pytest.raises(refusals.NotWaiting):
        counting.enter(number=first.number, counted=9, by=ana, at=NOON)
    second = counting.open_count(balance=balance, at=NOON)
    with pytest.raises(refusals.BadQuantity):
        counting.enter(number=second.number, counted=-1, by=ana, at=NOON)
    counting.enter(number=second.number, counted=4, by=ana, at=NOON)
    counting.enter(number=second.number, counted=4, by=ben, at=NOON)
    actions.reserve("ORD-1", {"BASKET": 7}, FAR)
    with pytest.raises(refusals.StillPromised):
        counting.decide(number=second.number, approve=True, by=chief, at=NOON)
    counting.decide(number=second.number, approve=False, by=chief, at=NOON)

    assert Count.objects.get(pk=second.pk).state == "REFUSED"
    assert shelf("BASKET") == (10, 7, 0)


def test_two_pickers_at_one_bin_and_wrong_goods_are_refused(madryn):
    for lot, day, place in (("A", 1, "A-01"), ("B", 2, "A-02")):
        actions.receive(
            "SHRIMP", madryn, 5, lot_number=lot, expires_on=date(2028, 1, day), bin_code=place, at=NOON
        )
    for number, quantity in (("ORD-1", 3), ("ORD-2", 4)):
        actions.reserve(number, {"SHRIMP": quantity}, FAR)
        actions.commit(number)
    ana, ben = person("ana"), person("ben")
    [one] = picking.start(reference="ORD-1", at=NOON)
    [two] = picking.start(reference="ORD-2", at=NOON)
    assert picking.start(reference="ORD-1", at=NOON) == [one]
    assert [(ln.bin, ln.quantity) for ln in two.lines.all()] == [("A-01", 2), ("A-02", 2)]
    line = one.lines.get()

    with pytest.raises(refusals.WrongGoods, match="WINE"):
        picking.take(line_id=line.pk, sku="WINE", quantity=3, by=ana, at=NOON)
    with pytest.raises(refusals.WrongGoods, match="SHRIMP B"):
        picking.take(line_id=line.pk, sku="SHRIMP", lot_number="B", quantity=3, by=ana, at=NOON)
    with pytest.raises(refusals.WrongGoods, match="2 × SHRIMP A"):
        picking.take(line_id=line.pk, sku="SHRIMP", lot_number="A", quantity=2, by=ana, at=NOON)
    picking.go_to_bin(warehouse=madryn, bin_code="A-01", by=ana, at=NOON)
    first = two.lines.all()[0]
    with pytest.raises(refusals.BinTaken, match="Ana is at bin A-01 until 12:05 UTC"):
        picking.take(line_id=first.pk, sku="SHRIMP", lot_number="A", quantity=2, by=ben, at=NOON)
    picking.take(line_id=line.pk, sku="SHRIMP", lot_number="A", quantity=3, by=ana, at=NOON)
    for part in two.lines.all():
        assert part.lot_balance
        picking.take(
            line_id=part.pk, sku="SHRIMP", lot_number=part.lot_balance.lot.number, quantity=2, by=ben, at=NOON
        )

    assert set(Pick.objects.values_list("state", flat=True)) == {"PICKED"}
    moves = actions.ship("ORD-2", at=NOON)
    assert [(str(m.lot), m.quantity) for m in moves] == [("SHRIMP lot A", -2), ("SHRIMP lot B", -2)]
    assert actions.release("ORD-1") is True
    assert dict(LotBalance.objects.values_list("bin", "quantity")) == {"A-01": 3, "A-02": 3}
    assert set(LotBalance.objects.values_list("set_aside", flat=True)) == {0}
    assert bonded.unbalanced() == []


def test_a_claim_of_a_bin_ends_after_five_minutes(madryn):
    ana, ben = person("ana"), person("ben")
    picking.go_to_bin(warehouse=madryn, bin_code="A-01", by=ana, at=NOON)

    later = NOON + timedelta(minutes=5)

    assert picking.go_to_bin(warehouse=madryn, bin_code="A-01", by=ben, at=later).picker == ben


def test_a_lot_in_quarantine_cannot_be_promised_and_comes_back_whole(madryn):
    actions.receive("SHRIMP", madryn, 10, lot_number="L1", expires_on=date(2028, 1, 1), at=NOON)
    actions.receive("SHRIMP", madryn, 5, lot_number="L2", expires_on=date(2028, 2, 1), at=NOON)
    actions.reserve("ORD-1", {"SHRIMP": 8}, FAR)

    blocked = lots.block(sku="SHRIMP", lot_number="L1")
    assert (blocked.put_aside, blocked.promised) == (7, 3)
    assert shelf() == (15, 8, 7)
    with pytest.raises(refusals.StockShort):
        actions.reserve("ORD-2", {"SHRIMP": 1}, FAR)
    actions.commit("ORD-1")
    with pytest.raises(refusals.StockShort):
        actions.ship("ORD-1", at=NOON)
    assert lots.unblock(sku="SHRIMP", lot_number="L1") == 7
    assert shelf() == (15, 8, 0)
    with pytest.raises(refusals.NotFound):
        lots.block(sku="SHRIMP", lot_number="NONE")


def test_lots_past_their_date_are_blocked_by_night(madryn):
    actions.receive("SHRIMP", madryn, 10, lot_number="L1", expires_on=date(2026, 12, 1), at=NOON)

    assert lots.block_expired(on=date(2026, 11, 30)) == 0
    assert lots.block_expired(on=date(2026, 12, 1)) == 1
    assert lots.block_expired(on=date(2026, 12, 2)) == 0
    assert shelf() == (10, 0, 10)


def test_a_reservation_takes_only_lots_that_keep_for_the_way(madryn):
    actions.receive("SHRIMP", madryn, 10, lot_number="OLD", expires_on=date(2026, 12, 14), at=NOON)
    actions.receive("SHRIMP", madryn, 4, lot_number="NEW", expires_on=date(2027, 6, 1), at=NOON)
    far: dict[str, Any] = {"destination": "CN", "min_days_left": 40, "on": NOON.date()}

    with pytest.raises(refusals.StockShort) as refusal:
        actions.reserve("ORD-1", {"SHRIMP": 5}, FAR, **far)
    assert refusal.value.facts["available"] == 4
    actions.reserve("ORD-1", {"SHRIMP": 4}, FAR, **far)
    actions.commit("ORD-1")

    [move] = actions.ship("ORD-1", at=NOON)
    assert (str(move.lot), move.quantity) == ("SHRIMP lot NEW", -4)


def test_a_lot_has_one_date_and_one_customs_entry(zone):
    given: dict[str, Any] = {"lot_number": "L1", "customs_status": "bonded", "at": NOON}
    actions.receive("SHRIMP", zone, 5, expires_on=date(2028, 1, 1), entry_number="E1", **given)

    with pytest.raises(refusals.LotDiffers):
        actions.receive("SHRIMP", zone, 5, expires_on=date(2028, 1, 2), entry_number="E1", **given)
    with pytest.raises(refusals.LotDiffers):
        actions.receive("SHRIMP", zone, 5, expires_on=date(2028, 1, 1), entry_number="E2", **given)

    assert shelf() == (5, 0, 0)


def test_goods_of_an_order_leave_bond_with_its_declaration_and_stay_promised(zone, owner):
    for lot, day, quantity in (("L1", 1, 6), ("L2", 2, 20)):
        actions.receive(
            "SHRIMP", zone, quantity, lot_number=lot, expires_on=date(2028, 1, day), customs_status="bonded",
            entry_number="E1", owner=owner, at=NOON,
        )  # fmt: skip
    actions.reserve("ORD-1", {"SHRIMP": 10}, FAR, destination="CN")
    actions.commit("ORD-1")

    for _again in range(2):
        bonded.withdraw_for_order("ORD-1", declaration="DEC-1", at=NOON)

    assert list(BondedEntry.objects.values_list("lot__number", "before", "withdrawn", "remaining")) == [
        ("L1", 26, 6, 20), ("L2", 20, 4, 16),
    ]  # fmt: skip
    assert shelf(customs_status="bonded") == (16, 0, 0)
    assert shelf(customs_status="free") == (10, 10, 0)
    actions.ship("ORD-1", at=NOON)
    assert shelf(customs_status="free") == (0, 0, 0)
    assert bonded.unbalanced() == []


def test_a_wish_to_withdraw_waits_for_customs_and_destroying_takes_damaged_goods(zone, owner):
    given: dict[str, Any] = {
        "lot_number": "L1",
        "customs_status": "bonded",
        "entry_number": "E1",
        "owner": owner,
        "at": NOON,
    }
    balance = actions.receive("SHRIMP", zone, 20, expires_on=date(2028, 1, 1), **given)
    actions.receive("SHRIMP", zone, 3, expires_on=date(2028, 1, 1), blocked=True, **given)
    ask: dict[str, Any] = {"balance_id": balance.pk, "lot_number": "L1", "at": NOON}

    for _again in range(2):
        bonded.ask(**ask, quantity=5, key="W1")
    wish = Withdrawal.objects.get()
    assert (shelf(), Event.objects.get(name="BondedWithdrawalAsked").payload["quantity"]) == ((23, 0, 3), 5)
    with pytest.raises(refusals.StockShort):
        bonded.ask(**ask, quantity=21, key="W2")
    for _again in range(2):
        bonded.complete(number=wish.number, declaration="DEC-9", at=NOON)
    bonded.withdraw(**ask, quantity=3, declaration="DEC-10", purpose="destruction")

    assert shelf(customs_status="bonded") == (15, 0, 0)
    assert shelf(customs_status="free") == (5, 0, 0)
    assert list(BondedEntry.objects.values_list("purpose", "before", "withdrawn", "remaining")) == [
        ("consumption", 23, 5, 18), ("destruction", 18, 3, 15),
    ]  # fmt: skip
    other = bonded.ask(**ask, quantity=5, key="W3")
    assert bonded.refuse(number=other.number, at=NOON).state == Withdrawal.State.REFUSED
    with pytest.raises(refusals.NotWaiting):
        bonded.complete(number=other.number, declaration="DEC-11", at=NOON)
    assert bonded.unbalanced() == []


def test_a_month_of_storage_is_billed_once_from_its_snapshots(zone, owner):
    """30 days; 10 days with 100 boxes of 0.0054 m³ and 20 days with 40.

    Volume days 10 × 0.54 + 20 × 0.216 = 9.72; average 9.72 / 30 = 0.324 m³; at USD 1.10 a m³ and day 10.69.
    """
    StorageRate.objects.create(
        warehouse=zone, per_cbm_day=D("1.10"), source="test", valid_from=date(2026, 1, 1)
    )
    for day in range(1, 31):
        StorageSnapshot.objects.create(
            day=date(2026, 11, day), warehouse=zone, owner=owner, sku="SHRIMP",
            quantity=100 if day <= 10 else 40, unit_cbm=D("0.0054"),
        )  # fmt: skip
    month: dict[str, Any] = {"owner": owner, "warehouse": zone, "month": date(2026, 11, 1)}

    with pytest.raises(storing.MonthNotOver):
        storing.bill(**month, at=datetime(2026, 11, 30, 23, tzinfo=UTC))
    for _again in range(2):
        storing.bill(**month, at=datetime(2026, 12, 1, tzinfo=UTC))

    bill = StorageBill.objects.get()
    assert (bill.average_cbm, bill.amount, bill.currency) == (D("0.324000"), D("10.69"), "USD")
    assert StorageBill.objects.count() == Event.objects.filter(name="StorageCharged").count() == 1


def test_a_snapshot_is_taken_once_a_day_and_without_a_rate_nothing_is_billed(zone, madryn, owner):
    actions.receive("SHRIMP", zone, 7, owner=owner, at=NOON)
    actions.receive("SHRIMP", madryn, 7, owner=owner, at=NOON)

    assert [storing.take_snapshot(day=date(2026, 11, 24)) for _again in range(2)] == [1, 1]
    shot = StorageSnapshot.objects.get()
    assert (shot.warehouse, shot.quantity, shot.unit_cbm) == (zone, 7, None)
    with pytest.raises(storing.NoStorageRate):
        storing.bill(
            owner=owner, warehouse=zone, month=date(2026, 11, 1), at=datetime(2026, 12, 1, tzinfo=UTC)
        )
    assert storing.bill_month(month=date(2026, 11, 1), at=datetime(2026, 12, 1, tzinfo=UTC)) == 0
    StorageRate.objects.create(per_cbm_day=1, source="test", valid_from=date(2026, 1, 1))
    bill = storing.bill(
        owner=owner, warehouse=zone, month=date(2026, 11, 1), at=datetime(2026, 12, 1, tzinfo=UTC)
    )
    assert bill is not None
    assert (bill.amount, bill.unmeasured) == (D(0), ["SHRIMP"])
