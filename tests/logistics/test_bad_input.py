"""Bad input of the moving room, one by one: a clear word, nothing lost, nothing twice.

Elsewhere: gaps and overlaps of rate cards (`test_ratecards`), a carrier that times out after it booked
(`test_shipments`, `test_live_bookings`), counts that disagree and two pickers at one bin (`test_stores`,
`test_store_pages`), lots past their date (`test_stock`, `test_stores`), events about unknown parcels and a
forged message (`test_shipments`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest

from logistics import actions, network, options, ratecards, starter, tracking
from logistics.documents import label
from logistics.models import Parcel, Shipment, TrackingEvent
from logistics.options import Consignment, Piece
from logistics.rating.card import Rated, Refused, rate
from logistics.rating.weight import BadMeasure, Box
from marketplace.accounts.models import Company
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from tests.logistics.test_ratecards import GOOD, JAN, JULY, ZONES, imported, sheet_of

D = Decimal
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MENDOZA = Place("AR", "M5507", "Lujan de Cuyo")
SIZE = (D(30), D(20), D(10))


@pytest.mark.parametrize(
    ("kg", "size"),
    [
        ("0", (10, 10, 10)),
        ("-1", (10, 10, 10)),
        ("1", (0, 10, 10)),
        ("1", (10, -3, 10)),
        ("NaN", (10, 10, 10)),
        ("Infinity", (10, 10, 10)),
    ],
)
def test_a_box_that_weighs_or_fills_nothing_is_no_box(kg: str, size: tuple[int, int, int]):
    length, width, height = (D(side) for side in size)

    with pytest.raises(BadMeasure):
        Box(length, width, height, D(kg)).checked()


@pytest.mark.django_db
@pytest.mark.parametrize("kg", ["0", "-2.5"])
def test_a_shipment_of_nothing_is_refused_and_leaves_nothing(kg: str):
    seller = Company.objects.create(number="C", slug="c", name="C", country="AR", currency="USD")

    with pytest.raises(actions.NothingToSend):
        actions.open_shipment(
            order_number="ORD-1", seller=seller, buyer_name="Ada", origin=MENDOZA,
            destination=Place("DE", "10115"), option_code="economy", parcels=[Piece("X", 1, D(kg), SIZE)],
        )  # fmt: skip

    assert not Shipment.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("size", [(300, 20, 20), (271, 10, 10), (150, 80, 80)])
def test_a_box_of_three_metres_gets_a_reason_and_a_way_out(size: tuple[int, int, int]):
    starter.load()
    network.forget()
    length, width, height = (D(side) for side in size)
    asked = Consignment(
        MENDOZA, Place("DE", "10115"), (Piece("POLE", 1, D(5), (length, width, height)),), Money(D(1), "USD")
    )

    found = options.options(asked, date(2026, 11, 24))

    assert found.options == ()
    assert [reason.way_out for reason in found.refusals] == [
        "Pack it smaller, or ask us for a freight quote."
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("postcode", ["", "99999", "no such code", "\x00", "0" * 40])
def test_an_unknown_postcode_is_priced_as_elsewhere_in_the_country_never_cheaper(postcode: str):
    starter.load()
    network.forget()
    piece = (Piece("WINE", 3, D("1.28"), (D(33), D(8), D(8))),)
    known = options.options(
        Consignment(MENDOZA, Place("DE", "10115"), piece, Money(D(1), "USD")), NOON.date()
    )

    found = options.options(
        Consignment(MENDOZA, Place("DE", postcode), piece, Money(D(1), "USD")), NOON.date()
    )

    best = {o.code: o.price.amount for o in known.options}
    assert found.options
    assert all(o.price.amount >= best.get(o.code, D(0)) for o in found.options)


@pytest.mark.django_db
def test_a_postcode_between_the_ranges_of_a_card_has_no_zone_and_no_guess():
    zones = b"zone,country,postcode_from,postcode_to\n1,DE,10000,19999\n2,DE,30000,39999\n"
    card = ratecards.card(imported(sheet_of(GOOD, zones)))
    box = [Box(D(10), D(10), D(10), D("0.7"))]

    found = {
        code: rate(card, box, country="DE", postcode=code, on=JULY) for code in ("10115", "20095", "", "x")
    }

    assert isinstance(found["10115"], Rated)
    assert [found[code] for code in ("20095", "", "x")] == [Refused("POST-1/1", "unknown_destination")] * 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("prices", "words"),
    [
        (b"zone,content,max_weight,price\n1,,0.5,10\n1,,0.5,11\n", "overlaps"),
        (b"zone,content,max_weight,price\n1,,0.5,10\n1,,2,11\n2,,1,12\n", "gap"),
        (b"zone,content,max_weight,price\n", ""),
    ],
)
def test_a_card_with_holes_is_not_imported(prices: bytes, words: str):
    sheet = ratecards.read(ratecards.table(prices, "a.csv"), ratecards.table(ZONES, "z.csv"))

    if words:
        assert any(words in problem.words for problem in sheet.problems)
    if sheet.errors or not sheet.prices:
        with pytest.raises(ratecards.CardHasErrors):
            imported(sheet)


@pytest.mark.django_db
def test_a_version_that_ended_or_has_not_begun_prices_nothing():
    old = imported(sheet_of())
    new = imported(sheet_of(), date(2026, 7, 1))
    old.refresh_from_db()
    box = [Box(D(10), D(10), D(10), D("0.7"))]

    ended = rate(ratecards.card(old), box, country="DE", on=date(2026, 7, 1))
    early = rate(ratecards.card(new), box, country="DE", on=date(2026, 6, 30))

    assert (ended, early) == (Refused("POST-1/1", "expired_version"), Refused("POST-1/2", "expired_version"))
    assert isinstance(rate(ratecards.card(old), box, country="DE", on=JAN), Rated)


def test_events_out_of_order_stand_by_their_own_time_and_an_end_stays():
    early, noon, late = (datetime(2026, 11, 25, hour, tzinfo=UTC) for hour in (8, 12, 18))
    told = [
        tracking.Seen("delivered", noon),
        tracking.Seen("picked_up", early),
        tracking.Seen("in_transit", late),
    ]

    assert tracking.standing(told) == tracking.Seen("delivered", noon)
    assert tracking.standing([*told, tracking.Seen("returned", late)]) == tracking.Seen("returned", late)
    assert tracking.standing([]) is None


@pytest.mark.django_db
def test_an_event_of_an_unknown_parcel_or_without_a_time_is_refused_and_kept_out():
    with pytest.raises(actions.UnknownParcel):
        actions.record_tracking(tracking_number="NOBODY", code="EMA", local_time="2026-11-25T09:00-03:00")
    with pytest.raises(ValueError, match="Invalid isoformat"):
        tracking.moment("yesterday")

    assert not TrackingEvent.objects.exists()


@pytest.mark.django_db
def test_a_label_printed_twice_says_that_it_is_a_copy():
    seller = Company.objects.create(number="C", slug="c", name="C", country="AR", currency="USD")
    shipment = actions.open_shipment(
        order_number="ORD-1", seller=seller, buyer_name="Ada", origin=MENDOZA,
        destination=Place("DE", "10115"), option_code="economy", parcels=[Piece("X", 1, D(1), SIZE)],
    )  # fmt: skip
    Parcel.objects.update(tracking_number="CS000000005AR")
    parcel = shipment.parcels.get()

    pages = []
    for _print in range(2):
        actions.print_label(parcel, at=NOON)
        pages.append(pypdfium2.PdfDocument(label(parcel))[0].get_textpage().get_text_bounded())

    assert ["Copy 2 of this label. Use one only." in page for page in pages] == [False, True]
    assert (parcel.label_prints, parcel.label_printed_at) == (2, NOON)
