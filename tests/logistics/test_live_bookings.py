"""Live carriers beside the rate card: questions, bookings that happen once, news, and who takes over."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from logistics import actions, live, livebooking, tasks
from logistics.carriers import live as port
from logistics.carriers import wire
from logistics.carriers.sdk import Live
from logistics.models import (
    LiveBooking,
    LiveQuestion,
    LiveService,
    Shipment,
    ShipmentState,
    TrackingEvent,
)
from logistics.options import Consignment, Piece
from marketplace.accounts.models import Company
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from tests.logistics.carrier_houses import GOODS, Houses, account
from tests.logistics.test_live_carriers import needs_sdk
from tests.logistics.test_shipments import FakeCarrier

D = Decimal
pytestmark = needs_sdk
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def setting(address: str, *names: str, **more: Any) -> str:
    rows = []
    for name in names:
        one = account(name, address)
        rows.append({"carrier": name, "credentials": dict(one.credentials), "address": one.address, **more})
    return json.dumps(rows)


@pytest.fixture
def dhl(houses: tuple[Houses, str], db: None, monkeypatch: pytest.MonkeyPatch) -> Houses:
    monkeypatch.setattr(settings, "LIVE_CARRIERS", setting(houses[1], "mydhl", pays_duty=True))
    return houses[0]


MENDOZA, BERLIN = Place("AR", "M5500", "Mendoza"), Place("DE", "10115", "Berlin")


def wine() -> Consignment:
    piece = Piece("WINE", 3, D("1.28"), (D(33), D(8), D(8)))
    return Consignment(MENDOZA, BERLIN, (piece,), Money(D("47.70"), "USD"))


def shipment_with(code: str) -> Shipment:
    seller, _ = Company.objects.get_or_create(
        number="CO-1",
        slug="b",
        defaults={"name": "Bodega", "is_seller": True, "country": "AR", "currency": "USD"},
    )
    made = actions.open_shipment(
        order_number="ORD-000001", seller=seller, buyer_name="Jana Meyer", origin=MENDOZA, destination=BERLIN,
        option_code=code, parcels=[Piece("WINE", 3, D("1.28"), (D(33), D(8), D(8)))],
        recipient_lines=["Invalidenstr. 117"], goods=[GOODS],
    )  # fmt: skip
    Shipment.objects.filter(pk=made.pk).update(opened_at=NOON)
    made.refresh_from_db()
    return made


@pytest.fixture
def to_book(dhl: Houses) -> Shipment:
    code = port.option_code("mydhl", "P")
    LiveService.objects.create(code=code, carrier="mydhl", service="P", name="DHL EXPRESS WORLDWIDE")
    return shipment_with(code)


def test_a_question_is_asked_once_and_its_answer_is_sold_for_half_an_hour(
    dhl: Houses, django_capture_on_commit_callbacks: Any
):
    one = live.question(wine(), NOON.date())
    assert one is not None
    before = live.hear([one], NOON)[one.key]

    with django_capture_on_commit_callbacks(execute=True):
        first, again = live.ask(one, NOON), live.ask(one, NOON)
    LiveQuestion.objects.update(answered_at=NOON)
    told = live.hear([one], NOON + timedelta(minutes=29))[one.key]

    assert (before.asked, first, again) == (False, True, False)
    assert len(dhl.posts("/rates")) == 1
    assert [(o.label, str(o.price.amount), o.carrier, o.duty_paid_label) for o in told.options] == [
        ("DHL EXPRESS WORLDWIDE", "61.05", "DHL Express", True),
        ("DHL EXPRESS 12:00", "84.30", "DHL Express", True),
    ]
    assert told.options[0].earliest == date(2026, 11, 30)
    assert told.options[0].latest == date(2026, 12, 3)
    assert LiveService.objects.count() == 2
    assert live.hear([one], NOON + timedelta(minutes=31))[one.key].asked is False


@pytest.mark.parametrize("behave", ["broken", "silent"])
def test_a_carrier_without_a_price_leaves_the_rate_card_and_says_so(
    dhl: Houses, behave: str, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
):
    monkeypatch.setattr(wire, "ONE_REQUEST", 0.4)
    dhl.behave, dhl.slow = behave, 1.0
    one = live.question(wine(), NOON.date())
    assert one is not None

    with django_capture_on_commit_callbacks(execute=True):
        live.ask(one, NOON)
    told = live.hear([one], NOON + timedelta(minutes=1))[one.key]

    assert told.options == ()
    assert told.notes == (
        "DHL Express gave us no price just now. The prices here are from our own rate card.",
    )


def test_a_question_that_nobody_answers_counts_as_silence(dhl: Houses):
    one = live.question(wine(), NOON.date())
    assert one is not None
    LiveQuestion.objects.create(key=one.key, asked=dict(one.asked), asked_at=NOON)

    soon, late = (live.hear([one], NOON + timedelta(seconds=s))[one.key] for s in (10, 50))

    assert (soon.waiting, soon.notes) == (True, ())
    assert late.waiting is False
    assert "DHL Express gave us no price" in late.notes[0]


def test_what_fills_two_cartons_or_must_stay_cold_is_not_asked_for(dhl: Houses):
    many = Consignment(
        MENDOZA, BERLIN, (Piece("W", 40, D("1.5"), (D(33), D(10), D(10))),), Money(D(1), "USD")
    )

    assert live.question(many, NOON.date()) is None


def test_a_live_booking_happens_once_however_often_it_is_asked_for(to_book: Shipment, dhl: Houses):
    for _again in range(3):
        tasks.book_live(number=to_book.number)

    to_book.refresh_from_db()
    booking = LiveBooking.objects.get()
    assert len(dhl.booked) == 1
    assert (to_book.state, to_book.fell_back, booking.state) == ("BOOKED", False, "BOOKED")
    assert to_book.parcels.get().tracking_number == booking.tracking_number == dhl.find(to_book.number)
    assert bytes(booking.label).startswith(b"%PDF")


def test_a_time_out_after_booking_is_looked_up_and_never_booked_again(
    to_book: Shipment, dhl: Houses, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wire, "ONE_REQUEST", 0.5)
    dhl.behave, dhl.slow = "slow after booking", 1.5
    livebooking.book(to_book.number, at=NOON)
    unclear = LiveBooking.objects.get().state
    dhl.behave = "well"

    livebooking.book(to_book.number, at=NOON + timedelta(seconds=30))

    to_book.refresh_from_db()
    assert unclear == "UNCLEAR"
    assert len(dhl.posts("/shipments")) == 1
    assert (to_book.state, to_book.parcels.get().tracking_number) == ("BOOKED", dhl.find(to_book.number))


def test_an_unclear_booking_is_only_sent_again_after_the_carrier_said_that_it_is_not_there(
    to_book: Shipment, dhl: Houses
):
    dhl.behave = "broken"
    livebooking.book(to_book.number, at=NOON)
    livebooking.book(to_book.number, at=NOON + timedelta(minutes=3))
    dhl.behave = "well"
    livebooking.book(to_book.number, at=NOON + timedelta(minutes=1, seconds=30))
    early = len(dhl.posts("/shipments"))

    livebooking.book(to_book.number, at=NOON + timedelta(minutes=4))

    assert early == 1
    assert len(dhl.posts("/shipments")) == 2
    assert LiveBooking.objects.get().state == "BOOKED"
    assert len(dhl.booked) == 1


def test_a_process_that_died_in_a_booking_leaves_a_trace_and_the_next_looks_first(
    to_book: Shipment, dhl: Houses
):
    dhl.book(to_book.number, "1234567890")
    LiveBooking.objects.create(
        shipment=to_book, carrier="mydhl", service="P", name="x", state="ASKED", tries=1, tried_at=NOON
    )

    livebooking.book(to_book.number, at=NOON + timedelta(seconds=20))

    assert dhl.posts("/shipments") == []
    assert to_book.parcels.get().tracking_number == "1234567890"


def test_a_refusal_lets_the_house_carrier_book_and_says_so(
    to_book: Shipment,
    dhl: Houses,
    house_carrier: type[FakeCarrier],
):
    dhl.behave = "refusing"

    tasks.book_live(number=to_book.number)

    to_book.refresh_from_db()
    booking = LiveBooking.objects.get()
    assert (booking.state, "postcode" in booking.trouble) == ("REFUSED", True)
    assert (to_book.state, to_book.fell_back, house_carrier.calls) == (ShipmentState.BOOKED, True, 1)


def test_a_carrier_that_stays_broken_is_given_up_and_a_late_booking_is_cancelled(
    to_book: Shipment,
    dhl: Houses,
    house_carrier: type[FakeCarrier],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(wire, "ONE_REQUEST", 0.5)
    cancelled: list[str] = []
    monkeypatch.setattr(Live, "cancel", lambda _self, number: cancelled.append(number))
    dhl.behave, dhl.slow = "slow after booking", 1.5
    livebooking.book(to_book.number, at=NOON)
    dhl.behave = "broken"
    livebooking.book(to_book.number, at=NOON + timedelta(minutes=11))
    tasks.book_house(number=to_book.number)
    dhl.behave = "well"

    done = [livebooking.tidy(NOON + timedelta(minutes=20)) for _twice in range(2)]

    to_book.refresh_from_db()
    assert LiveBooking.objects.get().state == "GIVEN_UP"
    assert (to_book.state, to_book.fell_back) == ("BOOKED", True)
    assert len(dhl.posts("/shipments")) == 1
    assert (done, cancelled) == ([1, 0], [dhl.find(to_book.number)])


def test_a_dead_worker_of_the_queue_does_not_stop_a_parcel(
    to_book: Shipment,
    house_carrier: type[FakeCarrier],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(tasks.book_live, "delay", lambda **_what: None)

    Shipment.objects.update(opened_at=datetime.now(tz=UTC))
    tasks.book_waiting()
    waiting = Shipment.objects.get().state
    Shipment.objects.update(opened_at=datetime.now(tz=UTC) - timedelta(minutes=13))
    tasks.book_waiting()

    to_book.refresh_from_db()
    assert (waiting, to_book.state, to_book.fell_back) == ("OPENED", "BOOKED", True)


def test_news_of_a_live_parcel_are_recorded_once_and_delivered_with_proof(to_book: Shipment, dhl: Houses):
    tasks.book_live(number=to_book.number)

    for _twice in range(2):
        tasks.track_live(number=to_book.number)

    rows = TrackingEvent.objects.values_list("carrier", "code", "status")
    assert list(rows) == [
        ("MYDHL", "PU", "picked_up"), ("MYDHL", "CR", "customs_cleared"), ("MYDHL", "OK", "delivered")
    ]  # fmt: skip
    to_book.refresh_from_db()
    assert to_book.state == "DELIVERED"
