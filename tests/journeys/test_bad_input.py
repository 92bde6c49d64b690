"""Bad input over the real pages and the API: a clear sentence, the right status, nothing changed."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import time
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from marketplace.sandbox.app import Sandbox
from orders.models import OrderGroup
from orders.payments.models import Payment
from tests.house import walls
from tests.house.walls import World
from tests.journeys import steps
from tests.orders import world

pytestmark = pytest.mark.django_db
LONG, RTL = "x" * 101, "שלום \u202e 🧺 مرحبا"
GOODS = {
    "hs_code": "460219", "origin": "KE", "description": "basket of sisal", "quantity": "2",
    "unit_value": {"amount": "30", "currency": "EUR"}, "net_weight_kg": "1", "gross_weight_kg": "1.2",
}  # fmt: skip
CASE = {
    "ship_from": {"country": "KE", "postal_code": "00100"},
    "ship_to": {"country": "DE", "postal_code": "10115"},
    "buyer": {"kind": "consumer"}, "currency": "EUR", "terms": "DDP",
    "freight": {"amount": "10", "currency": "EUR"}, "insurance": {"amount": "1", "currency": "EUR"},
    "lines": [GOODS],
}  # fmt: skip
BERLIN = steps.address("DE", "10115", "Berlin")


def bomb() -> bytes:
    """Make a PNG of a few hundred bytes that says it is 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@dataclass(frozen=True)
class Bad:
    """One wrong request: who sends what where, and which answer is right."""

    what: str
    who: str
    path: str
    data: dict[str, Any] = field(default_factory=dict)
    status: tuple[int, ...] = (422,)
    says: str = ""
    method: str = "POST"
    file: tuple[str, bytes] | None = None
    many: bool = False


def api(**changes: Any) -> dict[str, Any]:
    return {"json": {**CASE, **changes}}


def line(**changes: Any) -> dict[str, Any]:
    return api(lines=[{**GOODS, **changes}])


