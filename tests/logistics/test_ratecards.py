from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from logistics import ratecards
from logistics.models import ServiceVersion
from logistics.rating.card import Rated, Refused, rate
from logistics.rating.weight import Box
from tests.logistics.test_worked_cases import CARDS

pytestmark = pytest.mark.django_db
D = Decimal
JAN, JULY = date(2026, 1, 1), date(2026, 7, 1)
GOOD = b"zone,content,max_weight_kg,price\n1,,0.5,10\n1,,1,14\n2,,0.5,12\n2,,1,15.5\n"
ZONES = b"zone,country,postcode_from,postcode_to\n1,DE,,\n2,GB,,\n1,GB,BT,\n"


def sheet_of(prices: bytes = GOOD, zones: bytes = ZONES) -> ratecards.Sheet:
    return ratecards.read(ratecards.table(prices, "a.csv"), ratecards.table(zones, "z.csv"))


def imported(sheet: ratecards.Sheet, since: date = JAN) -> ServiceVersion:
    return ratecards.import_version(
        sheet,
        carrier="Post",
        service_code="POST-1",
        service_name="Post",
        currency="EUR",
        valid_from=since,
        source="a test",
    )


def test_a_card_is_imported_rated_and_exported_unchanged():
    version = imported(sheet_of())
    card = ratecards.card(version)
    box = [Box(D(10), D(10), D(10), D("0.7"))]

    rated = rate(card, box, country="GB", postcode="SW1", on=JULY)
    belfast = rate(card, box, country="GB", postcode="BT7 1AA", on=JULY)

    assert isinstance(rated, Rated)
    assert isinstance(belfast, Rated)
    assert (rated.total, belfast.total) == (D("15.5"), D(14))
    assert rate(card, box, country="FR", on=JULY) == Refused("POST-1/1", "unknown_destination")
    assert [text.encode().replace(b"\r\n", b"\n") for text in ratecards.export(version)] == [
        GOOD,
        b"zone,country,postcode_from,postcode_to\n1,DE,,\n2,GB,,\n1,GB,BT,\n",
    ]


@pytest.mark.parametrize(
    ("prices", "words", "row"),
    [
        (GOOD + b"1,,1,15\n", "overlaps row 3", 6),
        (GOOD + b"3,,1,15\n", "gap", 6),
        (GOOD + b"1,,x,15\n", "must be numbers", 6),
        (GOOD + b"1,,-1,15\n", "above zero", 6),
        (GOOD + b",,1,15\n", "zone is missing", 6),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_imported(prices: bytes, words: str, row: int):
    sheet = sheet_of(prices)

    assert [p.row for p in sheet.errors if words in p.words] == [row]
    with pytest.raises(ratecards.CardHasErrors):
        imported(sheet)
    assert not ServiceVersion.objects.exists()


def test_a_falling_price_is_only_a_note():
    sheet = sheet_of(GOOD.replace(b"1,,1,14", b"1,,1,9"))

    assert [(p.row, p.is_error) for p in sheet.problems] == [(3, False)]


def test_an_unknown_country_is_an_error():
    assert [p.row for p in sheet_of(zones=b"zone,country\n1,QQ\n").errors] == [2]


def test_a_new_version_ends_the_old_one_and_shows_its_changes():
    first = imported(sheet_of())
    sheet = sheet_of(GOOD.replace(b"15.5", b"16"))

    change = ratecards.difference(sheet, ratecards.active("POST-1", JULY))
    second = imported(sheet, JULY)

    first.refresh_from_db()
    assert change.changed == ((("2", "", D(1)), D("15.5"), D(16)),)
    assert (first.valid_until, second.number) == (date(2026, 6, 30), 2)
    assert isinstance(
        rate(ratecards.card(first), [Box(D(1), D(1), D(1), D(1))], country="DE", on=JULY), Refused
    )


def test_a_version_that_a_quote_used_never_changes():
    version = imported(sheet_of())
    row = version.prices.all()[0]
    ServiceVersion.objects.filter(pk=version.pk).update(used_at="2026-03-01T00:00Z")

    with pytest.raises(ratecards.VersionInUse):
        ratecards.correct_price(row.pk, D(1))


def test_a_spreadsheet_reads_like_a_csv():
    book = openpyxl.Workbook()
    page = book.create_sheet(index=0)
    for line in GOOD.decode().splitlines():
        page.append([float(x) if x.replace(".", "").isdigit() else x for x in line.split(",")])
    out = BytesIO()
    book.save(out)

    rows = ratecards.table(out.getvalue(), "card.xlsx")

    assert [row["max_weight_kg"] for row in rows] == ["0.5", "1", "0.5", "1"]
    assert ratecards.read(rows).errors == []


@pytest.mark.skipif(not CARDS, reason="the published tariffs lie outside the project (SHARED_DIR)")
def test_both_published_tariffs_go_through():
    ems, dhl = (ratecards.published(CARDS[name]) for name in ("jp_ems", "dhl_sinotrans_historic"))

    assert (len(ems.prices), len(ems.zones), ems.errors) == (5 * 42, 133, [])
    assert (len(dhl.prices), dhl.errors) == (9 * (4 + 4 + 14 * 2), [])
    version = imported(ems)
    found = rate(ratecards.card(version), [Box(D(1), D(1), D(1), D("2.001"))], country="US", on=JULY)
    assert isinstance(found, Rated)
    assert found.total == D(9100)
