"""The seller's money page and the operator's money desk."""

from __future__ import annotations

import csv

import pytest

from marketplace.accounts.models import Company, Membership, User
from orders.payments import actions
from orders.payments.models import BankAccount, Mismatch, Payout
from tests.payments.world import NOON, finance, money, paid, share

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> User:
    company = Company.objects.create(
        number="C-KE1", slug="kamba", name="Kamba Weavers", is_seller=True, country="KE", currency="KES"
    )
    user = User.objects.create_user("kamba@example.com", company=company)
    Membership.objects.create(user=user, company=company, role="finance")
    return user


@pytest.fixture
def earned(seller: User) -> None:
    actions.set_bank_account(
        seller="C-KE1", currency="KES", country="KE", holder="=Kamba", account="011022334417", at=NOON
    )
    paid("GRP-1", {"ORD-1": share(), "ORD-2": share()})
    for number in ("ORD-1", "ORD-2"):
        actions.earn(number, NOON)
    actions.make_available("ORD-1", NOON)
    actions.run_payouts(NOON)


def test_the_seller_sees_each_line_and_its_balance(client, seller, earned):
    client.force_login(seller)

    page = client.get("/sell/payouts/?month=2026-11").content.decode()

    assert "27,670.97" in page
    assert "ORD-1" in page
    assert "ending 4417" in page


def test_opening_and_lines_are_closing(client, seller, earned):
    client.force_login(seller)

    november = client.get("/sell/payouts/statement.csv?month=2026-11")
    december = client.get("/sell/payouts/statement.csv?month=2026-12")
    paper = client.get("/sell/payouts/statement.pdf?month=2026-11")

    rows = list(csv.reader(november.content.decode("utf-8-sig").splitlines()))
    assert (rows[1][1], rows[1][6]) == ("opening", "0.00")
    assert [row[5] for row in rows[2:-1]] == ["27670.97", "27670.97", "-27670.97"]
    assert rows[-1][6] == "27670.97"
    assert december.content.decode().splitlines()[1].split(",")[6] == "27670.97"
    assert paper.content.startswith(b"%PDF")


def test_others_do_not_see_it(client, seller, earned):
    assert client.get("/sell/payouts/").status_code == 302
    stranger = User.objects.create_user("x@example.com")
    client.force_login(stranger)
    assert client.get("/sell/payouts/").status_code == 403
    assert client.get("/console/money/").status_code == 403
    Membership.objects.update(role="catalogue")
    client.force_login(seller)
    assert client.get("/sell/payouts/statement.csv").status_code == 403
    assert client.post("/console/money/payouts/X/", {"step": "approve"}).status_code == 403


def test_a_bad_account_number_is_refused_and_the_old_one_stays(client, seller, earned):
    client.force_login(seller)

    answer = client.post("/sell/payouts/account/", {"holder": "X", "account": "12", "currency": "KES"})

    assert answer.status_code == 422
    assert BankAccount.objects.get().ending == "4417"


def test_the_desk_confirms_a_payout_with_the_banks_reference(client, earned):
    ann = finance("ann")
    client.force_login(ann)
    payout = Payout.objects.get()
    page = client.get("/console/money/").content.decode()
    assert payout.number in page
    assert "illustrative" in page

    sent = client.post("/console/money/files/xml/")
    assert b"<EndToEndId>" + payout.number.encode() in sent.content
    assert client.post(f"/console/money/payouts/{payout.number}/", {"bank_reference": " "}).status_code == 409
    client.post(f"/console/money/payouts/{payout.number}/", {"bank_reference": "FT1"})

    payout.refresh_from_db()
    assert (payout.state, payout.money) == ("PAID", money("27670.97", "KES"))


def test_two_people_agree_to_a_large_payout_before_it_is_in_the_banks_file(client, settings, seller):
    settings.PAYOUT_TWO_PEOPLE_EUR = 1
    actions.set_bank_account(
        seller="C-KE1", currency="KES", country="KE", holder="Kamba", account="011022334417", at=NOON
    )
    paid("GRP-1", {"ORD-1": share()})
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)
    [payout] = actions.run_payouts(NOON)
    number = payout.number
    address, file = f"/console/money/payouts/{number}/", "/console/money/files/csv/"
    ann, bob = finance("ann"), finance("bob")

    client.force_login(ann)
    assert client.post(address, {"step": "approve"}).status_code == 302
    assert client.post(address, {"step": "approve"}).status_code == 409
    assert "You agreed: somebody else must agree too." in client.get("/console/money/").content.decode()
    assert number not in client.post(file).content.decode()
    client.force_login(bob)
    assert "ann@sampan.example agreed. A second person is needed." in (
        client.get("/console/money/").content.decode()
    )
    assert client.post(address, {"step": "approve"}).status_code == 302
    assert number in client.post(file).content.decode()


