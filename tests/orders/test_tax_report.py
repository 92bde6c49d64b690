"""The return of each scheme: several countries, rates and currencies, refunds in a later month, by hand.

Three sales in September and October 2026 (UTC), each with its tax; the ledger holds the same tax in the end.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from marketplace.accounts.models import User
from marketplace.currency import actions as currency
from marketplace.currency import rates
from marketplace.currency.files import DayOfRates
from marketplace.kit.money import Money
from orders import actions, conversions
from orders.models import Order
from orders.payments import actions as payments
from orders.payments import books
from orders.payments.shares import PARTS
from orders.pieces import give_back
from orders.tax_report import TaxRow, as_rows, tax_report
from tests.orders.sold import Goods, sold
from tests.orders.test_credit_notes import NINETEEN, SEVEN, WAY, piece

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (9, 10, 11, 12))


@pytest.fixture(autouse=True)
def operator(settings) -> None:
    settings.OPERATOR = {"name": "Sampan", "country": "IE", "town": "Dublin", "VAT": "IE6388047V"}
    settings.PLATFORM_TAX_NUMBERS = {"IOSS": "IM3720000000", "GB-VAT": "GB123456789", "NZ-GST": "123456789"}


def sale(
    number: str, regime: str, country: str, currency: str, at: datetime, *lines: Goods, **way: str
) -> Order:
    """A sale with its invoice, already sent, so that the tax stands in the ledger."""
    order = sold(number, regime, lines, country=country, currency=currency, at=at, **way)
    actions.issue_invoice(order_number=order.number, at=at)
    payments.earn(order.number, at)
    return order


def berlin(at: datetime) -> Order:
    return sale("DE", "EU-LV3-IOSS", "DE", "EUR", at, SEVEN, NINETEEN, **WAY)


def found(start: datetime, end: datetime) -> list[tuple[str, ...]]:
    return [line(row) for row in tax_report(start, end)]


def line(row: TaxRow) -> tuple[str, ...]:
    """Scheme, country, rate; orders, base, tax; base and tax given back; what is declared."""
    declared = "–" if row.declared is None else f"{row.declared}"
    return (
        row.scheme, row.country, row.rate, str(row.orders), f"{row.base.amount}", f"{row.tax.amount}",
        f"{row.base_back.amount}", f"{row.tax_back.amount}", declared,
    )  # fmt: skip


def collected(country: str, currency_code: str) -> Decimal:
    return books.balance(f"tax:{country}:collected", currency_code).amount


def test_a_month_counts_each_country_and_rate_on_its_own():
    """Berlin 7 % of 51.80 and 19 % of 76.20; London 20 % of 64.96; Sydney 0 % of 40 and 10 % of 65."""
    when = datetime(2026, 10, 10, 12, tzinfo=UTC)
    berlin(when)
    sale("GB", "GB-LV135", "GB", "GBP", when, Goods(2, "43.08", "20%", "64.96", "12.99"), freight="21.88")
    food, soap = Goods(1, "30.00", "0%", "40.00", "0.00"), Goods(1, "50.00", "10%", "65.00", "6.50")
    sale("AU", "AU-LVG", "AU", "AUD", when, food, soap, freight="25.00")
    sale("US", "US-NORMAL", "US", "USD", when, Goods(1, "90.00"), freight="25.00")
    berlin_before = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
    sale(
        "OLD", "EU-LV3-IOSS", "DE", "EUR", berlin_before, SEVEN, freight="8.00", insurance="0.80", duty="3.00"
    )

    assert found(OCTOBER, NOVEMBER) == [
        ("AU-GST", "AU", "0%", "1", "40.00", "0.00", "0.00", "0.00", "AUD 0.00"),
        ("AU-GST", "AU", "10%", "0", "65.00", "6.50", "0.00", "0.00", "AUD 6.50"),
        ("GB-VAT", "GB", "20%", "1", "64.96", "12.99", "0.00", "0.00", "GBP 12.99"),
        ("IOSS", "DE", "19%", "0", "76.20", "14.48", "0.00", "0.00", "EUR 14.48"),
        ("IOSS", "DE", "7%", "1", "51.80", "3.63", "0.00", "0.00", "EUR 3.63"),
    ]
    assert found(SEPTEMBER, OCTOBER) == [
        ("IOSS", "DE", "7%", "1", "51.80", "3.63", "0.00", "0.00", "EUR 3.63"),
    ]


@pytest.mark.parametrize("noted", [True, False])
def test_a_refund_counts_in_its_own_month_and_at_its_own_rate(noted: bool):
    """One of three pieces at 19 % goes back in November: 25.40 and 4.83; October stays as it was."""
    order = berlin(datetime(2026, 10, 10, 12, tzinfo=UTC))
    october = found(OCTOBER, NOVEMBER)
    back = give_back(order, [piece(order, "2", 1)], PARTS, at_sale=True)
    when = datetime(2026, 11, 5, tzinfo=UTC)
    payments.refund(order.number, None, "Return", "ret", lines=back.parts, of_lines=back.lines, at=when)
    if noted:
        actions.issue_credit_notes(order_number=order.number, at=when)

    assert found(OCTOBER, NOVEMBER) == october
    if noted:
        assert found(NOVEMBER, DECEMBER) == [
            ("IOSS", "DE", "19%", "0", "0.00", "0.00", "25.40", "4.83", "EUR -4.83"),
        ]
    else:  # before its credit note is written, the refund's tax is shared by the tax of the lines
        assert sum(row.tax_back.amount for row in tax_report(NOVEMBER, DECEMBER)) == Decimal("4.83")


def test_dollars_are_declared_in_euro_at_the_rate_of_the_months_last_day():
    """30 September: EUR 1 = USD 1.1355, so USD 12.00 is EUR 10.57."""
    when = datetime(2026, 9, 12, tzinfo=UTC)
    sale("FR", "EU-LV3-IOSS", "FR", "USD", when, Goods(1, "50.00", "20%", "60.00", "12.00"), freight="10.00")

    [row] = tax_report(SEPTEMBER, OCTOBER)

    assert (f"{row.declared}", row.rates_of) == ("EUR 10.57", date(2026, 9, 30))
    assert "369u" in row.rule


def test_a_month_that_ends_on_a_day_without_rates_waits_for_the_next():
    """31 October 2026 is a Saturday: the rates of Monday, USD 1.20, make EUR 10.00 of USD 12.00."""
    when = datetime(2026, 10, 12, tzinfo=UTC)
    sale("FR", "EU-LV3-IOSS", "FR", "USD", when, Goods(1, "50.00", "20%", "60.00", "12.00"), freight="10.00")

    [waiting] = tax_report(OCTOBER, NOVEMBER)
    usual = dict(rates.current().per_euro) | {"USD": Decimal("1.20")}
    currency.load_history([DayOfRates(date(2026, 11, 2), usual, "feed")], at=DECEMBER)
    [row] = tax_report(OCTOBER, NOVEMBER)

    assert waiting.declared is None
    assert (f"{row.declared}", row.rates_of) == ("EUR 10.00", date(2026, 11, 2))


def test_new_zealand_takes_the_last_rates_of_the_period_and_others_are_not_guessed():
    """USD 15.00 × 1.9823 ÷ 1.1172 (30 October) is NZD 26.62; sterling wants HMRC's rate, which we lack."""
    when = datetime(2026, 10, 12, tzinfo=UTC)
    sale("NZ", "NZ-LVG", "NZ", "USD", when, Goods(1, "90.00", "15%", "100.00", "15.00"), freight="10.00")
    sale("GB", "GB-LV135", "GB", "EUR", when, Goods(1, "50.00", "20%", "60.00", "12.00"), freight="10.00")

    british, zealand = tax_report(OCTOBER, NOVEMBER)

    assert (f"{zealand.declared}", zealand.rates_of) == ("NZD 26.62", date(2026, 10, 30))
    assert (british.declared, british.tax_due) == (None, Money(Decimal("12.00"), "EUR"))
    assert "HMRC" in british.rule
    assert [row[10] for row in as_rows([british, zealand])] == ["declared", "no rate", "26.62"]


