"""A maker sends own goods to another store, with cover or without, and covers them later."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from logistics.insurance import actions as insurance
from logistics.insurance.models import Policy
from logistics.warehousing.models import StockBalance, Transfer, Warehouse
from marketplace.accounts.models import Company
from tests.logistics.test_store_pages import (  # noqa: F401
    company,
    desk,
    house,
    owner,
    stocked,
    text,
)

D = Decimal
PAGE = "/sell/warehouse/transfers/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def zone(db: None) -> Warehouse:
    insurance.load_products()
    return Warehouse.objects.create(
        code="CN-YSZ", name="Yangshan", kind="bonded", country="CN", town="Shanghai"
    )


@pytest.fixture
def ana(request: pytest.FixtureRequest) -> Client:
    return desk(request.getfixturevalue("owner"), "ana")


def given(request: pytest.FixtureRequest, zone: Warehouse, **more: str) -> dict[str, str]:
    shelf = request.getfixturevalue("stocked")
    return {
        "shelf": str(shelf.pk), "quantity": "6", "end": str(zone.pk), "mode": "reefer", "key": "k",
        "worth": "",
    } | more  # fmt: skip


def test_goods_are_sent_once_and_are_in_neither_store(request, ana: Client, zone: Warehouse):
    form = given(request, zone)

    answers = [ana.post(PAGE, form | {"act": "send"}) for _twice in range(2)]

    made = Transfer.objects.get()
    assert {a["Location"] for a in answers} == {f"{PAGE}{made.number}/"}
    assert made.owner is not None
    assert (made.arrives_as, made.owner.number) == ("bonded", "COM-1")
    assert list(StockBalance.objects.values_list("quantity", flat=True)) == [14]
    assert not Policy.objects.exists()


def test_the_premium_and_its_exclusions_stand_there_before_anything_leaves(
    request, ana: Client, zone: Warehouse
):
    """USD 10,000 × 110 % × 0.45 % = 49.50; own share 1 % = 110.00."""
    form = given(request, zone, worth="10000", insured="on", frozen="on")

    shown = text(ana.post(PAGE, form))
    before = Transfer.objects.count()
    ana.post(PAGE, form | {"act": "send"})

    assert "49.50" in shown
    assert "Spoiling without a stop of the cooling machine" in shown
    assert before == 0
    policy = Policy.objects.get()
    assert (policy.order_number, policy.premium_amount) == (Transfer.objects.get().number, D("49.50"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": "0"}, "greater than or equal to 1"),
        ({"quantity": "-3"}, "greater than or equal to 1"),
        ({"quantity": "21"}, "20"),
        ({"insured": "on"}, "Say what the goods are worth"),
        ({"insured": "on", "worth": "-5"}, "greater than or equal to 1"),
        ({"end": "999999"}, "valid choice"),
        ({"mode": "rocket"}, "valid choice"),
        (
            {"insured": "on", "worth": "100", "mode": "road", "frozen": "on", "act": "send"},
            "No cover is sold",
        ),
    ],
)
def test_bad_input_is_refused_in_words_and_nothing_moves(
    request, ana: Client, zone: Warehouse, change: dict[str, str], words: str
):
    answer = ana.post(PAGE, given(request, zone) | change)

    assert answer.status_code == 422
    assert words in text(answer)
    assert not Transfer.objects.exists()
    assert StockBalance.objects.get().quantity == 20


def test_the_same_store_or_anothers_goods_are_refused(request, ana: Client, zone: Warehouse):
    shelf = request.getfixturevalue("stocked")
    stranger = desk(company("COM-2"), "eve")
    form = given(request, zone)

    same = ana.post(PAGE, form | {"end": str(shelf.warehouse_id)})
    theirs = stranger.post(PAGE, form)

    assert (same.status_code, "another store" in text(same)) == (422, True)
    assert (theirs.status_code, "nothing to send yet" in text(theirs)) == (422, True)
    assert not Transfer.objects.exists()


def test_goods_sent_bare_are_covered_until_they_have_arrived(request, ana: Client, zone: Warehouse):
    ana.post(PAGE, given(request, zone))
    made = Transfer.objects.get()
    page = f"{PAGE}{made.number}/cover/"
    form = {"worth": "10000", "mode": "sea"}

    empty = ana.post(page, {"worth": "", "mode": "sea"})
    shown = text(ana.post(page, form))
    bound = ana.post(page, form | {"act": "bind"})
    again = ana.post(page, form | {"act": "bind"})
    ana.post(f"{PAGE}{made.number}/handover/")

    assert (empty.status_code, "27.50" in shown, bound.status_code) == (422, True, 302)
    assert (again.status_code, "are covered under" in text(again)) == (422, True)
    assert Policy.objects.get().state == Policy.State.RUNNING
    assert desk(company("COM-3"), "mal").get(page).status_code == 404


def test_a_maker_without_goods_is_told_what_to_do(zone: Warehouse):
    bare: Company = company("COM-9")

    shown = text(desk(bare, "leo").get(PAGE))

    assert "You have nothing to send yet." in shown
