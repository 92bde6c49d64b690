"""Fees invoiced, currencies exchanged, exposure told: every figure, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from marketplace.accounts.models import Company
from marketplace.currency import rates
from marketplace.currency.table import RateTable
from marketplace.documents.models import Document
from marketplace.kit.money import Money
from orders.payments import actions, exposure
from orders.payments.actions.exchange import preview
from orders.payments.fee_tax import NotKnown, fee_tax
from orders.payments.models import Earning, FeeInvoice, Journal, Payout
from orders.payments.statement import statement
from tests.papers.rules import UBL, broken
from tests.payments import world
from tests.payments.world import NOON, finance, money, paid, share

pytestmark = pytest.mark.django_db
DECEMBER = datetime(2026, 12, 1, 2, 20, tzinfo=UTC)
NOVEMBER = date(2026, 11, 1)


def seller(country: str = "KE", **more: object) -> Company:
    return Company.objects.create(
        number="C-KE1", slug="kamba", name="Kamba Weavers", is_seller=True, country=country, currency="KES",
        street="Main street 1", town="Machakos", postal_code="90100", **more,
    )  # fmt: skip


def earned(*orders: str) -> None:
    paid("GRP-1", {number: share() for number in orders})
    for number in orders:
        actions.earn(number, NOON)
        actions.make_available(number, NOON)


# --- invoices of our fee


def test_fees_of_a_month_are_invoiced_once_with_a_gapless_number(settings, tmp_path):
    """Two sales of KES 29,437.20: fee 6 % is 1,766.23 each, together 3,532.46, not subject to our VAT."""
    settings.OPERATOR = {"name": "Sampan", "country": "IE", "town": "Dublin", "VAT": "IE6388047V"}
    company = seller()
    earned("ORD-1", "ORD-2")

    first = actions.issue_fee_invoice(seller="C-KE1", currency="KES", month=NOVEMBER, at=DECEMBER)
    again = actions.issue_fee_invoice(seller="C-KE1", currency="KES", month=NOVEMBER, at=DECEMBER)

    assert first is not None
    assert (first, first.number, first.category) == (again, "COM-2026-000001", "O")
    assert (first.fee_amount, first.tax_amount) == (Decimal("3532.46"), Decimal(0))
    papers = Document.objects.filter(subject=first.number)
    assert {paper.kind for paper in papers} == {"fee-invoice", "fee-invoice-ubl"}
    assert all(list(paper.companies.all()) == [company] for paper in papers)
    assert broken(papers.get(kind="fee-invoice-ubl").file.read(), UBL, tmp_path) == []
    assert world.broken() == []


def test_a_seller_at_home_pays_vat_on_the_fee_from_the_balance(settings):
    """23 % of 3,532.46 is 812.4658, rounded 812.47."""
    settings.OPERATOR = {"name": "Sampan", "country": "IE", "town": "Dublin", "VAT": "IE6388047V"}
    settings.OPERATOR_VAT_RATE = "0.23"
    seller("IE")
    earned("ORD-1", "ORD-2")

    invoice = actions.issue_fee_invoice(seller="C-KE1", currency="KES", month=NOVEMBER, at=DECEMBER)

    assert invoice is not None
    assert (invoice.tax_amount, f"{invoice.total}") == (Decimal("812.47"), "KES 4344.93")
    assert world.balances("tax:IE:fees", "seller:C-KE1:payable", currency="KES") == ["812.47", "54529.47"]
    assert world.broken() == []


def test_nothing_is_invoiced_before_the_month_is_over_or_without_our_address(settings):
    settings.OPERATOR = {}
    seller()
    earned("ORD-1")

    with pytest.raises(actions.FeeTaxUnknown, match="not over"):
        actions.issue_fee_invoice(seller="C-KE1", currency="KES", month=NOVEMBER, at=NOON)
    with pytest.raises(actions.FeeTaxUnknown, match="Set OPERATOR"):
        actions.issue_fee_invoice(seller="C-KE1", currency="KES", month=NOVEMBER, at=DECEMBER)

    assert not FeeInvoice.objects.exists()
    assert actions.fees_to_invoice(NOVEMBER) == [("C-KE1", "KES")]


@pytest.mark.parametrize(
    ("country", "vat_id", "category", "rate"),
    [("IE", "IE1", "S", "0.23"), ("DE", "DE1", "AE", "0"), ("DE", "", "S", "0.23"), ("KE", "", "O", "0")],
)
def test_the_tax_on_a_fee_follows_the_sellers_country(country, vat_id, category, rate):
    how = fee_tax(home="IE", home_rate="0.23", union={"IE", "DE"}, country=country, vat_id=vat_id)

    assert (how.category, how.rate) == (category, Decimal(rate))
    with pytest.raises(NotKnown):
        fee_tax(home="SG", home_rate="0.09", union={"IE"}, country=country, vat_id=vat_id)


# --- exchange for sellers


def test_a_preview_names_rate_margin_and_what_arrives():
    """KES 27,670.97 at 150.96 is EUR 183.30; at our rate, 0.5 % off, EUR 182.39: the margin is 0.91."""
    seen = preview(money("27670.97", "KES"), "EUR", on=NOON.date())

    assert (f"{seen.at_market}", f"{seen.arrives}", f"{seen.margin}") == (
        "EUR 183.30",
        "EUR 182.39",
        "EUR 0.91",
    )
    assert (seen.spread_bp, seen.certain) == (50, True)
    with pytest.raises(actions.NoRateToday):
        preview(money("5", "KES"), "ZMW", on=NOON.date())


def test_a_chosen_currency_is_exchanged_and_paid_out():
    ann = finance("ann")
    earned("ORD-1")
    actions.choose_payout_currency(seller="C-KE1", currency="EUR", by=ann, at=NOON)
    actions.set_bank_account(
        seller="C-KE1",
        currency="EUR",
        country="DE",
        holder="Kamba",
        account="DE89370400440532013000",
        at=NOON,
    )

    [done] = actions.exchange_chosen(NOON)
    assert actions.exchange_chosen(NOON) == []
    [payout] = actions.run_payouts(NOON)

    assert (done.number, done.to_amount, done.from_amount) == (
        "FX-2026-000001",
        Decimal("182.39"),
        Decimal("27670.97"),
    )
    assert f"{payout.money.rounded()}" == "EUR 182.39"
    assert world.balances("seller:C-KE1:payable", currency="KES") == ["0.00"]
    assert world.balances("seller:C-KE1:payable", "payout:in_flight", "fx:spread") == [
        "0.00",
        "182.39",
        "1.64",
    ]
    shown = statement("C-KE1", "KES", start=NOON.replace(day=1), end=DECEMBER)
    assert [line.words for line in shown.lines] == ["Exchange into your currency", "Sale"]
    assert f"{shown.closing}" == "KES 0.00"
    assert world.broken() == []


def test_a_stale_rate_moves_nothing(settings):
    settings.RATES_MAX_AGE_DAYS = 7
    rates.forget()
    earned("ORD-1")
    later = NOON.replace(month=12)

    with pytest.raises(actions.NoRateToday):
        actions.exchange_for_seller(seller="C-KE1", given="KES", currency="EUR", at=later)

    assert not Journal.objects.filter(kind="seller_exchange").exists()
    assert Earning.objects.count() == 1


# --- exchange at the bank, and what it is worth


def test_a_deal_at_the_bank_books_its_loss_once():
    """EUR 190.00 sold for KES 28,000.00; at 150.96 those are EUR 185.48: a loss of 4.52."""
    ann = finance("ann")
    earned("ORD-1")
    deal = {"reference": "FX/77", "sold": money("190.00"), "bought": money("28000.00", "KES")}

    first = actions.record_bank_exchange(**deal, by=ann, at=NOON)
    again = actions.record_bank_exchange(**deal, by=ann, at=NOON)

    assert (first, f"{first.gain}") == (again, "EUR -4.52")
    assert world.balances("bank:main", "fx:gain_loss") == ["-190.00", "-4.52"]
    assert world.balances("bank:main", "fx:position", currency="KES") == ["28000.00", "-1437.20"]
    assert f"{exposure.result(rates.current()).realised}" == "EUR -4.52"
    assert world.broken() == []


@pytest.mark.parametrize(
    ("sold", "bought", "reference"),
    [
        (money("-1"), money("100", "KES"), "A"),
        (money("1"), money("1"), "A"),
        (money("1"), money("100", "KES"), " "),
        (money("1.005"), money("100", "KES"), "A"),
        (money("1"), money("100", "ZMW"), "A"),
    ],
)
def test_an_impossible_deal_is_refused_and_nothing_is_booked(sold, bought, reference):
    ann = finance("ann")

    with pytest.raises((actions.BadExchange, actions.NoRateToday)):
        actions.record_bank_exchange(reference=reference, sold=sold, bought=bought, by=ann, at=NOON)

    assert not Journal.objects.exists()


def test_exposure_is_what_we_have_less_what_we_owe_in_each_currency():
    """One order of EUR 300.65 held, one earned: KES 27,670.97 is owed now, the same again when shipped."""
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share()})
    actions.earn("ORD-1", NOON)
    table = RateTable(NOON.date(), "test", {"KES": Decimal(150)})

    rows = {row.currency: row for row in exposure.exposure(table)}

    euro, shilling = rows["EUR"], rows["KES"]
    # 2 × (45.00 freight + 3.93 cover + 55.99 duty and tax) = 209.84 belongs to others.
    assert [f"{m.amount}" for m in (euro.captured, euro.sellers, euro.held_goods, euro.others, euro.net)] == [
        "601.30", "0.00", "0.00", "209.84", "391.46",
    ]  # fmt: skip
    assert [f"{m.amount}" for m in (shilling.sellers, shilling.held_goods, shilling.net)] == [
        "27670.97", "27670.97", "-55341.94",
    ]  # fmt: skip
    assert (f"{shilling.worth}", shilling.hint, euro.hint) == ("EUR -368.95", "buy", "sell")
    nothing = exposure.exposure(RateTable(NOON.date(), "test", {}))
    assert {row.currency: row.worth for row in nothing}["KES"] is None
    assert not Payout.objects.exists()
    assert Money(Decimal(0), "EUR") == exposure.result(table).realised
