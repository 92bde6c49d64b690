"""A guest buys: e-mails with links that work, an account by the link, papers without an account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from customs import actions as customs
from customs.actions import deciding
from customs.clearance import Found
from customs.models import Declaration, Severity
from marketplace.accounts.models import Membership, User
from marketplace.events.models import Event
from orders import actions, notices
from orders.models import Order
from tests.orders import world
from tests.orders.test_placing import JANA, paid, placed
from tests.orders.world import NOW

pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://[^/\s]+(/\S+)")


@pytest.fixture
def order(django_capture_on_commit_callbacks) -> Order:
    """One basket that a guest paid; the news of it is told."""
    world.load(skus=("BASKET",))
    with django_capture_on_commit_callbacks(execute=True):
        group = placed(1)
        paid(group)
        actions.mark_paid(group_number=group.number, captured=group.total, at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        for event in Event.objects.filter(name="OrderPaid"):
            notices.tell(event)
    return group.orders.get()


def to_guest() -> str:
    [letter] = [one for one in mail.outbox if one.to == [JANA.email] and "is paid" in one.subject]
    return str(letter.body)


def test_the_guests_e_mail_names_the_goods_and_opens_the_order(order, client):
    words = to_guest()

    opened = client.get(LINK.findall(words)[0], follow=True)

    assert "1 × " in words
    assert str(order.total.rounded()) in words
    assert opened.status_code == 200
    assert order.number in opened.content.decode()


def test_the_link_makes_an_account_that_sees_the_order(order, client):
    address = LINK.findall(to_guest())[1]

    form = client.get(address, follow=True)
    password = {"password1": "blue-harbour-9", "password2": "blue-harbour-9"}
    client.post(form.redirect_chain[-1][0], password)

    guest = User.objects.get(email=JANA.email)
    assert int(client.session["_auth_user_id"]) == guest.pk
    assert Membership.objects.get(user=guest).role == "owner"
    assert order.number in client.get("/orders/").content.decode()
    again = Client().get(address, follow=True).content.decode()
    assert "This link does not work any more" in again


def test_papers_come_when_the_maker_packs_and_only_for_the_buyer(order):
    buyer, stranger = Client(), Client()
    buyer.get(order.signed_link)
    address = f"/orders/{order.number}/papers/commercial-invoice/"

    before = buyer.get(address).status_code
    actions.pack(number=order.number, at=timezone.now())
    answer = buyer.get(address)

    assert before == 404
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert address in buyer.get(f"/orders/{order.number}/").content.decode()
    assert stranger.get(address).status_code == 404
    assert buyer.get(f"/orders/{order.number}/papers/nothing/").status_code == 404


def test_a_released_hold_is_not_shown_as_waiting(order):
    operator = User.objects.create_user("op@mail.example", is_staff=True, desk=User.Desk.CUSTOMS)
    declaration = Declaration.objects.get(order_number=order.number)
    found = Found("R-TEST-1", 1, Severity.PAPERS, "A paper is needed", "Ask for it", {}, source="test")
    hold = customs.open_hold(declaration=declaration, found=[found], at=NOW)
    buyer = Client()
    buyer.get(order.signed_link)
    held = buyer.get(f"/orders/{order.number}/").content.decode()

    deciding.release(
        hold_number=hold.number, by=operator, version=hold.version, reason="papers-good", note="It is there.",
        at=NOW + timedelta(hours=1),
    )  # fmt: skip
    free = buyer.get(f"/orders/{order.number}/").content.decode()

    assert "What happens now" in held
    assert "What happens now" not in free
