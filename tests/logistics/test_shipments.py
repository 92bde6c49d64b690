from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
import zxingcpp
from django.conf import settings
from django.test import Client
from django.urls import reverse

from logistics import actions, codes, documents, tasks, webhooks
from logistics.actions import shipping
from logistics.carriers import house
from logistics.models import CarrierMessage, Parcel, Shipment, ShipmentState, Status, TrackingEvent
from logistics.options import Piece
from logistics.views import track_token
from marketplace.accounts.models import Company, Membership, User
from marketplace.events.models import Event
from marketplace.kit.places import Place

D = Decimal
pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FakeCarrier(BaseHTTPRequestHandler):
    """A carrier on the next port: books once per key, and can be told to fail."""

    booked: dict[str, dict[str, Any]] = {}
    calls = 0
    broken = False
    news: list[dict[str, Any]] = []

    def do_GET(self):
        out = json.dumps({"booking": self.path.split("/")[2], "events": type(self).news}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    def do_POST(self):
        cls = type(self)
        cls.calls += 1
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if cls.broken:
            self.send_response(500)
            self.end_headers()
            return
        key = self.headers["Idempotency-Key"]
        answer = cls.booked.setdefault(
            key,
            {
                "booking": f"BK-{len(cls.booked) + 1}",
                "parcels": [
                    {
                        "number": p["number"],
                        "tracking_number": codes.s10("CS", 100 + cls.calls * 10 + i, "AR"),
                    }
                    for i, p in enumerate(body.get("parcels", []))
                ],
            },
        )
        out = json.dumps(answer).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    def log_message(self, *args):
        pass


@pytest.fixture
def carrier() -> Iterator[type[FakeCarrier]]:
    FakeCarrier.booked, FakeCarrier.calls, FakeCarrier.broken = {}, 0, False
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeCarrier)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    before = settings.CARRIER_ADDRESS
    settings.CARRIER_ADDRESS = f"http://127.0.0.1:{server.server_port}"
    yield FakeCarrier
    settings.CARRIER_ADDRESS = before
    server.shutdown()
    server.server_close()


@pytest.fixture
def seller() -> Company:
    return Company.objects.create(
        number="CO-1",
        slug="bahia",
        name="Pesquera Bahía Tonina",
        is_seller=True,
        country="AR",
        currency="ARS",
        town="Puerto Madryn",
        street="Parque Pesquero Lote 14",
    )


@pytest.fixture
def shipment(seller: Company) -> Shipment:
    return actions.open_shipment(
        order_number="ORD-000001",
        seller=seller,
        buyer_name="王小明",
        origin=Place("AR", "U9120", "Puerto Madryn"),
        destination=Place("CN", "200000", "上海市"),
        option_code="standard",
        parcels=[Piece("WINE", 3, D("1.28"), (D(33), D(8), D(8)))],
        recipient_lines=["南京路 100 号", "Phường Bến Nghé, Quận 1"],
    )


def booked(shipment: Shipment) -> Parcel:
    actions.book(shipment.number)
    return shipment.parcels.get()


def names(shipment: Shipment) -> list[str]:
    return list(
        Event.objects.filter(subject=shipment.order_number).order_by("pk").values_list("name", flat=True)
    )


def scan(parcel: Parcel, code: str, hour: int, **more: Any) -> TrackingEvent:
    assert parcel.tracking_number is not None
    return actions.record_tracking(
        tracking_number=parcel.tracking_number,
        code=code,
        local_time=f"2026-11-25T{hour:02}:00:00+08:00",
        **more,
    )


def test_an_order_gets_one_shipment_packed_into_a_carton(shipment: Shipment, seller: Company):
    again = actions.open_shipment(
        order_number="ORD-000001",
        seller=seller,
        buyer_name="x",
        origin=Place("AR"),
        destination=Place("CN"),
        option_code="x",
        parcels=[],
    )

    assert again == shipment
    box = shipment.parcels.get()
    assert (box.contents, box.sscc[-1]) == ([["WINE", 3]], codes.gs1_check(box.sscc[:-1]))
    assert names(shipment) == ["ShipmentOpened"]


