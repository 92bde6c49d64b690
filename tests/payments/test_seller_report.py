"""The sellers' year: thresholds, quarters, fees and taxes by hand; the message against the French schema."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from lxml import etree

from marketplace.accounts.models import Company
from marketplace.kit.money import Money
from orders.payments import dpi
from orders.payments.models import Earning
from orders.payments.seller_report import Quarter, SellerYear, Task, as_rows, seller_report
from tests.payments.world import finance

ARCHIVE = Path(__file__).parent / "dpi" / "schemas.zip"
PRIVATE = "A private person: fill in first name, last name and day of birth at the tax office"
JANUARY = datetime(2027, 1, 10, 9, 30, tzinfo=UTC)
US = {
    "name": "Sampan SAS", "country": "FR", "TIN": "123456789", "town": "Lyon", "street": "1 quai",
    "postal_code": "69001", "VAT": "FR32123456789",
}  # fmt: skip


def company(number: str, country: str = "DE", **more: object) -> Company:
    given: dict[str, object] = {
        "slug": number.lower(), "name": f"Maker {number}", "is_seller": True, "country": country,
        "currency": "EUR",
        "street": "Torstraße 1", "town": "Berlin", "postal_code": "10115", "registration_note": "HRB 12345",
        "tax_ids": {"TIN": "12/345/67890", "VAT": "DE123456789"},
    }  # fmt: skip
    return Company.objects.create(number=number, **(given | more))


def earned(seller: str, month: int, net: str, fee: str, kind: str = "sale", reference: str = "") -> None:
    """One line of a seller's balance in the middle of a month of 2026."""
    at = datetime(2026, month, 15, tzinfo=UTC)
    order = reference or f"{seller}-{Earning.objects.count()}"
    Earning.objects.create(
        number=f"{order}:{kind}", kind=kind.split(":", maxsplit=1)[0], seller=seller, order_number=order,
        state="AVAILABLE",
        goods_amount=Decimal(net) + Decimal(fee), commission_amount=Decimal(fee), amount=Decimal(net),
        currency="EUR", earned_at=at, available_at=at,
    )  # fmt: skip


def year_of(seller: str) -> SellerYear:
    return next(one for one in seller_report(2026) if one.seller == seller)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sales", "each", "reported"),
    [
        (29, "68.96", False),  # 29 sales, 1,999.84
        (30, "1.00", True),  # 30 sales are enough, whatever they bring
        (2, "1000.00", False),  # exactly 2,000.00 is not more than 2,000
        (2, "1000.01", True),
    ],
)
def test_few_sales_of_little_worth_are_left_out(sales: int, each: str, *, reported: bool):
    company("C-1")
    for n in range(sales):
        earned("C-1", 1 + n % 12, each, "0.00")

    assert year_of("C-1").reported is reported


@pytest.mark.django_db
def test_quarters_are_net_of_fees_and_of_the_tax_on_them():
    """May: 940, fee 60; refund −94, −6; storage 10. June: tax on fees 12.42. Then 3,040, fee 180."""
    company("C-1")
    earned("C-1", 5, "940.00", "60.00")
    earned("C-1", 5, "-94.00", "-6.00", kind="refund")
    earned("C-1", 5, "-10.00", "10.00", kind="charge", reference="STO-1")
    earned("C-1", 6, "-12.42", "12.42", kind="charge", reference="COM-2026-000001")
    earned("C-1", 7, "-500.00", "500.00", kind="charge", reference="FX-1")  # own money, exchanged
    earned("C-1", 8, "700.00", "0.00", kind="credit")  # an insurance claim is no consideration
    earned("C-1", 11, "2000.00", "120.00", reference="ORD-9")
    earned("C-1", 11, "1000.00", "60.00", kind="sale:2", reference="ORD-9")  # the same sale's second parcel
    earned("C-1", 12, "40.00", "0.00", kind="kept", reference="ORD-10")  # a deposit that was kept

    second, third, fourth = year_of("C-1").quarters[1:]

    def shown(quarter: Quarter) -> tuple[str, ...]:
        return (f"{quarter.paid}", f"{quarter.fees}", f"{quarter.taxes}", str(quarter.sales))

    assert shown(second) == ("EUR 823.58", "EUR 64.00", "EUR 12.42", "1")
    assert shown(third) == ("EUR 0.00", "EUR 0.00", "EUR 0.00", "0")
    assert shown(fourth) == ("EUR 3040.00", "EUR 180.00", "EUR 0.00", "1")
    assert next(as_rows([year_of("C-1")]))[8:12] == ["paid", "fees", "tax on fees", "sales"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lack", "words", "blocked"),
    [
        ({}, [], False),
        ({"tax_ids": {"VAT": "DE1"}}, ["Ask for the tax number (TIN)"], True),
        ({"street": ""}, ["Ask for the address"], True),
        ({"registration_note": ""}, ["Ask for the number in the register of firms"], False),
        ({"kind": "consumer"}, [PRIVATE], True),
    ],
)  # fmt: skip
def test_what_is_missing_of_a_seller_is_a_task(client, lack, words, blocked):
    company("C-1", **lack)
    company("C-KE", "KE", tax_ids={})
    for seller in ("C-1", "C-KE"):
        earned(seller, 3, "2500.00", "150.00")

    found = year_of("C-1")

    assert ([str(task.words) for task in found.tasks], found.blocked) == (words, blocked)
    assert year_of("C-KE").tasks == ()
    client.force_login(finance("ann"))
    page = client.get("/console/reports/?year=2026").content.decode()
    assert all(word in page for word in words)
    assert ("left out of the file" in page) is blocked


