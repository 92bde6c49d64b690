"""The operator's desks of money: exchange, waiting, reports; figures, files, and who may not look."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from marketplace.accounts.models import Company, User
from marketplace.console.glance import lines
from marketplace.currency.table import RateTable
from marketplace.events.models import Event
from marketplace.notifications.models import Notice
from orders.payments import actions, jobs, tasks
from orders.payments.actions.guarantee import record_guarantee
from orders.payments.exposure import exposure
from orders.payments.held import clearing, held
from orders.payments.models import BankExchange, Payment
from orders.payments.seller_report import seller_report
from tests.payments.world import NOON, finance, money, paid, prepared, share

pytestmark = pytest.mark.django_db
TABLE = RateTable(NOON.date(), "test", {"KES": Decimal(150)})
PAGES = ("/console/exchange/", "/console/waiting/", "/console/reports/")
FILES = (
    "/console/exchange/export/",
    "/console/waiting/export/",
    "/console/reports/taxes/",
    "/console/reports/sellers.csv",
    "/console/reports/sellers.xml",
)


def rows(answer) -> list[list[str]]:
    return list(csv.reader(answer.getvalue().decode().splitlines()))


@pytest.mark.parametrize("address", PAGES + FILES)
def test_only_the_finance_desk_looks(client, address):
    assert client.get(address).status_code == 302
    client.force_login(User.objects.create_user("x@example.com"))
    assert client.get(address).status_code == 403
    client.force_login(User.objects.create_user("c@example.com", is_staff=True, desk="customs"))
    assert client.get(address).status_code == 403
    client.force_login(finance("ann"))
    assert client.get(address).status_code == 200


def test_the_exchange_desk_shows_and_exports_the_exposure(client):
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share()})
    actions.earn("ORD-1", NOON)
    client.force_login(finance("ann"))

    page = client.get("/console/exchange/").content.decode()
    table = {row[0]: row for row in rows(client.get("/console/exchange/export/"))}

    assert "391.46" in page
    assert table["EUR"][1:6] == ["601.30", "0.00", "0.00", "209.84", "391.46"]
    assert (table["KES"][5], table["KES"][8]) == ("-55341.94", "buy")


def test_a_deal_is_recorded_from_the_page_and_a_bad_one_is_refused(client):
    client.force_login(finance("ann"))
    deal = {
        "sold_amount": "190.00", "sold_currency": "EUR", "bought_amount": "28000.00",
        "bought_currency": "KES", "reference": "FX/77",
    }  # fmt: skip

    client.post("/console/exchange/deals/", {**deal, "sold_amount": "much"})
    client.post("/console/exchange/deals/", {**deal, "bought_currency": "QQQ"})
    assert client.post("/console/exchange/deals/", {**deal, "reference": ""}).status_code == 422
    assert not BankExchange.objects.exists()
    client.post("/console/exchange/deals/", deal)

    assert BankExchange.objects.get().gain_amount == Decimal("-4.52")
    assert "FX/77" in client.get("/console/exchange/").content.decode()


# --- money that waits


def test_held_money_is_told_at_45_days_and_ends_at_60():
    ann = finance("ann")
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share()})
    actions.earn("ORD-2", NOON)
    actions.freeze("ORD-2", "dispute", NOON)

    assert actions.watch_held_money(NOON + timedelta(days=44)) == []
    [first, second] = actions.watch_held_money(NOON + timedelta(days=46))
    actions.watch_held_money(NOON + timedelta(days=47))
    assert (first.order_number, first.level, second.why) == ("ORD-1", "alarm", "dispute")
    assert Notice.objects.filter(user=ann).count() == 2
    assert not Event.objects.filter(name="HeldTooLong").exists()

    for days in (61, 62):
        actions.watch_held_money(NOON + timedelta(days=days))

    # The unshipped order ends by itself, once; the disputed one is for people.
    assert [event.subject for event in Event.objects.filter(name="HeldTooLong")] == ["ORD-1"]
    assert Notice.objects.filter(user=ann).count() == 4
    assert {row.level for row in held(NOON + timedelta(days=62))} == {"end"}


def test_orders_in_two_steps_are_found_with_what_they_wait_for(client):
    payment = prepared("GRP-1", {"ORD-1": share(), "ORD-2": share()}, {"ORD-1": money("90.20")})
    actions.record_capture("GRP-1", payment.charged, charge="ch_1", at=NOON)
    client.force_login(finance("ann"))

    page = client.get("/console/waiting/?paid=two").content.decode()
    table = b"".join(client.get("/console/waiting/export/?paid=two")).decode()
    desk = client.get("/console/money/").content.decode()

    assert ("ORD-1" in page, "ORD-2" in page, "the balance is open" in page) == (True, False, True)
    assert table.count("ORD-") == 1
    assert "1 order paid and not shipped, 1 deposit waits for its balance" in desk
    assert "ORD-2" in client.get("/console/waiting/").content.decode()


def test_a_clearing_account_tells_its_age(client):
    payment = paid("GRP-1", {"ORD-1": share()})
    actions.refund("ORD-1", money("10.00"), "late", "key-1", at=NOON)
    assert Payment.objects.get().pk == payment.pk

    [row] = clearing(timezone.now() + timedelta(hours=30))

    assert (row.code, f"{row.money}", row.hours, row.late) == ("refund:in_flight", "EUR 10.00", 30, True)
    # What moved while the page was being made is not in the future.
    assert clearing(timezone.now() - timedelta(seconds=1))[0].hours == 0
    client.force_login(finance("ann"))
    assert "Refunds on their way" in client.get("/console/waiting/").content.decode()


def test_a_payout_job_that_nobody_starts_is_shown(client):
    client.force_login(finance("ann"))
    cache.delete(jobs.KEY)
    assert "has not run for 15 minutes" in client.get("/console/waiting/").content.decode()

    jobs.note_payout_job(timezone.now())

    assert "has not run" not in client.get("/console/waiting/").content.decode()
    assert jobs.payout_job(timezone.now() + timedelta(minutes=16)).late


def test_a_payout_job_that_nobody_starts_raises_an_alarm_once_a_day_when_sellers_wait(client):
    ann = finance("ann")
    cache.delete(jobs.KEY)
    assert not actions.watch_payout_job(timezone.now())

    paid("GRP-1", {"ORD-1": share()})
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)
    tasks.look_up_silence()
    tasks.look_up_silence()

    assert Notice.objects.filter(user=ann, title__startswith="Sellers are not paid").count() == 1
    client.force_login(ann)
    assert "has not run for 15 minutes" in client.get("/console/health/").content.decode()
    tasks.pay_sellers()
    assert not actions.watch_payout_job(timezone.now())


# --- the year of the sellers


def test_the_sellers_year_names_who_is_reported_and_why_not(client):
    """27,670.97 × 2 of a Kenyan seller is not reported; 30 sales of a German one are."""
    for number, country, currency in (("C-KE1", "KE", "KES"), ("C-DE1", "DE", "EUR")):
        Company.objects.create(
            number=number, slug=number.lower(), name=f"Maker {country}", is_seller=True, country=country,
            currency=currency, tax_ids={"VAT": f"{country}123"},
        )  # fmt: skip
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share()})
    sales = {f"DE-{n}": share(seller="C-DE1", seller_goods=money("10.00")) for n in range(30)}
    paid("GRP-2", sales)
    for number in ("ORD-1", "ORD-2", *sales):
        actions.earn(number, NOON)

    found = {year.seller: year for year in seller_report(2026)}

    assert (found["C-KE1"].reported, found["C-KE1"].why) == (False, "does not live in the Union")
    fourth = found["C-DE1"].quarters[3]
    assert (found["C-DE1"].reported, fourth.sales) == (True, 30)
    assert (f"{fourth.paid}", f"{fourth.fees}") == ("EUR 282.00", "EUR 18.00")
    client.force_login(finance("ann"))
    table = rows(client.get("/console/reports/sellers.csv?year=2026"))
    assert [row[8] for row in table if row[0] == "C-DE1"] == ["0.00", "0.00", "0.00", "282.00"]
    assert seller_report(2025) == []


# --- the first lines of the money desk


def glance(at=None) -> dict[str, tuple[str, bool, list[str]]]:
    found = lines(at or NOON, TABLE)
    return {str(one.name): (one.words, one.bad, [f"{m}" for m in one.sums]) for one in found}


def test_an_empty_house_says_so_on_every_line(client):
    assert glance() == {
        "Clearing accounts": ("all at zero", False, []),
        "Money that we hold": ("0 orders paid and not shipped", False, []),
        "Payouts": ("none waits for a step", False, []),
        "Guarantee pool": ("empty: quoted and actual duty are the same so far", False, []),
        "Open in all currencies, worth": ("", False, ["EUR 0.00"]),
    }
    client.force_login(finance("ann"))
    assert "All at zero" in client.get("/console/money/").content.decode()


def test_a_busy_house_says_what_waits(django_assert_max_num_queries):
    """60 orders held and one earned, a refund on its way, a payout to approve, 3.00 too little duty."""
    paid("GRP-1", {f"ORD-{n}": share() for n in range(61)})
    actions.earn("ORD-0", NOON)
    actions.make_available("ORD-0", NOON)
    actions.set_bank_account(
        seller="C-KE1", currency="KES", country="KE", holder="Kamba", account="011022334417", at=NOON
    )
    actions.run_payouts(NOON)
    actions.refund("ORD-1", money("10.00"), "late", "key-1", at=NOON)
    record_guarantee(
        order_number="ORD-0", country="DE", quoted=money("6.00"), actual=money("9.00"), key="g-1", at=NOON
    )

    with django_assert_max_num_queries(25):
        seen = glance(timezone.now() + timedelta(days=50))

    assert seen["Clearing accounts"][0].startswith("2 open, the oldest unmoved for 12")
    assert seen["Clearing accounts"][1] is True
    assert seen["Money that we hold"][0] == ("60 orders paid and not shipped, 60 wait for more than 45 days")
    assert seen["Payouts"][:2] == ("1 to send or confirm", True)
    assert seen["Guarantee pool"] == ("", True, ["EUR -3.00"])
    expected = sum((row.worth.amount for row in exposure(TABLE) if row.worth), Decimal(0))
    assert seen["Open in all currencies, worth"][2] == [f"EUR {expected}"]
