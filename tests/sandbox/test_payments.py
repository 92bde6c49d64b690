"""The payment provider's twin, talked to with the real client over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import stripe

from marketplace.sandbox.app import Sandbox
from marketplace.sandbox.web import Answer, Request, serve

SECRET = "whsec_test"


class Shop:
    """A receiver of webhooks that answers 500 to the first `stubborn` letters."""

    def __init__(self) -> None:
        self.letters: list[tuple[bytes, str]] = []
        self.stubborn = 0
        self.server: ThreadingHTTPServer = serve("127.0.0.1", 0, self.take)
        threading.Thread(target=self.server.serve_forever, daemon=True, args=(0.02,)).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, request: Request) -> Answer:
        if self.stubborn:
            self.stubborn -= 1
            return Answer("", 500)
        self.letters.append((request.body, request.headers.get("stripe-signature", "")))
        return Answer("")

    def kinds(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.letters]

    def wait_for(self, kind: str, seconds: float = 8) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for body, _ in list(self.letters):
                if json.loads(body)["type"] == kind:
                    return dict(json.loads(body)["data"]["object"])
            time.sleep(0.02)
        raise AssertionError(f"{kind} did not come; there are {self.kinds()}")


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_sandbox", base_addresses={"api": sandbox.address})


def knobs(sandbox: Sandbox, **values: object) -> None:
    httpx.post(f"{sandbox.address}/sandbox/knobs", json=values).raise_for_status()


def endpoint(client: stripe.StripeClient, shop: Shop) -> str:
    made = client.v1.webhook_endpoints.create({"url": shop.address, "enabled_events": ["*"]})
    assert made.secret
    return made.secret


def session(client: stripe.StripeClient, amount: int = 12_345, currency: str = "eur") -> Any:
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:1/done/?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:1/back/",
            "client_reference_id": "GRP-1",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": currency,
                        "unit_amount": amount,
                        "product_data": {"name": "Sisal basket"},
                    },
                }
            ],
            "payment_intent_data": {"transfer_group": "GRP-1", "metadata": {"group": "GRP-1"}},
            "metadata": {"group": "GRP-1"},
        },
        {"idempotency_key": f"open-{amount}-{currency}"},
    )


def pay(page: Any, card: str = "4242424242424242", **more: str) -> httpx.Response:
    return httpx.post(page.url, data={"card": card, "email": "b@example.com", **more})


def paid(client: stripe.StripeClient, amount: int = 12_345, currency: str = "eur") -> Any:
    page = session(client, amount, currency)
    assert pay(page).status_code == 303
    expand = ["payment_intent.latest_charge.balance_transaction"]
    found: Any = client.v1.checkout.sessions.retrieve(page.id, {"expand": expand})
    return found.payment_intent.latest_charge


def test_a_paid_page_sends_the_buyer_back_and_tells_the_shop(client: stripe.StripeClient, shop: Shop) -> None:
    secret = endpoint(client, shop)
    page = session(client)

    answer = pay(page)

    assert answer.headers["location"] == f"http://127.0.0.1:1/done/?session={page.id}"
    told = shop.wait_for("checkout.session.completed")
    assert (told["payment_status"], told["amount_total"], told["client_reference_id"]) == (
        "paid",
        12_345,
        "GRP-1",
    )
    body, signature = shop.letters[0]
    event = stripe.Webhook.construct_event(body, signature, secret)
    assert event.api_version == "2026-08-26.dahlia"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, secret)


def test_a_declined_card_takes_no_money_and_may_be_replaced(client: stripe.StripeClient) -> None:
    page = session(client)

    refused = pay(page, "4000000000000002")

    assert refused.status_code == 402
    assert "Your card was declined" in refused.text
    intent = client.v1.payment_intents.list({"limit": 1}).data[0]
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert pay(page).status_code == 303
    assert client.v1.payment_intents.retrieve(intent.id).amount_received == 12_345


@pytest.mark.parametrize(("word", "status"), [("yes", 303), ("no", 402)])
def test_3d_secure_asks_first(client: stripe.StripeClient, word: str, status: int) -> None:
    page = session(client)

    asked = pay(page, "4000002760003184")

    assert "Complete authentication" in asked.text
    assert client.v1.payment_intents.list().data[0].status == "requires_action"
    assert pay(page, "4000002760003184", secure=word).status_code == status


def test_a_second_click_charges_once(client: stripe.StripeClient) -> None:
    page = session(client)

    assert [pay(page).status_code for _ in range(3)] == [303, 303, 303]

    assert len(client.v1.charges.list().data) == 1


def test_money_by_bank_comes_when_the_clock_has_moved(
    client: stripe.StripeClient, shop: Shop, sandbox: Sandbox
) -> None:
    endpoint(client, shop)
    page = session(client)
    httpx.post(page.url, data={"method": "bank"})
    assert client.v1.checkout.sessions.retrieve(page.id).payment_status == "unpaid"

    httpx.post(f"{sandbox.address}/sandbox/clock", data={"seconds": "61"})

    assert shop.wait_for("checkout.session.async_payment_succeeded")["payment_status"] == "paid"


def test_one_key_makes_one_thing_and_other_parameters_are_refused(client: stripe.StripeClient) -> None:
    first, second = session(client), session(client)
    assert first.id == second.id

    with pytest.raises(stripe.IdempotencyError):
        client.v1.payment_intents.create(
            {"amount": 1, "currency": "eur"}, {"idempotency_key": "open-12345-eur"}
        )


def test_an_answer_that_was_lost_is_found_again_by_the_same_key(
    client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    knobs(sandbox, lose_answer_next=1)
    with pytest.raises(stripe.APIConnectionError):
        session(client)

    session(client)

    assert len(client.v1.checkout.sessions.list().data) == 1


@pytest.mark.parametrize("knob", ["fail_next", "rate_limit_next"])
def test_a_fault_passes_when_it_is_asked_again(
    client: stripe.StripeClient, sandbox: Sandbox, knob: str
) -> None:
    knobs(sandbox, **{knob: 1})

    try:
        made = session(client)
    except (stripe.APIError, stripe.RateLimitError, stripe.InvalidRequestError):
        made = session(client)

    assert [one.id for one in client.v1.checkout.sessions.list().data] == [made.id]


def test_refunds_stop_at_what_was_paid(client: stripe.StripeClient) -> None:
    charge = paid(client)
    client.v1.refunds.create({"charge": charge.id, "amount": 12_000})

    with pytest.raises(stripe.InvalidRequestError, match="345"):
        client.v1.refunds.create({"charge": charge.id, "amount": 346})

    assert client.v1.refunds.create({"charge": charge.id}).amount == 345
    assert client.v1.charges.retrieve(charge.id).refunded is True


def test_a_transfer_draws_on_its_charge_in_the_currency_it_was_settled_in(
    client: stripe.StripeClient,
) -> None:
    charge = paid(client, 100_000, "cny")
    seller = client.v1.accounts.create({"country": "DE"})
    # 1,000.00 CNY / 8.24 x 0.98 = 118.93 EUR
    assert (charge.balance_transaction.amount, charge.balance_transaction.currency) == (11_893, "eur")
    wanted: Any = {"amount": 8_000, "destination": seller.id, "source_transaction": charge.id}

    with pytest.raises(stripe.InvalidRequestError, match="currency"):
        client.v1.transfers.create(wanted | {"currency": "cny"})

    sent = client.v1.transfers.create(wanted | {"currency": "eur", "transfer_group": "GRP-1"})
    balance = client.v1.balance.retrieve(options={"stripe_account": seller.id})
    assert [(one.amount, one.currency) for one in balance.available] == [(8_000, "eur")]
    with pytest.raises(stripe.InvalidRequestError, match="exceed"):
        client.v1.transfers.create(wanted | {"currency": "eur"})
    back = client.v1.transfers.reversals.create(sent.id, {"amount": 3_000})
    assert (back.amount, client.v1.transfers.retrieve(sent.id).amount_reversed) == (3_000, 3_000)


def test_pending_money_becomes_available_with_time(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    paid(client, 10_000)
    seller = client.v1.accounts.create({"country": "DE"})
    wanted: Any = {"amount": 5_000, "currency": "eur", "destination": seller.id}
    with pytest.raises(stripe.InvalidRequestError, match="insufficient"):
        client.v1.transfers.create(wanted)

    httpx.post(f"{sandbox.address}/sandbox/clock", data={"seconds": "172801"})

    # 100.00 less 1.5 % and 0.25
    assert client.v1.balance.retrieve().available[0].amount == 9_825
    assert client.v1.transfers.create(wanted).amount == 5_000


def test_the_shop_hears_again_until_it_answers(client: stripe.StripeClient, shop: Shop) -> None:
    endpoint(client, shop)
    shop.stubborn = 2

    client.v1.payment_intents.create({"amount": 500, "currency": "eur"})

    assert shop.wait_for("payment_intent.created")["amount"] == 500


def test_letters_come_twice_now_and_then(client: stripe.StripeClient, shop: Shop, sandbox: Sandbox) -> None:
    endpoint(client, shop)
    knobs(sandbox, duplicate_percent=100)

    client.v1.payment_intents.create({"amount": 500, "currency": "eur"})

    until = time.monotonic() + 5
    while len(shop.letters) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    assert len({body for body, _ in shop.letters}) == 1
    assert len(shop.letters) == 2


def test_lists_come_in_pages(client: stripe.StripeClient) -> None:
    made = [client.v1.payment_intents.create({"amount": 100 + n, "currency": "eur"}).id for n in range(5)]

    seen = [one.id for one in client.v1.payment_intents.list({"limit": 2}).auto_paging_iter()]

    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("path", "data", "status", "code"),
    [
        ("/v1/payment_intents", {"currency": "eur"}, 400, "parameter_missing"),
        ("/v1/payment_intents", {"amount": "12.5", "currency": "eur"}, 400, "parameter_invalid_integer"),
        ("/v1/refunds", {"charge": "ch_none"}, 404, "resource_missing"),
        ("/v1/unknown", {}, 404, "url_invalid"),
    ],
)
def test_mistakes_are_answered_in_the_providers_form(
    sandbox: Sandbox, path: str, data: dict[str, str], status: int, code: str
) -> None:
    answer = httpx.post(sandbox.address + path, data=data, headers={"Authorization": "Bearer sk"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["request-id"].startswith("req_")


def test_without_a_key_nobody_comes_in(sandbox: Sandbox) -> None:
    assert httpx.get(f"{sandbox.address}/v1/balance").status_code == 401
