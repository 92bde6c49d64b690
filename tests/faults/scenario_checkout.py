"""Buyers who press twice, come too late, or meet a crash: one order, one payment, never paid-and-nothing."""

from __future__ import annotations

import os
import time
from functools import partial

import httpx
from django.db.models import Sum

from logistics.warehousing.models import Reservation
from orders.models import Order, OrderGroup
from orders.payments import actions as payments
from orders.payments.models import Payment, Refund
from tests.faults import points
from tests.faults.house import PHONE, Buyer, House, group_of, pay, together
from tests.faults.stock import goods, left

THREE = {"BASKET": 1, "BATIK": 1, "MALBEC": 1}


def _group(key: str) -> OrderGroup:
    return OrderGroup.objects.get(key=key)


def last_item_of_a_three_seller_cart_taken_at_the_same_time(house: House) -> None:
    """Twelve buyers, one basket: one whole purchase, no partial one, no reservation left (plan 2)."""
    goods("BATIK", 20)
    goods("MALBEC", 20)
    goods("BASKET", 1)
    buyers, forms = [Buyer(house) for _ in range(12)], []
    for n, buyer in enumerate(buyers):
        buyer.fill(THREE if n % 2 else {"BASKET": 1})
        forms.append(buyer.checkout())
    before = Order.objects.count()

    works = [partial(buyer.order, form) for buyer, form in zip(buyers, forms, strict=True)]
    statuses = [getattr(answer, "status_code", answer) for answer in together(works, 12)]

    assert sorted(statuses, key=str) == [302] + [409] * 11, statuses
    [group] = OrderGroup.objects.filter(key__in=[form["key"] for form in forms])
    assert Order.objects.count() - before == group.orders.count()
    taken = 1 if group.orders.count() == 3 else 0
    assert (left("BASKET"), left("BATIK"), left("MALBEC")) == (0, 20 - taken, 20 - taken)
    numbers = set(Order.objects.values_list("number", flat=True))
    stray = Reservation.objects.filter(reference__startswith="ORD-").exclude(reference__in=numbers)
    assert not stray.exists(), f"{stray.count()} reservations belong to no order"
    house.age(group.number, 90)
    house.wait(lambda: left("BASKET") == 1, 40, "the goods of an unpaid purchase were not given back")


def paying_after_the_goods_were_let_go(house: House) -> None:
    """Late money is used while the goods are there, else it goes back; never paid-and-nothing (plan 3)."""
    goods("BASKET", 2)
    house.knobs(late_success_seconds=3600)
    groups = []
    for _ in range(2):
        buyer = Buyer(house)
        buyer.fill({"BASKET": 1})
        form = buyer.checkout()
        PHONE.post(buyer.order(form).headers["location"], data={"method": "bank"}, timeout=30)
        groups.append(_group(form["key"]))
    kept, gone = groups
    for group in groups:
        house.age(group.number, 45)
    house.wait(lambda: left("BASKET") == 2, 60, "the goods of late buyers were not given back")
    first = Buyer(house).buy({"BASKET": 1})
    house.wait(
        lambda: OrderGroup.objects.get(number=first).state == "PAID", 30, "the quick buyer is not paid"
    )

    house.clock(3700)
    paid = Payment.objects.filter(reference__in=[kept.number, gone.number], state="PAID")
    house.wait(lambda: paid.count() == 2, 60, "the late money was not heard of")
    house.settle()

    states = sorted(OrderGroup.objects.filter(pk__in=[kept.pk, gone.pk]).values_list("state", flat=True))
    assert states == ["PAID", "REFUNDED"], states
    back = Refund.objects.filter(payment__reference__in=[kept.number, gone.number])
    assert [row.state for row in back] == ["DONE"], [row.state for row in back]
    assert left("BASKET") == 0

    closed = Buyer(house)
    goods("BASKET", 1)
    closed.fill({"BASKET": 1})
    form = closed.checkout()
    page = closed.order(form).headers["location"]
    house.age(group_of(form["key"]), 90)
    house.wait(lambda: _group(form["key"]).state == "CANCELLED", 60, "an unpaid purchase was not called off")
    house.wait(lambda: pay(page).status_code == 410, 40, "the page of a cancelled purchase still takes money")


def one_key_pressed_fifty_times_at_once(house: House) -> None:
    """One order, one page at the provider, fifty equal answers (plan 4)."""
    goods("COFFEE", 60)
    buyer = Buyer(house)
    buyer.fill({"COFFEE": 1})
    form = buyer.checkout()

    answers = together([partial(buyer.order, form)] * 50, 16)

    failed = [answer for answer in answers if not isinstance(answer, httpx.Response)]
    assert not failed, failed[:2]
    said = {(answer.status_code, answer.headers.get("location")) for answer in answers}
    assert [status for status, _ in said] == [302], said
    group = _group(form["key"])
    assert len(house.things("checkout.session", client_reference_id=group.number)) == 1
    assert left("COFFEE") == 59
    pay(answers[0].headers["location"])
    house.wait(lambda: _group(form["key"]).state == "PAID", 40, "the one order was not paid")


def a_key_with_another_order_or_without_a_key(house: House) -> None:
    """The same key with other contents gets 422, a missing key 400; nothing changes (plan 5)."""
    goods("COFFEE", 60)
    buyer = Buyer(house)
    buyer.fill({"COFFEE": 2})
    form = buyer.checkout()
    assert buyer.order(form).status_code == 302
    before = (OrderGroup.objects.count(), left("COFFEE"))

    other = buyer.order({**form, "street": "Another street 1"})
    none = buyer.order({**form, "key": ""})

    assert (other.status_code, none.status_code) == (422, 400), (other.status_code, none.status_code)
    assert (OrderGroup.objects.count(), left("COFFEE")) == before
    assert buyer.order(form).status_code == 302
    house.age(group_of(form["key"]), 90)