def test_a_shipment_without_weight_is_refused(seller: Company):
    plan = actions.ParcelPlan(D(0), (D(1), D(1), D(1)))

    with pytest.raises(actions.NothingToSend):
        actions.open_shipment(
            order_number="ORD-2",
            seller=seller,
            buyer_name="x",
            origin=Place("AR"),
            destination=Place("CN"),
            option_code="standard",
            parcels=[plan],
        )

    assert not Shipment.objects.exists()


def test_booking_twice_books_once(shipment: Shipment, carrier: type[FakeCarrier]):
    for _ in range(2):
        actions.book(shipment.number)

    shipment.refresh_from_db()
    assert (shipment.state, shipment.carrier_reference, carrier.calls) == (ShipmentState.BOOKED, "BK-1", 1)
    assert names(shipment) == ["ShipmentOpened", "ShipmentBooked"]


def test_a_carrier_that_booked_but_timed_out_is_asked_with_the_same_key(shipment: Shipment, carrier):
    first = house.current().book(shipping.booking_request(shipment), key=f"booking-{shipment.number}")

    parcel = booked(shipment)

    assert parcel.tracking_number == first.tracking_numbers[parcel.number]
    assert len(carrier.booked) == 1


def test_a_broken_carrier_is_waited_for_then_replaced_and_it_says_so(shipment: Shipment, carrier):
    carrier.broken = True

    assert tasks.book_waiting() == 0
    shipment.refresh_from_db()
    assert shipment.state == ShipmentState.OPENED

    actions.book(shipment.number, at=shipment.opened_at + timedelta(minutes=11))
    shipment.refresh_from_db()
    assert (shipment.state, shipment.fell_back) == (ShipmentState.BOOKED, True)
    assert codes.is_s10(shipment.parcels.get().tracking_number or "")


def test_a_held_shipment_waits_and_goes_on_when_resumed(shipment: Shipment, carrier):
    actions.hold("ORD-000001")

    with pytest.raises(actions.ShipmentWaits):
        actions.book(shipment.number)
    assert carrier.calls == 0

    actions.resume("ORD-000001")
    assert booked(shipment).tracking_number
    assert "ShipmentResumed" in names(shipment)


def test_tracking_tells_each_milestone_once_in_any_order(shipment: Shipment, carrier):
    parcel = booked(shipment)

    seen: list[tuple[str, int, dict[str, Any]]] = [
        ("EMA", 1, {}),
        ("EMA", 1, {}),
        ("EDB", 6, {}),
        ("EMC", 3, {"place": "EZE"}),
        ("EDC", 8, {}),
        ("EMI", 10, {"evidence": {"signed_by": "Wang"}}),
        ("EMG", 9, {}),
    ]
    for code, hour, more in seen:
        scan(parcel, code, hour, **more)

    parcel.refresh_from_db()
    shipment.refresh_from_db()
    assert (parcel.status, shipment.state) == (Status.DELIVERED, ShipmentState.DELIVERED)
    assert names(shipment)[2:] == [
        "ParcelPickedUp",
        "ParcelArrivedAtCustoms",
        "ParcelCleared",
        "ParcelDelivered",
    ]
    assert TrackingEvent.objects.count() == 6
    first = parcel.tracking.first()
    assert first is not None
    assert first.local_time == "2026-11-25T01:00:00+08:00"


def test_delivered_without_evidence_is_not_delivered(shipment: Shipment, carrier):
    parcel = booked(shipment)

    event = scan(parcel, "delivered", 10)

    shipment.refresh_from_db()
    assert (event.status, event.reason) == ("out_for_delivery", "delivery_without_evidence")
    assert shipment.state == ShipmentState.MOVING
    assert "ParcelDelivered" not in names(shipment)


def test_a_moving_parcel_cannot_be_cancelled(shipment: Shipment, carrier):
    scan(booked(shipment), "EMA", 1)

    with pytest.raises(actions.AlreadyMoving):
        actions.cancel("ORD-000001")

    shipment.refresh_from_db()
    assert shipment.state == ShipmentState.MOVING


def post(message: dict[str, Any], *, secret: str = "", at: int | None = None):
    body = json.dumps(message).encode()
    signature = webhooks.sign(body, secret or settings.CARRIER_SECRET, at or int(time.time()))
    return Client().post(
        "/logistics/tracking/",
        body,
        content_type="application/json",
        headers={"X-Sampan-Signature": signature},
    )


