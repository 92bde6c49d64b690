"""500 kg of frozen shrimp from Puerto Madryn by reefer share into bond in Shanghai, sold from there.

Lots are received, covered and sent; some arrive warm and the cover pays; three buyers draw on the bonded
entry, each with a declaration; at the end every shelf is the sum of its moves and the books balance.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from catalog.models import Variant
from customs import actions as customs
from customs.models import Declaration, Hold
from logistics import actions as logistics
from logistics.insurance import actions as cover
from logistics.models import Parcel
from logistics.options import Consignment, GoodsTraits, Piece, RouteOption, options
from logistics.warehousing import bonded
from logistics.warehousing.actions import inbound, lots, storing, transfers
from logistics.warehousing.actions.inbound import Expected
from logistics.warehousing.models import BondedEntry, StockBalance, StockMove, StorageRate, Warehouse
from marketplace.accounts.models import Company, User
from marketplace.currency import rates
from marketplace.documents.models import Document
from marketplace.documents.uploads import Upload, checked
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from orders.models import Order, OrderGroup
from orders.payments import actions as payments
from orders.payments import books
from tests.journeys import steps
from tests.orders import world

D = Decimal
ENTRY = "222920261000001234"
BUYERS = ((24, "Li Na"), (22, "Wang Fang"), (20, "Zhao Lei"))
AMOUNTS = (
    {"goods": "4534.05", "exchange": "22.67", "freight": "371.03", "insurance": "0.00", "duty": "0.00",
     "tax": "285.65", "fees": "0.00", "total": "5213.40"},
    {"goods": "4156.21", "exchange": "20.78", "freight": "337.43", "insurance": "0.00", "duty": "0.00",
     "tax": "261.84", "fees": "0.00", "total": "4776.26"},
    {"goods": "3778.37", "exchange": "18.90", "freight": "309.76", "insurance": "0.00", "duty": "0.00",
     "tax": "238.04", "fees": "0.00", "total": "4345.07"},
)  # fmt: skip
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def usd(amount: str) -> Money:
    return Money(D(amount), "USD")


def logger_photo() -> Upload:
    out = BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return checked("logger.png", out.getvalue())


def balance(**where: object) -> tuple[int, int, int]:
    return StockBalance.objects.values_list("quantity", "reserved", "blocked").get(sku="SHRIMP", **where)


def received_in_madryn(seller: Company) -> Warehouse:
    """250 boxes of 2 kg in two lots, the younger one larger; nothing short, over or damaged."""
    madryn = Warehouse.objects.get(owner=seller)
    notice = inbound.announce(
        warehouse=madryn,
        owner=seller,
        reference="MAREA-118",
        lines=[
            Expected(sku="SHRIMP", quantity=150, lot_number="T118", expires_on=date(2028, 5, 1)),
            Expected(sku="SHRIMP", quantity=100, lot_number="T117", expires_on=date(2028, 3, 1)),
        ],
        at=NOW,
    )
    for lot, count in (("T118", 150), ("T117", 100)):
        inbound.receive_line(
            number=notice.number,
            sku="SHRIMP",
            lot_number=lot,
            received=count,
            bin_code="C-01",
            key=lot,
            at=NOW,
        )
    closed = inbound.close(number=notice.number, at=NOW)
    rows = [(n.lot_number, n.expected, n.received, n.short, n.over, n.damaged) for n in closed.lines.all()]
    assert rows == [
        ("T118", 150, 150, 0, 0, 0), ("T117", 100, 100, 0, 0, 0),
    ]  # fmt: skip
    return madryn


def reefer_share() -> RouteOption:
    """250 boxes, 565 kg packed: the share of one frozen container from door to door."""
    shrimp = Piece("SHRIMP", 250, D("2.26"), (D(30), D(20), D(9)), GoodsTraits(temperature="frozen -18C"))
    asked = Consignment(
        Place("AR", "U9120", "Puerto Madryn"),
        Place("CN", "200000", "Shanghai"),
        (shrimp,),
        usd("7000"),
        "DAP",
    )
    [way] = [option for option in options(asked, NOW.date()).options if option.mode == "reefer"]
    return way


def bought(client: Client, sandbox, callbacks, quantity: int, name: str) -> Order:
    """A guest in Shanghai buys boxes and pays."""
    with callbacks(execute=True):
        steps.fill(client, {"SHRIMP": quantity}, ship_to="CN-200000", currency="CNY")
        where = steps.address(
            "CN", "200000", "Shanghai", email=f"{name.split(maxsplit=1)[0].lower()}@mail.example", name=name
        )
        assert steps.order(client, where).status_code == 302
    group: OrderGroup = steps.last_group()
    assert steps.pay(sandbox, group).status_code < 400
    with callbacks(execute=True):
        assert client.get(f"/checkout/{group.number}/done/").status_code == 200
    group.refresh_from_db()
    assert group.state == "PAID"
    return group.orders.get()


def declared(order: Order) -> Declaration:
    return Declaration.objects.get(order_number=order.number)


def let_go_by_customs(order: Order, callbacks) -> None:
    """The operator looks at the papers of a held declaration and lets it go; a second person agrees."""
    first, second = (
        User.objects.get_or_create(
            email=f"{name}@example.com", defaults={"is_staff": True, "desk": User.Desk.CUSTOMS}
        )[0]
        for name in ("customs", "customs2")
    )
    for hold in Hold.objects.open().filter(declaration__order_number=order.number):
        now = timezone.now()
        with callbacks(execute=True):
            done = customs.release(
                hold_number=hold.number, by=first, version=hold.version, reason="papers-good", at=now,
                note="Export health certificate and catch certificate seen.",
            )  # fmt: skip
            if done.is_open:
                customs.agree(hold_number=hold.number, by=second, version=done.version, at=now)
    assert declared(order).state == "CHECKED"


def picked_up(order: Order, callbacks) -> None:
    """The carrier scans every box of the order."""
    with callbacks(execute=True):
        for parcel in Parcel.objects.filter(shipment__order_number=order.number).order_by("pk"):
            logistics.record_tracking(
                tracking_number=parcel.tracking_number or "", code="picked_up",
                local_time="2027-01-20T08:00:00+08:00",
            )  # fmt: skip


def test_frozen_shrimp_in_bond(sandbox, django_capture_on_commit_callbacks):
    """250 boxes: 66 sold, 40 too warm, 2 missing, 142 left. 132 + 80 + 4 + 284 = 500 kg.

    Goods ARS 10,500,000 = USD 7,099.13, share of the container 757.01. Insured 110 % of 7,856.14 = 8,641.75;
    premium 0.45 % = 38.89, at least 40.00; own share of a loss 1 % = 86.42. Loss 40/250 of the goods
    1,135.86, paid 1,049.44. Cross-border tax in China: 70 % of VAT 9 % = 6.3 % of the goods, no duty.
    """
    callbacks = django_capture_on_commit_callbacks
    world.load(skus=("SHRIMP",), stock=0)
    Variant.objects.update(shelf_life_days=540)
    seller = Company.objects.get(number="COM-AR1")
    staff = User.objects.create_user("ops@example.com", "x", is_staff=True, desk=User.Desk.TRUST)
    zone = Warehouse.objects.create(
        code="CN-YSZ", name="Yangshan cold store", kind="bonded", country="CN", town="Shanghai",
        authorisation="illustrative",
    )  # fmt: skip
    StorageRate.objects.create(
        warehouse=zone, per_cbm_day=D("1.10"), source="illustrative", valid_from=date(2026, 1, 1)
    )

    # In Madryn; the way and its price
    madryn = received_in_madryn(seller)
    way = reefer_share()
    goods = rates.current().convert(Money(D(42000) * 250, "ARS"), "USD").rounded()

    assert balance(warehouse=madryn) == (250, 0, 0)
    assert (goods, way.price, way.code) == (usd("7099.13"), usd("757.01"), "frozen-sea")

    # Covered, sent, begun with the first scan
    sent = transfers.send(start=madryn, end=zone, wanted={"SHRIMP": 250}, key="MSC-204", at=NOW)
    with callbacks(execute=True):
        policy = cover.cover_stock(
            sent.number, value=goods + way.price, mode="reefer", goods="frozen", company=seller, region="CN",
            at=NOW,
        )  # fmt: skip
    loss = (goods * (D(40) / 250)).rounded()
    report: dict[str, Any] = {"cause": "temperature", "claimed": loss, "uploads": [logger_photo()]}
    with pytest.raises(cover.NotBegun):
        cover.claim(sent.number, **report, at=NOW)
    assert (policy.insured_amount, policy.premium_amount, policy.deductible_amount) == (
        D("8641.75"), D("40.00"), D("86.42"),
    )  # fmt: skip
    assert policy.terms["clause"] == "ICC A frozen food"
    assert Document.objects.get(kind="insurance-certificate").subject == sent.number
    assert balance(warehouse=madryn) == (0, 0, 0)
    assert cover.begin(sent.number, at=NOW + timedelta(hours=6)) is True

    # In Shanghai: 60 of the older lot whole, 40 too warm; 2 of the younger one missing
    landed = NOW + timedelta(days=44)
    older, younger = sent.lines.order_by("pk")
    assert [(str(n.lot), n.quantity) for n in (older, younger)] == [
        ("SHRIMP lot T117", 100), ("SHRIMP lot T118", 150),
    ]  # fmt: skip
    arrived = transfers.arrive(
        number=sent.number, received={older.pk: (60, 40), younger.pk: (148, 0)}, entry_number=ENTRY,
        bin_code="F-12", at=landed,
    )  # fmt: skip
    cover.end(sent.number, at=landed)
    assert transfers.missing(arrived) == 2
    assert balance(warehouse=zone) == (248, 0, 40)

    # The temperature claim, paid to the seller's balance
    with pytest.raises(cover.ClaimTooLate):
        cover.claim(sent.number, **report, at=landed + timedelta(days=8))
    with callbacks(execute=True):
        claim = cover.claim(sent.number, **report, at=landed + timedelta(days=1))
        cover.send_surveyor(claim.number, surveyor="CCIC Shanghai", by=staff, at=landed)
    with callbacks(execute=True):
        cover.decide_claim(claim.number, accept=True, by=staff, note="31 hours above -15 °C.", at=landed)
    claim.refresh_from_db()
    assert (loss, claim.payout_amount, claim.state) == (usd("1135.86"), D("1049.44"), "PAID")
    assert books.balance("insurance:payable", "USD") == usd("-1009.44")

    # Three buyers in Shanghai; nothing leaves bond before customs has passed the declaration
    orders = []
    for (quantity, name), expected in zip(BUYERS, AMOUNTS, strict=True):
        order = bought(Client(), sandbox, callbacks, quantity, name)
        assert steps.amounts(order) == expected
        assert order.delivery["start"]["warehouse"] == "Yangshan cold store"
        assert not BondedEntry.objects.filter(declaration=declared(order).number).exists()
        let_go_by_customs(order, callbacks)
        orders.append(order)
    entries = BondedEntry.objects.values_list("lot__number", "before", "withdrawn", "remaining")
    assert list(entries) == [
        ("T117", 248, 24, 224), ("T117", 224, 22, 202), ("T117", 202, 14, 188), ("T118", 188, 6, 182),
    ]  # fmt: skip
    assert set(BondedEntry.objects.values_list("entry_number", flat=True)) == {ENTRY}
    assert balance(warehouse=zone, customs_status="bonded") == (182, 0, 40)
    assert balance(warehouse=zone, customs_status="free") == (66, 66, 0)

    # Picked up, first expired first; a recall finds who got the older lot
    for order in orders:
        picked_up(order, callbacks)
    shipped = StockMove.objects.filter(kind="shipped").values_list("lot__number", "quantity")
    assert list(shipped) == [("T117", -24), ("T117", -22), ("T117", -14), ("T118", -6)]
    assert balance(warehouse=zone, customs_status="free") == (0, 0, 0)
    assert lots.recall(sku="SHRIMP", lot_number="T117") == [order.number for order in orders]

    # The warm boxes are destroyed without duty; what is left pays storage
    in_bond = StockBalance.objects.get(warehouse=zone, customs_status="bonded")
    last = bonded.withdraw(
        balance_id=in_bond.pk, lot_number="T117", quantity=40, declaration="DESTROY-1", purpose="destruction",
        at=landed,
    )  # fmt: skip
    assert (last.before, last.withdrawn, last.remaining) == (182, 40, 142)
    assert balance(warehouse=zone, customs_status="bonded") == (142, 0, 0)
    for day in range(1, 32):
        storing.take_snapshot(day=date(2027, 1, day))
    with callbacks(execute=True):
        bill = storing.bill(
            owner=seller, warehouse=zone, month=date(2027, 1, 1), at=datetime(2027, 2, 1, tzinfo=UTC)
        )
    # 142 boxes of 0.0054 m³ = 0.7668 m³, 31 days, USD 1.10: 26.15
    assert bill
    assert (bill.average_cbm, bill.amount) == (D("0.766800"), D("26.15"))

    # The seller's dollars: 1,049.44 - 40.00 - 26.15 = 983.29; the shelves and the books are right
    payments.set_bank_account(
        seller=seller.number, currency="USD", country="US", holder="Pesquera", account="123456789012",
        at=landed - timedelta(days=9),
    )  # fmt: skip
    [payout] = payments.run_payouts(landed + timedelta(days=60))
    assert payout.money == usd("983.29")
    assert bonded.unbalanced() == []
    for law in books.prove():
        assert law.holds, (law.law, law.broken)
