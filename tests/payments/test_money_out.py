"""Fees invoiced, currencies exchanged, exposure told: every figure, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sepaxml
from lxml import etree

from marketplace.accounts.models import Company, Membership, User
from marketplace.currency import rates
from marketplace.currency.table import RateTable
from marketplace.documents.models import Document
from marketplace.kit.money import Money
from marketplace.notifications.models import Notice
from orders.payments import actions, exposure
from orders.payments.actions.exchange import preview
from orders.payments.fee_tax import NotKnown, fee_tax
from orders.payments.gateways import bank
from orders.payments.models import BankAccount, Earning, FeeInvoice, Journal, Payout, PayoutChoice
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
    with papers.get(kind="fee-invoice-ubl").file.open() as kept:
        assert broken(kept.read(), UBL, tmp_path) == []
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
    sold, bought = money("190.00"), money("28000.00", "KES")

    first, again = (
        actions.record_bank_exchange(reference="FX/77", sold=sold, bought=bought, by=ann, at=NOON)
        for _ in range(2)
    )

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


# --- the bank's file, and where the money goes


def prepared_payouts() -> list[Payout]:
    """Two payouts: shillings to a local account, euros to an IBAN."""
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share(seller="C-DE1", seller_goods=money("195.00"))})
    for number in ("ORD-1", "ORD-2"):
        actions.earn(number, NOON)
        actions.make_available(number, NOON)
    for number, currency, country, account, bic in (
        ("C-KE1", "KES", "KE", "011022334417", ""),
        ("C-DE1", "EUR", "DE", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX"),
    ):
        actions.set_bank_account(
            seller=number, currency=currency, country=country, holder="Kamba & <Weavers>", account=account,
            bic=bic, at=NOON,
        )  # fmt: skip
    return actions.run_payouts(NOON)


def test_the_bank_file_is_valid_against_the_published_schema_of_pain_001():
    payouts = sorted(prepared_payouts(), key=lambda payout: payout.currency)

    message = bank.pain_001(payouts, at=NOON)

    schema = etree.XMLSchema(file=str(Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"))
    schema.assertValid(etree.fromstring(message))
    found = etree.fromstring(message)
    space = {"p": bank.NAMESPACE}
    amounts = [(n.get("Ccy"), n.text) for n in found.iterfind(".//p:InstdAmt", space)]
    assert amounts == [("EUR", "183.30"), ("KES", "27670.97")]
    assert [n.text for n in found.iterfind(".//p:CdtrAcct/p:Id/p:IBAN", space)] == ["DE89370400440532013000"]
    assert [n.text for n in found.iterfind(".//p:PmtInf/p:CtrlSum", space)] == ["183.30", "27670.97"]


@pytest.mark.parametrize(
    ("account", "country"),
    [
        ("DE89370400440532013001", "DE"),  # check number
        ("DE8937040044053201300", "DE"),  # length
        ("FR1420041010050500013M0260X", "FR"),  # letters where digits belong
        ("GB82WEST12345698765432", "DE"),  # another country
        ("12", "KE"),
        ("0110-22/33", "KE"),
    ],
)
def test_an_account_that_fails_its_check_is_refused(account, country):
    with pytest.raises(actions.BadBankAccount):
        actions.set_bank_account(
            seller="C-KE1", currency="EUR", country=country, holder="K", account=account, at=NOON
        )

    assert not BankAccount.objects.exists()


def test_a_balance_below_zero_is_netted_before_the_next_payout():
    """The seller was paid KES 27,670.97, then the order went back: the next sale pays the debt first."""
    prepared = prepared_payouts()
    assert len(prepared) == 2
    actions.refund("ORD-1", None, "broken", "back-1", at=NOON)
    assert world.balances("seller:C-KE1:receivable", currency="KES") == ["27670.97"]
    assert actions.run_payouts(NOON) == []  # nothing to pay, nothing negative sent

    paid("GRP-2", {"ORD-3": share(), "ORD-4": share()})
    for number in ("ORD-3", "ORD-4"):
        actions.earn(number, NOON)
        actions.make_available(number, NOON)
    [payout] = actions.run_payouts(NOON)

    assert f"{payout.money.rounded()}" == "KES 27670.97"
    assert world.balances("seller:C-KE1:receivable", "seller:C-KE1:payable", currency="KES") == [
        "0.00",
        "0.00",
    ]
    assert world.broken() == []


def test_the_seller_sees_what_arrives_and_chooses(client):
    company = seller(state="APPROVED")
    user = User.objects.create_user("kamba@example.com", company=company)
    Membership.objects.create(user=user, company=company, role="finance")
    earned("ORD-1")
    assert client.get("/sell/payouts/currency/").status_code == 302
    client.force_login(user)

    page = client.get("/sell/payouts/currency/?from=KES&to=EUR").content.decode()
    strange = client.get("/sell/payouts/currency/?from=KES&to=KES&amount=x").content.decode()
    answer = client.post("/sell/payouts/currency/choice/", {"currency": "EUR"})

    for figure in ("27,670.97", "183.30", "0.91", "182.39"):
        assert figure in page
    assert "Choose two different currencies." in strange
    assert (answer.status_code, PayoutChoice.objects.get().currency) == (302, "EUR")
    assert client.post("/sell/payouts/currency/choice/", {"currency": "QQQ"}).status_code == 422
    client.post("/sell/payouts/currency/choice/", {"currency": ""})
    assert not PayoutChoice.objects.exists()


def test_a_changed_bank_account_asks_for_the_password_and_warns_the_company(client):
    company = seller(state="APPROVED")
    user = User.objects.create_user("kamba@example.com", "a long secret", company=company)
    Membership.objects.create(user=user, company=company, role="finance")
    client.force_login(user)
    form = {"holder": "Kamba", "account": "011022334417", "currency": "KES"}

    asked = client.post("/sell/payouts/account/", form)

    assert asked.status_code == 302
    assert "reauthenticate" in asked.headers["location"]
    assert not BankAccount.objects.exists()

    client.post("/accounts/reauthenticate/", {"password": "a long secret"})
    client.post("/sell/payouts/account/", form)

    assert BankAccount.objects.get().ending == "4417"
    notice = Notice.objects.get(company=company)
    assert "4417" in notice.body