def test_a_rate_of_the_demo_world_never_enters_a_return(settings):
    settings.DEMO = True
    amount = Money(Decimal(1000), "KES")

    seen = conversions.declare(amount, scheme="IOSS", country="DE", last_day=date(2026, 9, 30))

    assert seen.amount is None


def test_all_months_together_are_the_ledgers_account_of_tax():
    """Berlin 18.11 with duty 6.00; a piece with 4.83 and duty 1.00, then 14.66 with 1.81 and 0.60 go back."""
    when = datetime(2026, 10, 10, 12, tzinfo=UTC)
    order = berlin(when)
    sale("GB", "GB-LV135", "GB", "GBP", when, Goods(2, "43.08", "20%", "64.96", "12.99"), freight="21.88")
    assert (collected("DE", "EUR"), collected("GB", "GBP")) == (Decimal("24.11"), Decimal("12.99"))
    back = give_back(order, [piece(order, "2", 1)], PARTS, at_sale=True)
    later = datetime(2026, 11, 5, tzinfo=UTC)
    payments.refund(order.number, None, "Return", "ret", lines=back.parts, of_lines=back.lines, at=later)
    payments.refund(order.number, Money(Decimal("14.66"), "EUR"), "A scratch", "scratch", at=later)
    payments.refund("ORD-GB", None, "Lost", "lost", at=later)
    for number in (order.number, "ORD-GB"):
        actions.issue_credit_notes(order_number=number, at=later)

    due: dict[str, Decimal] = {}
    for start, end in ((SEPTEMBER, OCTOBER), (OCTOBER, NOVEMBER), (NOVEMBER, DECEMBER)):
        for row in tax_report(start, end):
            due[row.country] = due.get(row.country, Decimal(0)) + row.tax_due.amount

    left = payments.left_parts(order.number)
    assert due == {"DE": left["tax"].amount, "GB": Decimal("0.00")}
    assert collected("DE", "EUR") == due["DE"] + left["duty"].amount
    assert collected("GB", "GBP") == 0


def test_the_reports_page_says_why_an_amount_was_not_converted(client):
    when = datetime(2026, 10, 12, tzinfo=UTC)
    sale("GB", "GB-LV135", "GB", "EUR", when, Goods(1, "50.00", "20%", "60.00", "12.00"), freight="10.00")
    client.force_login(User.objects.create_user("f@x.example", is_staff=True, desk="finance"))

    page = client.get("/console/reports/?month=2026-10").content.decode()

    assert "HMRC" in page
    assert "we lack the rate" in page
