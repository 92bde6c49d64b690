"""The adapter against Stripe itself, when STRIPE_TEST_KEY holds a test-mode key; the differences are printed.

The same steps run against our twin; what we read of both must have the same kinds and states. Without a
key this is reported as skipped, never as passed.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
import stripe
from django.utils import timezone
from pytest_django import Settings

from marketplace.kit.money import Money
from marketplace.sandbox.app import Sandbox
from orders.payments.gateways.base import PageWanted, ProviderRefused
from orders.payments.gateways.stripe import API_VERSION, StripeGateway

KEY = os.environ.get("STRIPE_TEST_KEY", "")


def scenario(name: str) -> dict[str, object]:
    """Open a page, look it up, close it, ask for what does not exist; say what we read of each answer."""
    gateway = StripeGateway()
    wanted = PageWanted(
        key=f"pay:{name}", reference=f"LIVE-{name}", amount=Money.from_minor(12_345, "EUR"),
        email="b@example.com", description="Sisal basket", success_url="https://example.com/done/",
        cancel_url="https://example.com/back/", expires_at=timezone.now() + timedelta(minutes=40),
    )  # fmt: skip
    page, again = gateway.open_page(wanted), gateway.open_page(wanted)
    seen: dict[str, object] = {
        "same key, same page": page.session == again.session,
        "prefix": page.session[:8],
        "page opens": page.url.startswith("http"),
        "open": gateway.look_up(page.session).state,
    }
    gateway.close_page(page.session, f"close:{name}")
    seen["closed"] = gateway.look_up(page.session).state
    try:
        gateway.look_up("cs_test_none")
    except ProviderRefused as refusal:
        seen["unknown"] = type(refusal).__name__
    return seen


def raw(key: str, base: str) -> dict[str, Any]:
    """Give the kinds of the fields of a payment intent that is paid by a test card."""
    client = stripe.StripeClient(key, stripe_version=API_VERSION, base_addresses={"api": base})
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "eur"})
    read = ("id", "amount", "currency", "status", "latest_charge", "metadata")
    return {name: type(getattr(intent, name)).__name__ for name in read}


@pytest.mark.live
@pytest.mark.skipif(not KEY, reason="no STRIPE_TEST_KEY: nothing was compared with Stripe itself")
def test_stripe_answers_as_our_twin_does(sandbox: Sandbox, settings: Settings) -> None:
    name = timezone.now().strftime("%Y%m%d%H%M%S")
    ours, our_kinds = scenario(name), raw("sk_test_sandbox", sandbox.address)
    settings.STRIPE_API_KEY, settings.STRIPE_API_BASE = KEY, "https://api.stripe.com"

    theirs, their_kinds = scenario(name), raw(KEY, "https://api.stripe.com")

    for mine, other in ((ours, theirs), (our_kinds, their_kinds)):
        different = {one: (mine.get(one), other.get(one)) for one in other if mine.get(one) != other.get(one)}
        print(different or "no differences")  # noqa: T201
        assert not different