@pytest.mark.django_db
def test_a_quarter_below_zero_waits_for_a_person():
    company("C-1")
    earned("C-1", 3, "2500.00", "150.00")
    earned("C-1", 4, "-94.00", "-6.00", kind="refund")

    assert [str(task.words) for task in year_of("C-1").tasks] == [
        "A quarter is below zero: ask the tax office how it wants it"
    ]


# --- the message


def firm(number: str = "C-1", **more: object) -> SellerYear:
    zero, amount = Money.zero("EUR"), Money(Decimal("823.58"), "EUR")
    quarters = (
        Quarter(1, zero, zero, zero, 0),
        Quarter(2, amount, Money(Decimal("64.50"), "EUR"), Money(Decimal("12.42"), "EUR"), 31),
        Quarter(3, zero, zero, zero, 0), Quarter(4, zero, zero, zero, 0),
    )  # fmt: skip
    made = SellerYear(
        number, "Maker & Söhne", "DE", "Torstraße 1", "10115", "Berlin", "12/345/67890", "DE123456789",
        "HRB 12345", "DE89370400440532013000", "EUR", quarters, "",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def schema(folder: Path) -> etree.XMLSchema:
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    return etree.XMLSchema(etree.parse(folder / "DPIXML_v1.1-fr1.xsd"))


def test_the_french_message_is_valid_against_the_schema_of_the_french_tax_office(tmp_path: Path):
    """823.58 is 824 in full units, 64.50 is 65, 12.42 is 12."""
    written = dpi.message(
        dpi.platform(US), [firm(), firm("C-2", registration="", account="0071-99")], 2026, JANUARY
    )
    rules = schema(tmp_path)

    assert rules.validate(etree.fromstring(written)), rules.error_log
    assert dpi.check(fromstring(written)) == []
    text = written.decode()
    for element in (
        'ConsQ2 currCode="EUR">824',
        'FeesQ2 currCode="EUR">65',
        'TaxesQ2 currCode="EUR">12',
        "NumbQ2>31",
    ):
        assert f"<dpi:{element}<" in text


def test_a_year_without_sellers_to_report_says_so(tmp_path: Path):
    left_out = [firm(why="does not live in the Union"), firm(tasks=(Task("Ask", blocks=True),))]

    written = dpi.message(dpi.platform(US), left_out, 2026, JANUARY)

    assert b"DPI403" in written
    assert b"ReportableSeller" not in written
    assert schema(tmp_path).validate(etree.fromstring(written))


def test_the_message_of_other_countries_keeps_our_field_rules_and_the_same_structure(tmp_path: Path):
    """Ireland writes TaxQ1 where France writes TaxesQ1, names the sender, and has the OECD's name spaces."""
    written = dpi.message(dpi.platform(US | {"country": "IE"}), [firm()], 2026, JANUARY)

    assert dpi.check(fromstring(written)) == []
    assert b"urn:oecd:ties:dpi:v1" in written
    assert b"<dpi:SendingEntityIN>123456789</dpi:SendingEntityIN>" in written
    text = written.decode().replace(":v1", "").replace("TaxQ", "TaxesQ")
    text = text.replace("<dpi:SendingEntityIN>123456789</dpi:SendingEntityIN>", "")
    for name in ("TransmittingCountry", "ReceivingCountry"):
        text = text.replace(f"<dpi:{name}>IE<", f"<dpi:{name}>FR<")
    text = text.replace("IE2026IE123456789", "OP_2026_123456789_1").replace('issuedBy="IE"', 'issuedBy="FR"')
    rules = schema(tmp_path)
    assert rules.validate(etree.fromstring(text.encode())), rules.error_log


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("<dpi:ConsQ2", "<dpi:ConsQ9", "Consideration"),
        (' currCode="EUR">824', ">824", "ConsQ2"),
        (">824<", ">823.58<", "ConsQ2"),
        ("<dpi:MessageType>DPI<", "<dpi:MessageType>CRS<", "MessageType"),
        (">10115<", "> <", "PostCode"),
        ('<dpi:TIN issuedBy="DE">', "<dpi:TIN>", "TIN"),
        ("OECD1<", "OECD9<", "DocTypeIndic"),
        ("2026-12-31", "2026-12-30", "ReportingPeriod"),
    ],
)
def test_our_field_rules_find_what_is_wrong(old: str, new: str, place: str):
    written = dpi.message(dpi.platform(US), [firm()], 2026, JANUARY).decode()
    assert old in written
    broken = written.replace(old, new).replace("/dpi:ConsQ2", "/dpi:ConsQ9" if "Q9" in new else "/dpi:ConsQ2")

    assert any(f"/{place}:" in found for found in dpi.check(fromstring(broken)))


@pytest.mark.django_db
def test_without_our_own_number_no_file_is_written(client, settings):
    settings.OPERATOR = {"name": "Sampan", "country": "IE", "town": "Dublin"}
    client.force_login(finance("ann"))

    refused = client.get("/console/reports/sellers.xml?year=2026")

    assert refused.status_code == 409
    assert "OPERATOR: TIN" in refused.content.decode()
    settings.OPERATOR = US
    assert client.get("/console/reports/sellers.xml?year=2026").status_code == 200