CART = "/cart/lines/"
COSTS = "/api/v1/landed-costs/"
PHOTOS, PAPER = "/sell/products/{product}/photos/", "/papers/{hold}/{paper}/"
TABLE = [
    # Quantities
    *(
        Bad(f"quantity {n!r}", "guest", CART, {"sku": "BASKET", "quantity": n}, (400, 409, 422), "number")
        for n in ("-3", "0", "", "1.5", "NaN", "1e9", "99999999999999999999", "many", "1\x00")
    ),
    Bad("goods that nobody sells", "guest", CART, {"sku": "NO-SUCH", "quantity": "1"}, (404, 409), "not"),
    Bad("a line of another cart", "guest", "/cart/lines/999999/", {"quantity": "2"}, (404, 409)),
    Bad("a line beyond every number", "guest", f"/cart/lines/{'9' * 30}/", {"quantity": "2"}, (404, 409)),
    # Checkout
    Bad(
        "an unknown country", "guest", "/checkout/", {**BERLIN, "country": "XX"}, says="Select a valid choice"
    ),
    Bad("a name of 101 letters", "guest", "/checkout/", {**BERLIN, "name": LONG}, says="at most 100"),
    Bad("no e-mail", "guest", "/checkout/", {**BERLIN, "email": "jana@"}, says="valid email"),
    Bad("no postcode", "guest", "/checkout/", {**BERLIN, "postal_code": ""}, says="Enter the postcode"),
    Bad("a name with a NUL", "guest", "/checkout/", {**BERLIN, "name": "J\x00"}, says="Null characters"),
    Bad(
        "a forged quote",
        "guest",
        "/checkout/",
        {**BERLIN, "quote": "QUO-FORGED"},
        (409,),
        "do not know this price",
    ),
    Bad("no key", "guest", "/checkout/", {**BERLIN, "key": ""}, (400, 409), "incomplete|cart is empty"),
    # Addresses that cannot be
    Bad("a NUL in an order number", "guest", "/orders/ORD%00/", method="GET", status=(400, 404)),
    Bad("a NUL in a product", "guest", "/products/a%00b/", method="GET", status=(400, 404)),
    Bad("an order of nobody", "guest", "/orders/ORD-999999/", method="GET", status=(404,)),
    Bad("a forged link", "guest", "/orders/link/{order}:forged/", method="GET", status=(404,)),
    Bad("a purchase of somebody else", "rival", "/checkout/{group}/payment/", status=(404,)),
    # Files
    Bad(
        "a program as a photo",
        "maker",
        PHOTOS,
        file=("a.jpg", b"MZ\x90 program"),
        status=(200, 302, 422),
        says="photo|picture|JPEG",
        many=True,
    ),
    Bad(
        "a bomb as a photo",
        "maker",
        PHOTOS,
        file=("a.png", bomb()),
        status=(200, 302, 422),
        says="40|pixel|large",
        many=True,
    ),
    Bad(
        "a program as a paper",
        "maker",
        PAPER,
        file=("a.pdf", b"MZ program"),
        status=(400, 415, 422),
        says="PDF, JPEG",
    ),
    Bad(
        "half a PDF", "maker", PAPER, file=("a.pdf", b"%PDF-1.4 half"), status=(400, 415, 422), says="cut off"
    ),
    Bad(
        "a PDF with a program",
        "maker",
        PAPER,
        file=("a.pdf", b"%PDF-1.4 /JavaScript %%EOF"),
        status=(400, 415, 422),
        says="programs",
    ),
    Bad("an empty paper", "maker", PAPER, file=("a.pdf", b" "), status=(400, 415, 422)),
    Bad("a bomb as a paper", "maker", PAPER, file=("a.png", bomb()), status=(400, 415, 422)),
    Bad(
        "a program as a list",
        "maker",
        "/sell/imports/",
        file=("a.xlsx", b"MZ program"),
        status=(400, 409, 415, 422),
    ),
    # Words of people
    Bad("stars that are none", "buyer", "/orders/{order}/reviews/", {"stars": "9", "line": "{line}"}, (302,)),
    Bad(
        "a review of another order",
        "buyer",
        "/orders/{order}/reviews/",
        {"stars": "5", "line": "999999"},
        (404,),
    ),
    Bad("a problem of two letters", "buyer", "/orders/{order}/problem/", {"reason": "ab"}, (302,)),
    Bad(
        "an account that is none",
        "maker",
        "/sell/payouts/account/",
        {"account": "", "currency": "KES"},
        (400, 409, 422),
        "number",
    ),
    Bad(
        "a postcode that is none",
        "maker",
        "/people/addresses/",
        {"country": "DE", "name": "A", "street": "B 1", "town": "C", "postal_code": "1"},
        says="10115|postcode|Postcode",
    ),
    Bad(
        "a country that is none",
        "maker",
        "/people/addresses/",
        {"country": "QQ", "name": "A", "street": "B 1", "town": "C"},
        says="valid choice|country",
    ),
    # The API
    Bad("no JSON", "guest", COSTS, {"body": b"{"}, (400,), "JSON"),
    Bad("a list", "guest", COSTS, {"json": []}, (400,)),
    Bad("an unknown country in the API", "guest", COSTS, api(ship_to={"country": "XX"}), (400,), "ship_to"),
    Bad("a negative quantity in the API", "guest", COSTS, line(quantity="-1"), (400,), "quantity"),
    Bad("an absurd quantity in the API", "guest", COSTS, line(quantity="1e400"), (400,), "quantity"),
    Bad(
        "a value that is none",
        "guest",
        COSTS,
        line(unit_value={"amount": "NaN", "currency": "EUR"}),
        (400,),
        "unit_value",
    ),
    Bad("a currency that is none", "guest", COSTS, api(currency="XXX"), (400,), "XXX"),
    Bad("no lines", "guest", COSTS, api(lines=[]), (400,), "lines"),
    Bad(
        "a forged cursor",
        "guest",
        "/api/v1/products/?cursor=forged",
        method="GET",
        status=(400,),
        says="cursor",
    ),
    # The money desk
    Bad(
        "a rate below zero",
        "finance",
        "/console/money/rates/",
        {"currency": "KES", "per_euro": "-1", "as_of": "2026-11-01", "origin": "x"},
        (302,),
    ),
    Bad("a payout of nobody", "finance", "/console/money/payouts/PO-NONE/", {"bank_reference": "x"}, (404,)),
    Bad("a decision about nothing", "finance", "/console/disputes/DSP-999999/decision/", {}, (404,)),
]


@pytest.fixture
def house() -> World:
    return World()


