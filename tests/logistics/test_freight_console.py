"""The operator's freight pages: rate cards, shared boxes, the board and the codes to explain."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from customs.models import LowValueRegime
from logistics import actions, network, starter
from logistics.models import (
    CodeMeaning,
    Container,
    PriceRow,
    ServiceVersion,
    Shipment,
    Status,
    ZoneRow,
)
from marketplace.accounts.models import User
from tests.logistics.test_ratecards import GOOD, ZONES
from tests.logistics.test_shared_boxes import MADRYN, MENDOZA, shipment
from tests.logistics.test_worked_cases import CARDS

pytestmark = pytest.mark.django_db
DRAFT, ACTIVE = ServiceVersion.State.DRAFT, ServiceVersion.State.ACTIVE
WORDS = {
    "service": "POST-1", "carrier": "Post", "mode": "post", "currency": "EUR", "valid_from": "2026-07-01",
    "source": "a test",
}  # fmt: skip


@pytest.fixture
def desk(db) -> Client:
    starter.load()
    network.forget()
    user = User.objects.create_user("ops@example.com", name="Ops", is_staff=True, desk="finance")
    client = Client()
    client.force_login(user)
    return client


def sent(desk: Client, prices: bytes, name: str = "a.csv", **more: object):
    files = {"prices": SimpleUploadedFile(name, prices)}
    if name.endswith(".csv"):
        files["zones"] = SimpleUploadedFile("z.csv", ZONES)
    return desk.post("/console/cards/files/", {**WORDS, **more, **files})


def test_a_card_becomes_a_draft_shows_its_difference_and_is_put_to_work(desk: Client):
    sent(desk, GOOD)
    first = ServiceVersion.objects.get(service__code="POST-1")
    desk.post(f"/console/cards/{first.pk}/decision/", {"act": "use"})
    sent(desk, GOOD.replace(b"1,,1,14", b"1,,1,12.5"), valid_from="2026-09-01")
    second = ServiceVersion.objects.get(service__code="POST-1", number=2)

    page = desk.get(f"/console/cards/{second.pk}/").content.decode()
    states = list(ServiceVersion.objects.filter(service__code="POST-1").values_list("number", "state"))
    desk.post(f"/console/cards/{second.pk}/decision/", {"act": "use"})

    first.refresh_from_db()
    assert states == [(2, DRAFT), (1, ACTIVE)]
    assert "€14.00" in page
    assert "€12.50" in page
    assert str(first.valid_until) == "2026-08-31"


def test_a_card_with_errors_is_shown_by_row_and_nothing_is_kept(desk: Client):
    answer = sent(desk, GOOD + b"1,,1,15\n3,,x,1\n")

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "The band overlaps row 3" in page
    assert "Weight and price must be numbers." in page
    assert not ServiceVersion.objects.filter(service__code="POST-1").exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"\x00\x01", "a.xlsx"), (b"{", "a.json"), (b'{"cards": {}}', "a.json"), (b"[1]", "a.json")],
)
def test_a_file_that_is_no_card_is_refused_in_plain_words(desk: Client, content: bytes, name: str):
    answer = sent(desk, content, name)

    assert answer.status_code == 400
    assert f"We cannot read {name}" in answer.content.decode()


def test_a_workbook_with_its_zones_on_the_second_sheet_is_read(desk: Client):
    book = openpyxl.Workbook()
    for sheet, text in ((book.worksheets[0], GOOD), (book.create_sheet("zones"), ZONES)):
        for line in text.decode().splitlines():
            sheet.append(line.split(","))
    file = io.BytesIO()
    book.save(file)

    sent(desk, file.getvalue(), "a.xlsx")

    found = ServiceVersion.objects.get(service__code="POST-1")
    assert (found.prices.count(), found.zones.count()) == (4, 3)


@pytest.mark.skipif(not CARDS, reason="the published tariffs lie outside the project (SHARED_DIR)")
def test_both_published_tariffs_go_through_the_page_and_price_as_printed(desk: Client):
    whole = json.dumps({"cards": CARDS}).encode()
    sent(desk, whole, "r.json", card="jp_ems", service="JP-EMS", currency="JPY")
    sent(desk, whole, "r.json", card="dhl_sinotrans_historic", service="DHL-CN", currency="CNY")
    ems = ServiceVersion.objects.get(service__code="JP-EMS")
    dhl = ServiceVersion.objects.get(service__code="DHL-CN")

    tried = desk.get(f"/console/cards/{ems.pk}/", {"kg": "2.001", "country": "us"}).content.decode()
    beyond = desk.get(f"/console/cards/{ems.pk}/", {"kg": "30.001", "country": "US"}).content.decode()

    assert (ems.prices.count(), ems.zones.count()) == (5 * 42, 133)
    assert dhl.prices.filter(zone="5", content="parcel", max_weight_kg="1.5").get().price_amount == 426
    assert "¥9,100" in tried
    assert "The card ends below this weight." in beyond


def test_an_export_is_read_back_as_the_same_card(desk: Client):
    sent(desk, GOOD)
    first = ServiceVersion.objects.get(service__code="POST-1")

    prices = desk.get(f"/console/cards/{first.pk}/prices.csv").content
    zones = desk.get(f"/console/cards/{first.pk}/zones.csv").content

    assert prices.replace(b"\r\n", b"\n") == GOOD
    assert zones.count(b"\n") == 4


def test_a_draft_is_edited_and_thrown_away_but_a_version_at_work_is_not(desk: Client):
    sent(desk, GOOD)
    draft = ServiceVersion.objects.get(service__code="POST-1")
    row = draft.prices.all()[0]

    desk.post(f"/console/cards/{draft.pk}/prices/{row.pk}/", {"price": "11.25"})
    desk.post(f"/console/cards/{draft.pk}/rules/", {"rules": '{"divisor": "5000", "weight_step": "0.5"}'})
    bad = desk.post(f"/console/cards/{draft.pk}/prices/{row.pk}/", {"price": "-3"})
    row.refresh_from_db()
    draft.refresh_from_db()
    kept = (row.price_amount, draft.rules["divisor"], bad.status_code)
    desk.post(f"/console/cards/{draft.pk}/decision/", {"act": "throw"})
    house = ServiceVersion.objects.get(service__code="SP-AIR")
    refused = desk.post(f"/console/cards/{house.pk}/decision/", {"act": "throw"})

    assert kept == (Decimal("11.2500"), "5000", 400)
    assert not PriceRow.objects.exists()
    assert not ZoneRow.objects.exists()
    assert refused.status_code == 409
    assert ServiceVersion.objects.filter(pk=house.pk).exists()


def test_a_container_is_opened_filled_and_closed_on_its_pages(desk: Client):
    one = shipment("ORD-1", kg="10")
    form = {
        "hub": "EZE", "to": "FRA", "mode": "air", "cut_off_at": "2099-11-25T16:00",
        "departs_on": "2099-11-26",
        "kg": "100", "cbm": "2", "price": "80", "currency": "usd",
    }  # fmt: skip

    desk.post("/console/boxes/new/", form)
    box = Container.objects.get()
    desk.post(f"/console/boxes/{box.number}/parts/", {"shipment": one.number})
    inside = desk.get(f"/console/boxes/{box.number}/").content.decode()
    desk.post(f"/console/boxes/{box.number}/closing/")
    board = desk.get("/console/boxes/?state=CLOSED").content.decode()
    bad = desk.post("/console/boxes/new/", {**form, "kg": "many"})

    box.refresh_from_db()
    assert "ORD-1" in inside
    assert "10 %" in inside
    assert (box.state, box.parts.get().share_amount) == (Container.State.CLOSED, Decimal(80))
    assert box.number in board
    assert bad.status_code == 400
    assert Container.objects.count() == 1


def test_an_offered_merge_becomes_one_parcel_with_shares(desk: Client):
    parts = [shipment("ORD-1", MENDOZA, "1.2", terms="DAP"), shipment("ORD-2", MADRYN, "1.1", terms="DAP")]

    page = desk.get("/console/boxes/").content.decode()
    stale = desk.post("/console/boxes/merges/", {"shipment": ["SHP-9"]}, follow=True).content.decode()

    assert "Ada Buyer" in page
    assert "This offer is gone." in stale
    assert Shipment.objects.filter(pk__in=[p.pk for p in parts], shared=None).count() == 2


def test_no_merge_is_offered_that_may_cross_the_low_value_limit_of_the_union(desk: Client):
    LowValueRegime.objects.create(destination="EU", kind="duty", limit_amount=150, limit_currency="EUR")
    shipment("ORD-1", MENDOZA, "1.2")
    shipment("ORD-2", MADRYN, "1.1")

    page = desk.get("/console/boxes/").content.decode()

    assert "We do not know the value of one of them" in page
    assert "Merge, save" not in page


def test_the_board_counts_late_dwelling_and_on_time_shipments_and_filters_by_lane(desk: Client):
    now = timezone.now()
    late, done = shipment("ORD-1"), shipment("ORD-2")
    Shipment.objects.filter(pk=late.pk).update(promised_until=(now - timedelta(days=4)).date())
    Shipment.objects.filter(pk=done.pk).update(
        promised_until=now.date(), delivered_at=now - timedelta(days=1), state="DELIVERED"
    )
    parcel = done.parcels.get()
    for status, hours in ((Status.IMPORT_CUSTOMS, 60), (Status.CUSTOMS_CLEARED, 36)):
        parcel.tracking.create(
            carrier="SAMPAN",
            code=status,
            status=status,
            local_time=f"{hours}",
            happened_at=now - timedelta(hours=hours),
        )

    page = desk.get("/console/moving/?days=30&lane=AR-DE").content.decode()
    tables = {
        code: desk.get(f"/console/moving/{code}.csv?days=30&lane=AR-DE").content.decode().splitlines()
        for code in ("late", "on-time", "customs", "hubs", "cost")
    }
    elsewhere = desk.get("/console/moving/late.csv?lane=KE-DE").content.decode().splitlines()

    assert "Load of the hubs" in page
    assert tables["late"][1].startswith("ORD-1,4,AR-DE,")
    assert tables["on-time"][1] == "AR-DE,100 %,Sampan,1,1"
    assert tables["customs"][1] == "AR-DE,24.0,24.0,1,0"
    assert tables["hubs"][1].endswith(",1,4.0")
    assert tables["cost"][1].startswith("AR-DE,")
    assert len(elsewhere) == 1
    assert desk.get("/console/moving/moods.csv").status_code == 404


def test_a_code_is_explained_on_its_page(desk: Client):
    one = shipment("ORD-1")
    actions.attach_booking(
        shipment_number=one.number, booking=actions.own_numbers(one), at=datetime(2026, 11, 24, tzinfo=UTC)
    )
    number = str(one.parcels.get().tracking_number)
    actions.record_tracking(tracking_number=number, code="ZZ9", local_time="2026-11-24T15:00:00-03:00")

    before = desk.get("/console/moving/codes/").content.decode()
    proof = desk.post(
        "/console/moving/codes/meanings/", {"carrier": "SAMPAN", "code": "ZZ9", "status": "delivered"}
    )
    desk.post("/console/moving/codes/meanings/", {"carrier": "SAMPAN", "code": "ZZ9", "status": "in_transit"})
    after = desk.get("/console/moving/codes/").content.decode()

    assert "SAMPAN ZZ9" in before
    assert proof.status_code == 400
    assert CodeMeaning.objects.get().status == "in_transit"
    assert "Every code that carriers sent is understood." in after