def test_a_signed_message_is_stored_once_and_understood(
    shipment: Shipment, carrier, django_capture_on_commit_callbacks
):
    parcel = booked(shipment)
    message = {
        "id": "evt_1",
        "events": [
            {"tracking_number": parcel.tracking_number, "code": "EMA", "time": "2026-11-25T09:00:00-03:00"},
            {"tracking_number": "NOBODY", "code": "EMA", "time": "2026-11-25T09:00:00-03:00"},
        ],
    }

    with django_capture_on_commit_callbacks(execute=True):
        statuses = [post(message).status_code, post(message).status_code]

    assert statuses == [202, 200]
    parcel.refresh_from_db()
    assert parcel.status == Status.PICKED_UP
    assert "NOBODY" in CarrierMessage.objects.get().trouble


@pytest.mark.parametrize(("secret", "age"), [("wrong", 0), ("", -4000), ("", 4000)])
def test_a_forged_old_or_future_message_is_refused(secret: str, age: int):
    answer = post({"id": "evt_2", "events": []}, secret=secret, at=int(time.time()) + age)

    assert (answer.status_code, CarrierMessage.objects.count()) == (400, 0)


def barcodes(pdf: bytes) -> set[str]:
    page = pypdfium2.PdfDocument(pdf)[0]
    found = zxingcpp.read_barcodes(page.render(scale=4).to_pil())
    return {code.text for code in found}


def words(pdf: bytes) -> str:
    return str(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded())


def test_a_label_can_be_read_back_by_a_scanner(shipment: Shipment, carrier):
    parcel = booked(shipment)

    pdf = documents.label(parcel)

    found = barcodes(pdf)
    assert parcel.tracking_number in found
    assert any(parcel.sscc in text for text in found)
    assert len(pypdfium2.PdfDocument(pdf)) == 1
    text = words(pdf)
    assert "上海市" in text
    assert "Phường Bến Nghé" in text


def test_papers_show_parcels_and_come_out_the_same_twice(shipment: Shipment, carrier):
    booked(shipment)

    one, two = documents.packing_list(shipment), documents.packing_list(shipment)

    assert one == two
    assert "3 × WINE" in words(one)
    assert shipment.number in barcodes(documents.waybill(shipment))


@pytest.fixture
def packer(seller: Company) -> Client:
    user = User.objects.create_user("packer@example.com", "secret", company=seller)
    Membership.objects.create(user=user, company=seller, role="fulfilment")
    client = Client()
    client.force_login(user)
    return client


def test_the_seller_packs_and_prints(shipment: Shipment, carrier, packer: Client):
    parcel = booked(shipment)
    page = reverse("logistics:parcel", args=["ORD-000001"])
    label = reverse("logistics:label", args=["ORD-000001", parcel.number])

    assert packer.get(page).status_code == 200
    assert packer.post(page, {parcel.number: "-1"}).status_code == 400
    assert packer.post(page, {parcel.number: "4.25"}).status_code == 302
    answers = [packer.get(label), packer.get(label)]

    parcel.refresh_from_db()
    assert [a["Content-Type"] for a in answers] == ["application/pdf"] * 2
    assert (parcel.gross_weight_kg, parcel.label_prints) == (D("4.250"), 2)


def test_a_stranger_sees_nothing(shipment: Shipment, carrier):
    other = Company.objects.create(
        number="CO-2", slug="o", name="O", is_seller=True, country="AR", currency="ARS"
    )
    user = User.objects.create_user("o@example.com", "secret", company=other)
    client = Client()
    client.force_login(user)
    page = reverse("logistics:parcel", args=["ORD-000001"])

    assert Client().get(page).status_code == 302
    assert client.get(page).status_code == 403
    Membership.objects.create(user=user, company=other, role="fulfilment")
    assert client.get(page).status_code == 404


def test_a_buyer_tracks_by_a_signed_link_without_an_account(shipment: Shipment, carrier):
    scan(booked(shipment), "EDB", 6, place="Shanghai")

    page = Client().get(reverse("logistics:track", args=[track_token(shipment.number)]))

    assert page.status_code == 200
    assert "At import customs, a normal step" in page.content.decode()
    assert Client().get(reverse("logistics:track", args=["forged"])).status_code == 404
