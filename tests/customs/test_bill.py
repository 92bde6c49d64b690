"""The customs house tells over HTTP what it took: quoted against actual and the pool move by that alone."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from http.server import ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.test import Client

from customs import datasets, documents, tasks
from customs.actions.outcomes import accuracy
from customs.models import Declaration, DutyOutcome
from logistics import actions as logistics
from logistics.codes import is_s10
from logistics.models import Shipment
from marketplace.kit.money import Money
from marketplace.sandbox.app import Sandbox
from marketplace.sandbox.web import Answer, Request, serve
from orders.models import Order
from orders.payments import books
from orders.payments.actions.guarantee import pool
from tests.customs.test_documents import text_of
from tests.orders import world
from tests.orders.test_placing import paid as pay
from tests.orders.test_placing import placed
from tests.orders.world import NOW

pytestmark = pytest.mark.django_db


class Door:
    """Where the customs house sends its letters; the test hands them on, as they came."""

    def __init__(self) -> None:
        self.letters: list[tuple[bytes, str]] = []
        self.server: ThreadingHTTPServer = serve("127.0.0.1", 0, self.take)
        threading.Thread(target=self.server.serve_forever, daemon=True, args=(0.02,)).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, request: Request) -> Answer:
        self.letters.append((request.body, request.headers.get("x-sampan-signature", "")))
        return Answer("", 202)

    def wait_for(self, state: str, seconds: float = 8) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if any(json.loads(body).get("state") == state for body, _signature in self.letters):
                return
            time.sleep(0.02)
        raise AssertionError(
            f"{state} did not come: {[json.loads(b).get('state') for b, _s in self.letters]}"
        )

    def hand_on(self, callbacks: Any) -> None:
        """Give every letter to our own address, with its signature, each twice."""
        for body, signature in [*self.letters, *self.letters]:
            with callbacks(execute=True):
                answer = Client().post(
                    "/customs/authority/", body, content_type="application/json",
                    headers={"X-Sampan-Signature": signature},
                )  # fmt: skip
            assert answer.status_code in {200, 202}


@pytest.fixture
def door(settings: Any) -> Iterator[Door]:
    door = Door()
    settings.SITE_ADDRESS = door.address
    yield door
    door.server.shutdown()
    door.server.server_close()


def paid(callbacks: Any) -> Order:
    """Place and pay one order; the carrier books it and customs' checks pass."""
    world.load(skus=("BASKET",))
    with callbacks(execute=True):
        group = placed(2)
        pay(group)
    return group.orders.get()


def turn(sandbox: Sandbox, **knobs: Any) -> None:
    httpx.post(f"{sandbox.address}/sandbox/knobs", json={"manual_customs": False, **knobs}).raise_for_status()


def later(sandbox: Sandbox) -> None:
    httpx.post(f"{sandbox.address}/sandbox/clock", json={"seconds": 61}).raise_for_status()


@pytest.mark.parametrize(("percent", "share"), [(100, "0"), (110, "-0.1"), (80, "0.2")])
def test_the_bill_of_customs_moves_the_pool_and_the_comparison(
    sandbox: Sandbox, door: Door, django_capture_on_commit_callbacks: Any, percent: int, share: str
) -> None:
    turn(sandbox, customs_takes_percent=percent)
    order = paid(django_capture_on_commit_callbacks)
    promised = Money(order.duty_amount + order.tax_amount, order.currency)
    assert promised.amount > 0

    assert tasks.file_declarations() == 1
    door.wait_for("accepted")
    later(sandbox)
    door.wait_for("released")
    later(sandbox)
    door.wait_for("assessed")
    door.hand_on(django_capture_on_commit_callbacks)

    left = Money(promised.amount * Decimal(share), order.currency).rounded()
    [row] = accuracy()
    assert (row.quoted, row.difference) == (promised.rounded(), left)
    assert pool(order.currency) == left
    assert DutyOutcome.objects.get().told_by == DutyOutcome.Origin.AUTHORITY
    assert Declaration.objects.get().state == "RELEASED"
    assert all(proof.holds for proof in books.prove())


def test_a_bill_from_the_desk_corrects_the_first(
    sandbox: Sandbox, door: Door, django_capture_on_commit_callbacks: Any
) -> None:
    turn(sandbox)
    order = paid(django_capture_on_commit_callbacks)
    promised = Money(order.duty_amount + order.tax_amount, order.currency)
    tasks.file_declarations()
    door.wait_for("accepted")
    later(sandbox)
    door.wait_for("released")
    later(sandbox)
    door.wait_for("assessed")
    with sandbox.store.act() as box:
        name = box.all("declaration")[0]["id"]

    more = f"{promised.amount + Decimal('4.00'):.2f}"
    form = {"declaration": name, "state": "assessed", "amount": more, "currency": order.currency}
    assert "Duty and tax taken" in httpx.get(f"{sandbox.address}/").text
    assert httpx.post(f"{sandbox.address}/sandbox/declaration", data=form).status_code == 303
    until = time.monotonic() + 30
    # A letter that was answered slowly comes twice, so the second bill is known by its amount alone.
    while not any(more.encode() in body for body, _s in door.letters) and time.monotonic() < until:
        time.sleep(0.02)
    door.hand_on(django_capture_on_commit_callbacks)

    assert DutyOutcome.objects.count() == 2
    assert pool(order.currency) == Money(Decimal("-4.00"), order.currency)


def test_a_declaration_waits_for_the_booking_and_then_carries_its_numbers(
    sandbox: Sandbox, door: Door, django_capture_on_commit_callbacks: Any
) -> None:
    order = paid(django_capture_on_commit_callbacks)
    shipment = Shipment.objects.get(order_number=order.number)
    shipment.parcels.update(tracking_number=None)
    Shipment.objects.filter(pk=shipment.pk).update(state="OPENED")
    assert tasks.file_declarations() == 0

    logistics.book(shipment.number, at=NOW)
    assert tasks.file_declarations() == 1

    declaration = Declaration.objects.get()
    [item] = shipment.parcels.values_list("tracking_number", flat=True)
    assert is_s10(str(item))
    document = {"type": "N703", "reference": shipment.number, "itemNumbers": [item]}
    assert datasets.complete(declaration, "ens")["houseConsignment"] == document
    assert datasets.complete(declaration, "h7")["transportDocument"] == document
    assert datasets.complete(declaration, "itmatt")["itemNumbers"] == [item]
    assert shipment.number.encode() in datasets.file_of(declaration, "sad")
    paper = text_of(documents.cn23(declaration))
    assert f"Item number {item}" in paper
    assert f"Waybill {shipment.number}" in paper
    assert django_settings.CUSTOMS_ADDRESS.startswith(sandbox.address)