def test_a_rate_needs_two_people_of_the_desk(client):
    ann, bob = finance("ann"), finance("bob")
    client.force_login(ann)
    fields = {
        "currency": "KES",
        "per_euro": "151.2",
        "as_of": "2026-11-02",
        "origin": "Central Bank of Kenya",
    }
    client.post("/console/money/rates/", {**fields, "per_euro": "-1"})
    client.post("/console/money/rates/", fields)
    from marketplace.currency.models import RateSet

    draft = RateSet.objects.get()

    assert (
        client.post(f"/console/money/rates/{draft.number}/decision/", {"step": "approve"}).status_code == 409
    )
    client.force_login(bob)
    client.post(f"/console/money/rates/{draft.number}/decision/", {"step": "approve"})

    assert RateSet.objects.get().state == "ACTIVE"


def test_many_lines_come_page_by_page_and_by_kind(client, seller):
    client.force_login(seller)
    numbers = [f"ORD-{n}" for n in range(1, 29)]
    paid("GRP-1", {number: share() for number in numbers})
    for number in numbers:
        actions.earn(number, NOON)

    first = client.get("/sell/payouts/?month=2026-11&kind=order")
    second = client.get("/sell/payouts/?month=2026-11&page=2")
    none = client.get("/sell/payouts/?month=2026-11&kind=refund")

    assert len(first.context["page"].object_list) == 25
    assert len(second.context["page"].object_list) == 3
    assert "26–28 of 28" in second.content.decode()
    assert "Balance before" in second.content.decode()
    assert "Balance before" not in first.content.decode()
    assert "No such line in this month." in none.content.decode()


def test_the_desk_finds_payouts_by_state_and_words_and_gives_them_as_a_table(client, earned):
    client.force_login(finance("fin1@sampan.example"))
    number = Payout.objects.get().number

    waiting = client.get("/console/money/?q=kamba")
    paid_ones = client.get("/console/money/?state=PAID&q=kamba")
    table = client.get("/console/money/payouts.csv?state=all")

    assert number in waiting.content.decode()
    assert "No payout fits" in paid_ones.content.decode()
    rows = list(csv.reader(table.content.decode("utf-8-sig").splitlines()))
    assert (len(rows), rows[1][0], rows[1][2:5]) == (2, number, ["27670.9700", "KES", "APPROVED"])


def test_a_seller_does_not_read_the_desks_payouts(client, seller, earned):
    client.force_login(seller)

    assert client.get("/console/money/payouts.csv").status_code in {302, 403, 404}


def test_the_finance_desk_filters_exports_and_explains_differences(client):
    for n, (side, kind) in enumerate([("provider", "amount"), ("bank", "missing_here"), ("bank", "amount")]):
        Mismatch.objects.create(
            side=side, kind=kind, reference=f"=R-{n}", ours="EUR 5.00", theirs="EUR 6.00", found_at=NOON
        )
    client.force_login(finance("ann"))

    page = client.get("/console/money/differences/?side=bank&kind=amount").content.decode()
    table = b"".join(client.get("/console/money/differences/export/?side=bank"))
    case = Mismatch.objects.get(reference="=R-2")
    address = f"/console/money/differences/{case.pk}/explanation/"
    empty = client.post(address, {"words": " "})
    done = client.post(address, {"words": "bank fee of the transfer"})
    again = client.post(address, {"words": "once more"})

    assert ("=R-2" in page, "=R-1" in page, "=R-0" in page) == (True, False, False)
    assert table.decode().count("'=R-") == 2
    assert (empty.status_code, done.status_code, again.status_code) == (422, 302, 409)
    case.refresh_from_db()
    assert (case.state, case.words) == ("EXPLAINED", "ann@sampan.example: bank fee of the transfer")
    assert "2 differences" in client.get("/console/money/").content.decode()
    client.force_login(User.objects.create_user("t@sampan.example", is_staff=True, desk="trust"))
    assert client.get("/console/money/differences/").status_code == 403
    assert client.post(address, {"words": "x"}).status_code == 403
