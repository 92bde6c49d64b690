"""Listen to everything that is said between the product and the provider's twin, and compare it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from marketplace.sandbox import money
from marketplace.sandbox import stripe as twin
from marketplace.sandbox.web import Answer, Request, nested
from tests.stripe import description

# The types of stripe-python for what we create.
TYPED: Final = {
    "/v1/checkout/sessions": "stripe.params.checkout._session_create_params.SessionCreateParams",
    "/v1/payment_intents": "stripe.params._payment_intent_create_params.PaymentIntentCreateParams",
    "/v1/refunds": "stripe.params._refund_create_params.RefundCreateParams",
    "/v1/transfers": "stripe.params._transfer_create_params.TransferCreateParams",
    "/v1/payouts": "stripe.params._payout_create_params.PayoutCreateParams",
    "/v1/files": "stripe.params._file_create_params.FileCreateParams",
    "/v1/webhook_endpoints": "stripe.params._webhook_endpoint_create_params.WebhookEndpointCreateParams",
}
problems: Final[list[str]] = []
seen: Final[dict[str, int]] = {}


def check(request: Request, answer: Answer) -> None:
    """Note what is not as described; a request that was refused may be as wrong as a test likes it."""
    where = f"{request.method} {request.path}"
    seen[where] = seen.get(where, 0) + 1
    files = "multipart/form-data" in request.headers.get("content-type", "")
    body = "" if files else request.body.decode()
    form = {k: v[0] if isinstance(v, tuple) else v for k, v in request.form.items()} if files else None
    ours = "PythonBindings" in request.headers.get("user-agent", "")
    if answer.status == 200 or (ours and answer.status >= 429):
        found = description.wrong_request(request.method, request.path, request.query, body, form)
        if request.method == "POST" and request.path in TYPED:
            found += description.wrong_params(TYPED[request.path], form or nested(body))
        problems.extend(f"{where}: {problem}" for problem in found)
    if answer.status == 200 or answer.status in range(400, 429):
        problems.extend(f"answer to {where}: {p}" for p in description.wrong_things(json.loads(answer.body)))


def listen() -> Callable[[], None]:
    """Begin to listen; the returned function ends it."""
    answer, tell = twin.answer, money.tell

    def answered(store: Any, request: Request, address: str) -> Answer:
        given = answer(store, request, address)
        check(request, given)
        return given

    def told(*args: Any, **words: Any) -> Any:
        event = tell(*args, **words)
        problems.extend(f"event {event['type']}: {p}" for p in description.wrong_things(money.public(event)))
        return event

    twin.answer, money.tell = answered, told

    def end() -> None:
        twin.answer, money.tell = answer, tell

    return end
