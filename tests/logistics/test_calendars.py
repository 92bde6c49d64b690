"""Calendars of ways and rates of storage in the console: dated, checked, never changed once they count."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from logistics import network, starter
from logistics.models import Leg, LegCalendar, ServiceVersion
from logistics.promise import next_departure
from logistics.templatetags.ways import place_name
from logistics.warehousing.actions.storing import rate_on
from logistics.warehousing.models import StorageRate, Warehouse
from marketplace.accounts.models import User

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Client:
    starter.load()
    network.forget()
    user = User.objects.create_user("ops@example.com", name="Ops", is_staff=True, desk="finance")
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def leg(desk: Client) -> Leg:
    return Leg.objects.filter(mode="air").order_by("pk")[0]


def in_days(count: int) -> str:
    return (timezone.localdate() + timedelta(days=count)).isoformat()


def priced(leg: Leg) -> network.PricedLeg:
    network.forget()
    return network.current().legs[leg.pk]


def test_a_calendar_counts_from_its_day_and_leaves_the_rate_card_alone(desk: Client, leg: Leg):
    ServiceVersion.objects.filter(pk=leg.version_id).update(used_at=timezone.now())
    off = in_days(3)

    answer = desk.post(
        f"/console/legs/{leg.pk}/",
        {"valid_from": in_days(0), "day": ["Tue", "Fri"], "cut_off": "10:30", "kg": "500",
         "closed": off},
        follow=True,
    )  # fmt: skip

    now = priced(leg)
    assert "counts now" in answer.content.decode()
    assert (now.departs, now.early_cut_off, now.capacity_kg, now.capacity_cbm) == (
        (1, 4),
        True,
        D("500.0"),
        None,
    )
    assert [day.isoformat() for day in now.closed] == [off]
    leg.refresh_from_db()
    assert (leg.departs_on, leg.capacity_kg) == ("", None)


def test_a_day_off_moves_the_departure(desk: Client, leg: Leg):
    LegCalendar.objects.create(
        service=leg.version.service, start=leg.start, end=leg.end, mode=leg.mode, departs_on="Fri",
        valid_from=timezone.localdate(), closed_on=["2026-12-25"], decided_by=User.objects.get(),
        decided_at=timezone.now(),
    )  # fmt: skip
    from datetime import date

    assert next_departure(priced(leg), date(2026, 12, 22)) == date(2027, 1, 1)


def test_a_planned_calendar_can_be_taken_back_one_that_counts_cannot(desk: Client, leg: Leg):
    page = f"/console/legs/{leg.pk}/"
    desk.post(page, {"valid_from": in_days(5), "day": ["Mon"]})
    desk.post(page, {"valid_from": in_days(0), "day": ["Sun"]})
    planned, counts = LegCalendar.objects.order_by("-valid_from")

    desk.post(f"{page}calendars/{planned.pk}/")
    refused = desk.post(f"{page}calendars/{counts.pk}/")

    assert list(LegCalendar.objects.all()) == [counts]
    assert refused.status_code == 409
    assert "counts already" in refused.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"valid_from": ""}, "Give the first day."),
        ({"valid_from": "2020-01-01"}, "The first day is over."),
        ({"day": ["Someday"]}, "“Someday” is no day of the week."),
        ({"cut_off": "25:99"}, "Write the cut-off as hours and minutes"),
        ({"kg": "0"}, "numbers above zero"),
        ({"kg": "NaN"}, "numbers above zero"),
        ({"cbm": "-2"}, "numbers above zero"),
        ({"closed": "christmas"}, "Write days off as 2026-12-25"),
    ],
)
def test_a_senseless_calendar_changes_nothing(desk: Client, leg: Leg, change: dict[str, object], words: str):
    answer = desk.post(f"/console/legs/{leg.pk}/", {"valid_from": in_days(1), "day": ["Mon"]} | change)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not LegCalendar.objects.exists()


def test_the_list_of_ways_finds_by_words_and_says_when_there_is_none(desk: Client, leg: Leg):
    found = desk.get("/console/legs/", {"q": leg.start.casefold()}).content.decode()
    none = desk.get("/console/legs/", {"q": "zzz"}).content.decode()

    assert f"{place_name(leg.start)} – {place_name(leg.end)}" in found
    assert (place_name("KE:Machakos"), place_name("KE:*")) == ("Machakos, Kenya", "anywhere in Kenya")
    assert (place_name("FRA"), place_name("NONE")) == ("Frankfurt airport", "NONE")
    assert "No way in force has these words." in none


RATE = {"per_cbm_day": "1.25", "currency": "eur", "source": "Contract 14", "aged_after_days": "90"}


def test_a_rate_of_storage_counts_from_its_day(desk: Client):
    house = Warehouse.objects.create(code="DE-HAM", name="Hamburg", country="DE")
    StorageRate.objects.create(
        warehouse=house,
        per_cbm_day=D("0.5"),
        source="old",
        valid_from=timezone.localdate() - timedelta(days=9),
    )

    desk.post("/console/storage/", RATE | {"warehouse": "DE-HAM", "valid_from": in_days(2)})

    today = timezone.localdate()
    assert rate_on(house, today).per_cbm_day == D("0.5")
    newer = rate_on(house, today + timedelta(days=2))
    assert (newer.per_cbm_day, newer.currency, newer.aged_after_days) == (D("1.2500"), "EUR", 90)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"warehouse": ""}, "Choose a warehouse"),
        ({"per_cbm_day": "-1"}, "Give the price of a cubic metre"),
        ({"per_cbm_day": "Infinity"}, "Give the price of a cubic metre"),
        ({"currency": "XXZ"}, "three letters"),
        ({"source": " "}, "Say where the rate comes from."),
        ({"valid_from": "2020-01-01"}, "The first day is over."),
        ({"aged_after_days": "0"}, "1 to 3,650 days"),
        ({"aged_factor": "x"}, "from 0 to 100"),
    ],
)
def test_a_senseless_rate_changes_nothing(desk: Client, change: dict[str, str], words: str):
    answer = desk.post("/console/storage/", RATE | {"warehouse": "*", "valid_from": in_days(0)} | change)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not StorageRate.objects.exists()


def test_a_rate_that_counts_stays_and_a_planned_one_goes(desk: Client):
    for day in (0, 4):
        desk.post("/console/storage/", RATE | {"warehouse": "*", "valid_from": in_days(day)})
    planned, counts = StorageRate.objects.order_by("-valid_from")

    desk.post(f"/console/storage/{planned.pk}/")
    refused = desk.post(f"/console/storage/{counts.pk}/")

    assert list(StorageRate.objects.all()) == [counts]
    assert refused.status_code == 409
