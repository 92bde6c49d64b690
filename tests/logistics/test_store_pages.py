"""The stores on a phone: receive, pick, count, bond; every page without a script, strangers see nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from logistics.warehousing import actions
from logistics.warehousing.actions import picking, transfers
from logistics.warehousing.models import (
    Count,
    Inbound,
    LotBalance,
    Pick,
    StockBalance,
    Transfer,
    Warehouse,
    Withdrawal,
)
from marketplace.accounts.models import Company, Membership, User

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FAR = datetime(2036, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db
HOME = "/sell/warehouse/"


def company(number: str) -> Company:
    return Company.objects.create(
        number=number, slug=number.lower(), name=number, country="AR", currency="USD", is_seller=True,
        state=Company.State.APPROVED,
    )  # fmt: skip


def desk(owner: Company, name: str, role: str = "fulfilment") -> Client:
    user = User.objects.create_user(f"{name}@example.com", "secret", company=owner, name=name.title())
    Membership.objects.create(user=user, company=owner, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def owner(db) -> Company:
    return company("COM-1")


@pytest.fixture
def house(owner: Company) -> Warehouse:
    return Warehouse.objects.create(code="AR-MDN", name="Madryn cold store", country="AR", owner=owner)


@pytest.fixture
def stocked(house: Warehouse, owner: Company) -> StockBalance:
    return actions.receive(
        "SHRIMP",
        house,
        20,
        lot_number="L1",
        expires_on=date(2031, 1, 1),
        bin_code="A-01",
        owner=owner,
        at=NOON,
    )


def text(answer) -> str:
    return str(answer.content.decode())


def test_a_delivery_is_announced_received_and_closed(owner, house):
    ana = desk(owner, "ana")
    bad = {"warehouse": house.pk, "sku": "SHRIMP", "quantity": "-4"}

    assert ana.post(f"{HOME}inbound/", bad).status_code == 422
    assert not Inbound.objects.exists()
    ana.post(f"{HOME}inbound/", bad | {"quantity": "10", "lot_number": "L1", "expires_on": "2031-01-01"})
    page = f"{HOME}inbound/{Inbound.objects.get().number}/"
    scan = {"sku": "SHRIMP", "lot_number": "L1", "received": "8", "damaged": "1", "key": "k1"}
    for _tap in range(2):
        assert ana.post(page, scan).status_code == 302
    wrong = ana.post(page, scan | {"sku": "WINE", "key": "k2"})
    assert (wrong.status_code, "WINE is not known in this warehouse" in text(wrong)) == (422, True)
    assert ana.post(page, scan | {"received": "-1", "key": "k3"}).status_code == 422
    assert ana.post(f"{page}closing/").status_code == 302

    assert "1 short" in text(ana.get(page))
    shelf = StockBalance.objects.get()
    assert (shelf.quantity, shelf.blocked, shelf.owner) == (9, 1, owner)


def test_two_people_pick_one_order_and_the_second_at_a_bin_is_told(owner, stocked):
    for number in ("ORD-1", "ORD-2"):
        actions.reserve(number, {"SHRIMP": 5}, FAR)
        actions.commit(number)
    ana, ben = desk(owner, "ana"), desk(owner, "ben")
    first = ana.post(f"{HOME}picks/", {"reference": "ORD-1"}).headers["Location"]
    second = ben.post(f"{HOME}picks/", {"reference": "ORD-2"}).headers["Location"]
    assert ana.post(f"{HOME}picks/", {"reference": "ORD-1"}).status_code == 404
    one, two = (Pick.objects.get(reference=ref).lines.get() for ref in ("ORD-1", "ORD-2"))
    picking.go_to_bin(
        warehouse=stocked.warehouse, bin_code="A-01", by=User.objects.get(email="ana@example.com"),
        at=datetime.now(UTC),
    )  # fmt: skip
    taken = {"sku": "SHRIMP", "lot_number": "L1", "quantity": "5"}

    refused = ben.post(second, taken | {"line": two.pk})
    assert (refused.status_code, "Ana is at bin A-01" in text(refused)) == (422, True)
    assert ana.post(first, taken | {"line": one.pk, "sku": "WINE"}).status_code == 422
    assert ana.post(first, taken | {"line": one.pk}).status_code == 302
    assert ben.post(second, taken | {"line": two.pk}).status_code == 302
    assert "All picked" in text(ana.get(first))


def test_a_count_never_shows_the_books_before_another_person_decides(owner, stocked):
    ana, ben, chief = (desk(owner, name) for name in ("ana", "ben", "chief"))
    row = LotBalance.objects.get()

    page = ana.post(f"{HOME}counts/", {"shelf": f"lot-{row.pk}"}).headers["Location"]
    assert ">20<" not in text(ana.get(page))
    assert ana.post(page, {"counted": "-1"}).status_code == 422
    ana.post(page, {"counted": "18"})
    assert "Please count again" in text(ana.get(page))
    ben.post(page, {"counted": "18"})
    assert "Another person must decide" in text(ana.get(page))
    assert ana.post(f"{page}decision/", {"answer": "book"}).status_code == 403
    assert chief.post(f"{page}decision/", {"answer": "book", "note": "broken"}).status_code == 302

    assert (Count.objects.get().state, StockBalance.objects.get().quantity) == ("BOOKED", 18)


def test_goods_are_asked_out_of_bond_and_a_lot_is_recalled(owner, stocked):
    zone = Warehouse.objects.create(code="CN-YSZ", name="Yangshan", kind="bonded", country="CN")
    bond = actions.receive(
        "SHRIMP", zone, 9, lot_number="L7", expires_on=date(2031, 1, 1), customs_status="bonded",
        entry_number="CN-E-1", owner=owner, at=NOON,
    )  # fmt: skip
    ana = desk(owner, "ana")
    page = f"{HOME}shelves/{bond.pk}/"

    assert "Take out of bond" in text(ana.get(page))
    ask = {"lot_number": "L7", "quantity": "4", "purpose": "re-export", "key": "w1"}
    for _tap in range(2):
        assert ana.post(f"{page}withdrawals/", ask).status_code == 302
    assert ana.post(f"{page}withdrawals/", ask | {"quantity": "99", "key": "w2"}).status_code == 409
    assert Withdrawal.objects.get().quantity == 4
    assert ana.post(f"{HOME}lots/", {"sku": "SHRIMP", "lot": "L1", "step": "recall"}).status_code == 302
    assert StockBalance.objects.get(warehouse=stocked.warehouse).left == 0


def test_a_transfer_is_taken_in_with_what_is_missing(owner, stocked):
    other = Warehouse.objects.create(code="AR-BUE", name="Buenos Aires", country="AR", owner=owner)
    sent = transfers.send(start=stocked.warehouse, end=other, wanted={"SHRIMP": 6}, key="t", at=NOON)
    ana, line = desk(owner, "ana"), sent.lines.get()
    page = f"{HOME}transfers/{sent.number}/"

    assert ana.post(page, {f"whole-{line.pk}": "7"}).status_code == 422
    assert ana.post(page, {f"whole-{line.pk}": "x"}).status_code == 422
    assert ana.post(page, {f"whole-{line.pk}": "4", f"damaged-{line.pk}": "1"}).status_code == 302
    assert "1 short" in text(ana.get(page))
    assert Transfer.objects.get().state == "RECEIVED"


def test_only_the_owners_people_with_the_role_see_the_stores(owner, stocked, django_assert_max_num_queries):
    inbound = Inbound.objects.create(
        number="IN-1", warehouse=stocked.warehouse, owner=owner, announced_at=NOON
    )
    count = Count.objects.create(number="CNT-1", balance=stocked, opened_at=NOON)
    pages = [
        HOME, f"{HOME}inbound/", f"{HOME}inbound/{inbound.number}/", f"{HOME}counts/{count.number}/",
        f"{HOME}shelves/{stocked.pk}/",
    ]  # fmt: skip
    ana, finance = desk(owner, "ana"), desk(owner, "fin", role="finance")
    stranger = desk(company("COM-2"), "eve")

    assert [ana.get(page).status_code for page in pages] == [200] * 5
    assert [finance.get(page).status_code for page in pages] == [403] * 5
    assert [stranger.get(page).status_code for page in pages] == [200, 200, 404, 404, 404]
    assert [Client().get(page).status_code for page in pages] == [302] * 5
    with django_assert_max_num_queries(25):
        ana.get(HOME)
