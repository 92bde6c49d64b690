"""A seller's freight page and the packer's picture: every figure from the engine that prices carts."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from logistics import actions, freight, network, starter
from logistics.models import Shipment
from logistics.options import Consignment, Piece, options, price_of
from logistics.packplan import plan_of
from logistics.views import milestones
from marketplace.accounts.models import Company, Membership, User
from tests.logistics.test_shared_boxes import BERLIN, MENDOZA, usd

D = Decimal
pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
PIECE = Piece("A", 1, D(2), (D(20), D(15), D(10)))
GOODS = Consignment(MENDOZA, BERLIN, (PIECE,), usd("50"))


@pytest.fixture(autouse=True)
def ways(db) -> None:
    starter.load()
    network.forget()


@pytest.fixture
def seller(db) -> Company:
    return Company.objects.create(
        number="COM-1", slug="com-1", name="Uco", country="AR", currency="USD", is_seller=True,
        town="Lujan de Cuyo", postal_code="M5507", state=Company.State.APPROVED,
    )  # fmt: skip


@pytest.fixture
def desk(seller: Company) -> Client:
    user = User.objects.create_user("s@example.com", "secret", company=seller, name="S")
    Membership.objects.create(user=user, company=seller, role="fulfilment")
    client = Client()
    client.force_login(user)
    return client


def test_a_batch_day_prices_a_week_s_first_mile_once_for_the_whole_weight():
    sent = [freight.Sent(date(2026, 11, day), GOODS, "standard") for day in (24, 24, 25)]

    seen = freight.picture(sent, MONDAY)

    batch = next(one for one in seen.savings if one.code == "batch")
    option = options(GOODS, MONDAY).get("standard")
    assert option is not None
    net = network.current()
    leg = next(x for x in net.legs.values() if x.rule.id == option.charges[0].rule.id)  # type: ignore[union-attr]
    level = next(one for one in net.levels if one.code == "standard")
    each = price_of([leg], level, [PIECE.box]).amount
    together = price_of([leg], level, [PIECE.box] * 3).amount
    assert (batch.now, batch.then) == (usd(str(each * 3)).rounded(), usd(str(together)).rounded())
    assert "Tuesday" in str(batch.title)
    assert batch.share == 60  # three of 2 kg pay the smallest load of 5 kg three times, together 6 kg once


def test_the_lane_says_which_part_is_paid_before_export():
    seen = freight.picture([freight.Sent(MONDAY, GOODS, "standard")], MONDAY)

    option = options(GOODS, MONDAY).get("standard")
    assert option is not None
    assert option.domestic is not None
    lane = seen.lanes[0]
    assert (lane.total, lane.domestic, lane.co2_kg) == (option.price, option.domestic, option.co2_kg)
    assert lane.share == freight.percent(option.domestic, option.price)


def test_a_container_is_offered_only_where_four_weeks_of_goods_go_cheaper_by_sea():
    much = Piece("A", 1, D(25), (D(50), D(40), D(40)))
    goods = Consignment(MENDOZA, BERLIN, (much,), usd("50"))
    sent = freight.trial(goods, much, code="express", weekly=10, on=MONDAY)

    container = next(one for one in freight.picture(sent, MONDAY).savings if one.code == "container")
    alone = [one.code for one in freight.picture([freight.Sent(MONDAY, GOODS, "express")], MONDAY).savings]

    assert container.saved.amount > 0
    assert container.co2_kg is not None
    assert container.co2_kg > 0
    assert "container" not in alone


def test_the_page_prices_a_trial_and_refuses_a_weight_of_nothing(desk: Client):
    asked = {
        "kg": "2", "length": "20", "width": "15", "height": "10", "country": "DE", "weekly": "5",
        "code": "standard",
    }  # fmt: skip

    empty = desk.get("/sell/freight/").content.decode()
    trial = desk.get("/sell/freight/", asked).content.decode()
    bad = desk.get("/sell/freight/", {**asked, "kg": "0"})

    assert "No freight to look at yet" in empty
    assert "of your freight to" in trial
    assert "saves" in trial
    assert bad.status_code == 400
    assert Client().get("/sell/freight/").status_code == 302


def test_the_packer_sees_where_each_thing_lies(desk: Client, seller: Company):
    actions.open_shipment(
        order_number="ORD-1", seller=seller, buyer_name="B", origin=MENDOZA, destination=BERLIN,
        option_code="standard", parcels=[Piece("MUG", 3, D("0.4"), (D(10), D(10), D(9)))],
    )  # fmt: skip

    page = desk.get("/sell/orders/ORD-1/parcel/plan/").content.decode()
    part = desk.get("/sell/orders/ORD-1/parcel/plan/", headers={"HX-Request": "true"}).content.decode()

    assert page.count('class="top"') == 3
    assert page.count("<li>MUG <small>") == 3
    assert "<html" in page
    assert "<html" not in part
    assert Shipment.objects.get().parcels.get().pack_plan["name"] == "M"


def test_a_plan_is_drawn_bottom_first_and_inside_its_frame():
    rows = [
        {"sku": "B", "at": [0, 0, 90], "sides": [100, 100, 50]},
        {"sku": "A", "at": [0, 0, 0], "sides": [100, 100, 90]},
    ]

    plan = plan_of([220, 160, 140], rows)

    assert plan is not None
    assert [step.sku for step in plan.steps] == ["A", "B"]
    left, top, width, height = (float(n) for n in plan.view_box.split())
    for face in (face for step in plan.steps for face in step.faces):
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", face.points):
            assert left <= float(x) <= left + width
            assert top <= float(y) <= top + height
    assert plan_of([], rows) is None
    assert plan_of([1, 1, 1], []) is None


def test_planned_and_real_days_stand_side_by_side(seller: Company):
    made = actions.open_shipment(
        order_number="ORD-1", seller=seller, buyer_name="B", origin=MENDOZA, destination=BERLIN,
        option_code="standard", parcels=[actions.ParcelPlan(D(2), (D(20), D(15), D(10)))],
    )  # fmt: skip
    actions.attach_booking(shipment_number=made.number, booking=actions.own_numbers(made), at=made.opened_at)
    made.refresh_from_db()
    planned = date.fromisoformat(made.plan[0][2])
    late = date.fromordinal(planned.toordinal() + 2)
    actions.record_tracking(
        tracking_number=str(made.parcels.get().tracking_number),
        code="EMA",
        local_time=f"{late}T10:00:00+00:00",
    )

    rows = milestones(Shipment.objects.get())

    assert [row["late"] for row in rows] == [2, 0, 0, 0, 0]
    assert rows[1]["at"] is None
