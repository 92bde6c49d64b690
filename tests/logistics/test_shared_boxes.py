"""Containers, merged parcels, used rate cards, departures, and asking a quiet carrier."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from logistics import actions, cardwork, containers, merging, network, polling, ratecards, starter
from logistics.models import (
    CodeMeaning,
    Container,
    ContainerPart,
    Hub,
    Leg,
    PriceRow,
    ServiceVersion,
    Shipment,
    Status,
    TrackingEvent,
)
from logistics.options import Consignment, Piece, options
from logistics.promise import next_departure
from marketplace.accounts.models import Company, User
from marketplace.events.models import Event
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from tests.logistics.test_ratecards import JAN, JULY, imported, sheet_of
from tests.logistics.test_shipments import FakeCarrier, carrier  # noqa: F401

D = Decimal
pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BERLIN = Place("DE", "10115", "Berlin")
MENDOZA, MADRYN = Place("AR", "M5507", "Lujan de Cuyo"), Place("AR", "U9120", "Puerto Madryn")


def usd(amount: str) -> Money:
    return Money(D(amount), "USD")


@pytest.fixture(autouse=True)
def ways(db) -> None:
    starter.load()
    network.forget()


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_user("ops@example.com", name="Ops", is_staff=True, desk="finance")


def shipment(number: str, origin: Place = MENDOZA, kg: str = "4", **more: Any) -> Shipment:
    seller, _ = Company.objects.get_or_create(
        number=f"COM-{origin.town}", slug=f"m-{origin.town.lower().replace(' ', '-')}",
        defaults={"name": origin.town, "country": "AR", "currency": "USD", "is_seller": True},
    )  # fmt: skip
    return actions.open_shipment(
        order_number=number, seller=seller, buyer_name="Ada Buyer", origin=origin, destination=BERLIN,
        option_code="standard", parcels=[actions.ParcelPlan(D(kg), (D(30), D(20), D(20)))],
        recipient_lines=["Invalidenstr. 1"], mode="air", **more,
    )  # fmt: skip


def container(kg: str = "1000", price: str = "100.00") -> Container:
    return containers.open_container(
        hub=Hub.objects.get(code="EZE"), to=None, mode="air", cut_off_at=NOON + timedelta(hours=4),
        departs_on=date(2026, 11, 25), capacity_kg=D(kg), capacity_cbm=D(3), price=usd(price),
    )  # fmt: skip


def test_a_closed_container_shares_its_bill_to_the_last_cent(operator: User):
    box = container()
    for number, kg in (("ORD-1", "10"), ("ORD-2", "10"), ("ORD-3", "10")):
        containers.put_in(container=box.number, shipment=shipment(number, kg=kg).number, at=NOON)

    for _ in range(2):
        containers.close(container=box.number, by=operator, at=NOON)

    shares = ContainerPart.objects.values_list("share_amount", flat=True)
    assert list(shares) == [D("33.3400"), D("33.3300"), D("33.3300")]
    assert [e.name for e in Event.objects.filter(subject=box.number)] == ["ContainerClosed"]


def test_a_container_refuses_what_is_late_too_heavy_or_may_not_travel_together(operator: User):
    box = container(kg="12")
    first, heavy = shipment("ORD-1", kg="10"), shipment("ORD-2", kg="3")
    other_terms = shipment("ORD-3", kg="1", terms="DAP")
    frozen = shipment("ORD-4", kg="1", goods=[{"sku": "X", "quantity": 1, "temperature": "frozen"}])
    containers.put_in(container=box.number, shipment=first.number, at=NOON)

    with pytest.raises(containers.DoesNotFit, match=r"has 2\.0 kg and 2\.99 m³ left"):
        containers.put_in(container=box.number, shipment=heavy.number, at=NOON)
    with pytest.raises(containers.MayNotTravelTogether, match="another person pays the duty"):
        containers.put_in(container=box.number, shipment=other_terms.number, at=NOON)
    with pytest.raises(containers.MayNotTravelTogether, match="another temperature"):
        containers.put_in(container=box.number, shipment=frozen.number, at=NOON)
    with pytest.raises(containers.TooLate):
        containers.put_in(container=box.number, shipment=heavy.number, at=NOON + timedelta(hours=5))
    containers.close(container=box.number, by=operator, at=NOON)
    with pytest.raises(containers.ContainerClosedAlready):
        containers.put_in(container=box.number, shipment=heavy.number, at=NOON)
    assert box.parts.count() == 1


def test_two_sellers_parcels_for_one_buyer_are_merged_where_that_is_cheapest():
    parts = [shipment("ORD-1", MENDOZA, "1.2"), shipment("ORD-2", MADRYN, "1.1")]

    offer = merging.offers(merging.waiting(), NOON.date())[0]

    alone = [options(merging.consignment(p), NOON.date()).get("standard") for p in parts]
    assert offer.alone == tuple(option.price for option in alone if option)
    assert offer.verdict.refusal == ""
    assert offer.verdict.saved == offer.alone[0] + offer.alone[1] - offer.together
    assert sum(share.amount for share in offer.verdict.shares) == offer.together.amount
    assert offer.hub in {"EZE", "BUE"}


def test_merging_is_refused_over_a_low_value_limit_and_where_a_value_is_not_known():
    shipment("ORD-1", MENDOZA, "1.2")
    shipment("ORD-2", MADRYN, "1.1")
    limit = {"DE": Money(D(150), "EUR")}
    values = {number: Money(D(90), "EUR") for number in ("ORD-1", "ORD-2")}

    over = merging.offers(merging.waiting(), NOON.date(), values=values, thresholds=limit)
    unknown = merging.offers(merging.waiting(), NOON.date(), thresholds=limit)

    assert over[0].verdict.refusal == "low_value_limit"
    assert unknown[0].verdict.refusal == "value_unknown"


def test_a_card_that_a_quote_used_is_final_in_the_database():
    version = imported(sheet_of())
    ServiceVersion.objects.filter(pk=version.pk).update(used_at=NOON)
    row = version.prices.first()
    assert row is not None
    changes: list[Callable[[], object]] = [
        lambda: PriceRow.objects.filter(pk=row.pk).update(price_amount=1),
        lambda: version.zones.all().delete(),
        lambda: ServiceVersion.objects.filter(pk=version.pk).update(rules={"divisor": "1"}),
        lambda: ServiceVersion.objects.filter(pk=version.pk).update(used_at=None),
        lambda: PriceRow.objects.create(version=version, zone="9", max_weight_kg=1, price_amount=1),
    ]

    for change in changes:
        with pytest.raises(IntegrityError, match="is final"), transaction.atomic():
            change()

    ServiceVersion.objects.filter(pk=version.pk).update(state=ServiceVersion.State.RETIRED)
    assert version.prices.count() == 4


def test_a_quote_freezes_the_cards_it_was_made_with_and_the_next_network_file_opens_a_new_version():
    network.mark_used(NOON)
    used = ServiceVersion.objects.get(service__code="SP-FIRST")
    Leg.objects.filter(version__service__code="SP-AIR")
    before = used.legs.count()

    assert used.used_at == NOON
    assert starter.load()["new_legs"] == 0
    with pytest.raises(IntegrityError, match="is final"), transaction.atomic():
        used.legs.all().delete()
    assert used.legs.count() == before


def test_a_draft_prices_nothing_until_it_is_put_to_work_and_ends_the_version_before():
    old = imported(sheet_of())
    new = cardwork.copy_as_draft(old.pk, valid_from=JULY)
    row = new.prices.get(zone="1", max_weight_kg=1)
    cardwork.set_price(version_id=new.pk, row_id=row.pk, price="13.20")

    before, changes = cardwork.against(new)
    assert ratecards.active("POST-1", JULY) == old
    cardwork.put_to_work(new.pk)

    old.refresh_from_db()
    assert (before, old.valid_until) == (old, date(2026, 6, 30))
    assert changes.changed == ((("1", "", D(1)), D("14.0000"), D("13.2000")),)
    assert (ratecards.active("POST-1", JAN), ratecards.active("POST-1", JULY)) == (old, new)
    with pytest.raises(cardwork.NotADraft):
        cardwork.set_price(version_id=new.pk, row_id=row.pk, price="1")


@pytest.mark.parametrize("price", ["-1", "many", "NaN", ""])
def test_a_draft_takes_no_price_that_is_none(price: str):
    new = cardwork.copy_as_draft(imported(sheet_of()).pk, valid_from=JULY)
    row = new.prices.all()[0]

    with pytest.raises(ratecards.BadPrice):
        cardwork.set_price(version_id=new.pk, row_id=row.pk, price=price)

    assert new.prices.get(pk=row.pk).price_amount == row.price_amount


@pytest.mark.parametrize(
    "text", ['{"divisor": "x"}', "[]", "{", '{"surcharges": [{"code": "a", "kind": "?", "amount": 1}]}']
)
def test_a_draft_takes_no_rules_that_the_calculator_cannot_read(text: str):
    new = cardwork.copy_as_draft(imported(sheet_of()).pk, valid_from=JULY)

    with pytest.raises(cardwork.RulesUnreadable):
        cardwork.set_rules(version_id=new.pk, text=text)


def test_a_leg_waits_for_its_departure_and_refuses_more_than_it_carries():
    leg = Leg.objects.get(version__service__code="SP-AIR", start="EZE", end="FRA")
    asked = Consignment(MENDOZA, BERLIN, (Piece("A", 1, D(4), (D(30), D(20), D(20))),), usd("50"))
    Leg.objects.filter(pk=leg.pk).update(departs_on="Tue,Fri", cut_off=time(10), capacity_kg=D("3.5"))
    network.forget()

    priced = network.current().legs[leg.pk]
    found = options(asked, NOON.date())

    assert (priced.departs, priced.early_cut_off) == ((1, 4), True)
    assert next_departure(priced, date(2026, 11, 24)) == date(2026, 11, 27)  # a Tuesday: it comes too late
    assert next_departure(priced, date(2026, 11, 26)) == date(2026, 11, 27)
    assert all(("EZE", "FRA") not in [(x.start_code, x.end_code) for x in o.legs] for o in found.options)


def test_a_shipment_keeps_the_planned_days_of_each_milestone():
    found = shipment("ORD-1")

    codes = [row[0] for row in found.plan]
    days = [row[2] for row in found.plan]
    assert codes == ["picked_up", "in_transit", "import_customs", "customs_cleared", "delivered"]
    assert days == sorted(days)


@pytest.mark.parametrize(
    ("status", "quiet", "hours"),
    [
        ("created", 1, 6),
        ("in_transit", 1, 4),
        ("in_transit", 72, 12),
        ("in_transit", 150, 24),
        ("customs_hold", 1, 12),
    ],
)
def test_a_carrier_is_asked_more_seldom_the_quieter_it_is(status: str, quiet: int, hours: int):
    assert polling.pause(status, timedelta(hours=quiet)) == timedelta(hours=hours)


def booked(number: str, at: datetime) -> Shipment:
    made = shipment(number)
    actions.book(made.number, at=at)
    made.refresh_from_db()
    return made


def test_asking_finds_news_that_no_callback_brought_and_the_same_news_counts_once(carrier: type[FakeCarrier]):  # noqa: F811
    made = booked("ORD-1", NOON)
    number = made.parcels.get().tracking_number
    row = {"tracking_number": number, "code": "EMA", "time": "2026-11-24T15:00:00-03:00", "place": "Mendoza"}
    carrier.news = [row, {"code": "EMB"}]

    late = NOON + timedelta(hours=8)
    asked = [polling.ask(one, late) for one in polling.due(late)]
    polling.ask(made, late)

    assert asked == [1]
    assert [e.status for e in TrackingEvent.objects.all()] == ["picked_up"]
    assert polling.due(late) == []


def test_five_silent_days_raise_one_alarm(carrier: type[FakeCarrier]):  # noqa: F811
    made = booked("ORD-1", NOON)
    carrier.news = []

    for hours in (24, 119, 121, 150):
        polling.ask(made, NOON + timedelta(hours=hours))

    told = Event.objects.filter(name="CarrierSilentTooLong")
    assert [event.payload["days"] for event in told] == [5]


@pytest.mark.parametrize(("mode", "days"), [("air", 30), ("sea", 60)])
def test_a_parcel_nobody_tells_of_expires_and_is_asked_for_no_more(
    carrier: type[FakeCarrier],  # noqa: F811
    mode: str,
    days: int,
):
    made = booked("ORD-1", NOON)
    Shipment.objects.filter(pk=made.pk).update(mode=mode)
    made.refresh_from_db()
    carrier.news = []

    polling.ask(made, NOON + timedelta(days=days))
    still = made.parcels.get().status
    for _again in range(2):
        polling.ask(made, NOON + timedelta(days=days, hours=1))

    parcel = made.parcels.get()
    assert (still, parcel.status) == ("created", "expired")
    assert [(e.carrier, e.code, e.reason) for e in TrackingEvent.objects.all()] == [
        ("OPERATOR", "expired", "no_news")
    ]
    assert polling.due(NOON + timedelta(days=400)) == []
    assert Event.objects.get(name="ParcelTrouble").payload["status"] == "expired"


def test_late_news_wakes_an_expired_parcel_and_the_asking(carrier: type[FakeCarrier]):  # noqa: F811
    made = booked("ORD-1", NOON)
    carrier.news = []
    polling.ask(made, NOON + timedelta(days=61))
    number = str(made.parcels.get().tracking_number)

    actions.record_tracking(tracking_number=number, code="EMA", local_time="2026-11-24T15:00:00-03:00")

    parcel = made.parcels.get()
    assert (parcel.status, parcel.ask_at) == ("picked_up", None)
    assert [one.pk for one in polling.due(NOON + timedelta(days=62))] == [made.pk]


def test_questions_are_spread_over_a_fifth_of_the_wait():
    waits = {polling.spread(f"SHP-{n}-1", timedelta(hours=10)) for n in range(200)}

    assert min(waits) >= timedelta(hours=10)
    assert max(waits) < timedelta(hours=12)
    assert len(waits) > 150


def test_an_operator_says_once_what_an_unknown_code_means(carrier: type[FakeCarrier], operator: User):  # noqa: F811
    made = booked("ORD-1", NOON)
    number = str(made.parcels.get().tracking_number)
    actions.record_tracking(tracking_number=number, code="ZZ9", local_time="2026-11-24T15:00:00-03:00")

    actions.explain_code(carrier="SAMPAN", code="ZZ9", status=Status.IN_TRANSIT, by=operator, at=NOON)
    actions.record_tracking(tracking_number=number, code="ZZ9", local_time="2026-11-25T15:00:00-03:00")

    rows = TrackingEvent.objects.order_by("pk").values_list("carrier", "code", "status")
    assert list(rows) == [
        ("SAMPAN", "ZZ9", "unknown"),
        ("OPERATOR", "ZZ9", "in_transit"),
        ("SAMPAN", "ZZ9", "in_transit"),
    ]
    assert CodeMeaning.objects.get().decided_by == operator
    made.refresh_from_db()
    assert made.state == "MOVING"