def the_message_overtakes_our_own_answer(house: House) -> None:
    """The buyer pays and the provider tells before we stored the page's number: paid once (plan 7)."""
    goods("COFFEE", 60)
    house.knobs(delay_ms=[0, 1], duplicate_percent=100)
    buyer = Buyer(house)
    buyer.fill({"COFFEE": 1})
    form = buyer.checkout()
    known = {row["id"] for row in house.things("checkout.session")}
    points.arm("page:after", "sleep")

    def quick() -> int:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            fresh = [row for row in house.things("checkout.session") if row["id"] not in known]
            if fresh:
                return pay(fresh[0]["url"]).status_code
            time.sleep(0.02)
        return 0

    answer, paid = together([partial(buyer.order, form), quick], 2)

    assert (answer.status_code, paid) == (302, 303), (answer, paid)
    house.wait(lambda: _group(form["key"]).state == "PAID", 40, "the overtaken payment was not heard of")
    house.settle()
    assert len(house.things("charge", status="succeeded", transfer_group=group_of(form["key"]))) == 1


def kill_9_of_the_web_at_twelve_points_of_checkout(house: House) -> None:
    """Each point five times: every order ends paid or called off, and the provider agrees (plan 9)."""
    goods("COFFEE", 200)
    house.knobs(delay_ms=[20, 400], duplicate_percent=10)
    keys: list[tuple[str, bool, str]] = []
    for n in range(int(os.environ.get("FAULT_KILLS", "5"))):
        for point in points.POINTS:
            buyer = Buyer(house)
            buyer.fill({"COFFEE": 1})
            form = buyer.checkout()
            points.arm(point)
            page, stays = "", (n + len(keys)) % 2 == 0
            for _try in range(3):
                try:
                    page = buyer.order(form).headers.get("location", "")
                    break
                except httpx.HTTPError:
                    if not stays:
                        break
                    time.sleep(0.3)
            if page.startswith(house.outside):
                pay(page)
                bought = group_of(form["key"])
                try:
                    buyer.http.get(f"/checkout/{bought}/done/")
                except httpx.HTTPError:
                    pass
            keys.append((form["key"], bool(page), point))
            points.disarm()
    known = OrderGroup.objects.filter(key__in=[key for key, _, _ in keys])
    for group in known.filter(state="PLACED"):
        if not house.things("charge", status="succeeded", transfer_group=group.number):
            house.age(group.number, 90)
    house.within(
        lambda: not known.filter(state="PLACED").exists(),
        60,
        f"{known.filter(state='PLACED').count()} orders are neither paid nor called off after a minute",
    )
    house.settle()
    for group in known:
        charges = house.things("charge", status="succeeded", transfer_group=group.number)
        assert len(charges) == (1 if group.state == "PAID" else 0), (group.number, group.state, len(charges))
    for key, went_on, point in keys:
        served = known.filter(key=key, state="PAID").exists()
        assert not went_on or served, f"{point}: a buyer who went on is not served"


def the_provider_fails_in_every_way(house: House) -> None:
    """Lost answers, 500, 429, nobody there: one page, one charge, one refund, a sentence (plan 13)."""
    goods("COFFEE", 60)
    groups = []
    for knob in ("lose_answer_next", "fail_next", "rate_limit_next", "away"):
        buyer = Buyer(house)
        buyer.fill({"COFFEE": 1})
        form = buyer.checkout()
        if knob == "away":
            house.kill("sandbox")
        else:
            house.knobs(**{knob: 3})
        answer = buyer.order(form)
        if answer.status_code != 302:
            assert answer.status_code == 503, answer.status_code
            assert "does not answer just now" in answer.text
        if knob == "away":
            time.sleep(3)
            house.up()
        for _ in range(6):
            if answer.status_code == 302:
                break
            answer = buyer.order(form)
        assert answer.status_code == 302, f"{knob}: the same key does not find back"
        pay(answer.headers["location"])
        groups.append(_group(form["key"]))
        assert len(house.things("checkout.session", client_reference_id=groups[-1].number)) == 1, knob
    paid = OrderGroup.objects.filter(pk__in=[one.pk for one in groups], state="PAID")
    house.wait(lambda: paid.count() == len(groups), 60, "not every payment was heard of")
    for knob, group in zip(("lose_answer_next", "fail_next", "rate_limit_next", ""), groups, strict=True):
        if knob:
            house.knobs(**{knob: 3})
        number = group.orders.get().number
        payments.refund(number, None, "test", f"fault-{number}")
        house.wait(
            Refund.objects.filter(key=f"fault-{number}", state="DONE").exists, 90, f"{knob}: no refund"
        )
        charge = Payment.objects.get(reference=group.number).charge
        assert len(house.things("refund", charge=charge)) == 1, knob
    house.knobs(lose_answer_next=0, fail_next=0, rate_limit_next=0)
    assert Refund.objects.filter(payment__reference__in=[g.number for g in groups]).aggregate(
        sum=Sum("amount")
    )["sum"] == sum(group.total_amount for group in groups)


HOUSE = (
    last_item_of_a_three_seller_cart_taken_at_the_same_time,
    paying_after_the_goods_were_let_go,
    one_key_pressed_fifty_times_at_once,
    a_key_with_another_order_or_without_a_key,
    the_message_overtakes_our_own_answer,
    kill_9_of_the_web_at_twelve_points_of_checkout,
    the_provider_fails_in_every_way,
)