def send(bad: Bad, house: World, clients: dict[str, Client], hidden: dict[str, str]) -> Any:
    """Send one wrong request as a browser or a program would."""
    numbers = {
        "product": house.product.number, "hold": house.hold.number, "paper": house.asked.pk,
        "order": house.order.number, "group": house.order.group.number, "line": house.order.lines.get().pk,
    }  # fmt: skip
    client, path = clients[bad.who], bad.path.format(**numbers)
    if bad.method == "GET":
        return client.get(path)
    if "json" in bad.data:
        return client.post(path, json.dumps(bad.data["json"]), content_type="application/json")
    if "body" in bad.data:
        return client.post(path, bad.data["body"], content_type="application/json")
    data = {name: value.format(**numbers) for name, value in bad.data.items()}
    if path == "/checkout/":
        data = {**hidden, **data}
    if bad.file:
        data["photos" if bad.many else "file"] = SimpleUploadedFile(*bad.file)
    return client.post(path, data)


def test_every_wrong_request_is_answered_clearly_and_changes_nothing(house: World) -> None:
    people = {
        "maker": house.owner,
        "rival": house.person("rival", house.other, "owner"),
        "finance": house.person("finance", None, is_staff=True, desk="finance"),
    }
    clients = {name: walls.signed_in(user) for name, user in people.items()}
    clients |= {"guest": walls.signed_in(None), "buyer": walls.signed_in(None)}
    clients["buyer"].get(house.order.signed_link)
    steps.fill(clients["guest"], {"BASKET": 1}, ship_to="DE-10115", currency="EUR")
    hidden = steps.checkout_page(clients["guest"])
    before, wrong = walls.picture_of_everything(), []

    for bad in TABLE:
        answer = send(bad, house, clients, hidden)
        said = strip_tags(answer.content.decode())
        if answer.status_code == 302:
            said += strip_tags(clients[bad.who].get(answer.headers["Location"]).content.decode())
        if answer.status_code not in bad.status:
            wrong.append(f"{bad.what}: {answer.status_code} instead of {bad.status}")
        elif bad.says and not any(word in said for word in bad.says.split("|")):
            wrong.append(f"{bad.what}: does not say {bad.says!r}: {' '.join(said.split())[-300:]}")
        after = walls.picture_of_everything()
        if changed := [name for name, shot in after.items() if shot != before[name]]:
            wrong.append(f"{bad.what}: changed {changed}")
            before = after

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("path", "secret"),
    [("/logistics/tracking/", "CARRIER_SECRET"), ("/customs/authority/", "CUSTOMS_SECRET")],
)
def test_messages_with_a_bad_signature_or_from_another_time_are_refused(path: str, secret: str) -> None:
    body = json.dumps({"id": "m", "reference": "DEC-1", "state": "released"}).encode()
    now = int(time.time())
    before = walls.picture_of_everything()

    for stamp, key in [(now, "wrong"), (now + 900, None), (now - 900, None)]:
        signed = hmac.new(
            (key or getattr(settings, secret)).encode(), f"{stamp}.".encode() + body, hashlib.sha256
        )
        header = f"t={stamp},v1={signed.hexdigest()}"
        answer = Client().post(
            path, body, content_type="application/json", headers={"X-Sampan-Signature": header}
        )
        assert (answer.status_code, answer.json()["title"]) == (400, "The signature does not fit.")

    assert walls.picture_of_everything() == before


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_odd_names_are_kept_whole_and_shown_escaped(client: Client, sandbox: Sandbox) -> None:
    world.load(skus=("BASKET",))
    steps.fill(client, {"BASKET": 1}, ship_to="DE-10115", currency="EUR")
    name = f"{RTL} <script>alert(1)</script>"

    assert steps.order(client, {**BERLIN, "name": name, "town": "上海 🐉"}).status_code == 302

    group = OrderGroup.objects.get()
    assert (group.name, group.town) == (name, "上海 🐉")
    page = client.get(f"/orders/{group.orders.get().number}/").content.decode()
    assert "<script>alert(1)" not in page


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_purchase_whose_time_is_over_is_not_paid_again(client: Client, sandbox: Sandbox) -> None:
    world.load(skus=("BASKET",))
    steps.fill(client, {"BASKET": 1}, ship_to="DE-10115", currency="EUR")
    steps.order(client, BERLIN)
    group = OrderGroup.objects.get()
    OrderGroup.objects.update(pay_until=timezone.now() - timedelta(minutes=31))
    from orders.tasks import cancel_unpaid_purchases

    assert cancel_unpaid_purchases() == 1
    assert Payment.objects.get().state == "EXPIRED"  # its page takes no money any more

    answer = client.post(f"/checkout/{group.number}/payment/", follow=True)

    assert answer.status_code == 200
    assert "Nothing was charged." in answer.content.decode()
    group.refresh_from_db()
    assert group.state == "CANCELLED"
