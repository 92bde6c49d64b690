"""The provider's twin under faults: what is dropped, doubled, delayed and shuffled follows a seed."""

from __future__ import annotations

import itertools
import re
import sys
from typing import Any

import httpx
import pytest
import stripe

from marketplace import services
from marketplace.sandbox import __main__ as program
from marketplace.sandbox import stripe as twin
from marketplace.sandbox.app import Sandbox
from marketplace.sandbox.web import nested
from tests.sandbox.test_payments import Shop, endpoint, knobs, paid
from tests.stripe import description

HEAD = {"Authorization": "Bearer sk_test_sandbox"}


def letters(sandbox: Sandbox) -> list[tuple[int, str]]:
    """How often each event was posted, and which, in the order in which they are due."""
    with sandbox.store.act() as box:
        box.cursor.execute(
            "SELECT count(*), body::jsonb #>> '{data,object,amount}' FROM sandbox.letter"
            " GROUP BY body::jsonb ->> 'id', 2 ORDER BY min(due)"
        )
        return [(int(count), str(amount)) for count, amount in box.cursor.fetchall()]


def intents(found: stripe.StripeClient, count: int) -> None:
    for n in range(count):
        found.v1.payment_intents.create({"amount": 100 + n, "currency": "eur"})


def posted(sandbox: Sandbox, found: stripe.StripeClient, **given: object) -> list[tuple[int, str]]:
    """What twelve events become under these knobs; nothing is carried meanwhile."""
    with sandbox.store.act() as box:
        box.cursor.execute("TRUNCATE sandbox.letter")
    knobs(sandbox, delay_ms=[60_000, 3_600_000], **given)
    intents(found, 12)
    return letters(sandbox)


def test_the_same_seed_drops_doubles_and_shuffles_the_same(
    client: stripe.StripeClient,
    shop: Shop,
    sandbox: Sandbox,
) -> None:
    endpoint(client, shop)
    first = posted(sandbox, client, seed=11, duplicate_percent=40, drop_percent=30)
    again = posted(sandbox, client, seed=11, duplicate_percent=40, drop_percent=30)
    other = posted(sandbox, client, seed=12, duplicate_percent=40, drop_percent=30)

    assert first == again != other
    assert {count for count, _amount in first} == {1, 2}
    assert 0 < len(first) < 12
    order = [int(amount) for _count, amount in first]
    assert order != sorted(order)


def test_what_was_dropped_still_stands_in_the_list_of_events(
    client: stripe.StripeClient,
    shop: Shop,
    sandbox: Sandbox,
) -> None:
    endpoint(client, shop)
    assert posted(sandbox, client, drop_percent=100) == []

    assert len(client.v1.events.list({"type": "payment_intent.created", "limit": 100}).data) == 12


def test_a_key_that_is_still_at_work_is_a_conflict(sandbox: Sandbox) -> None:
    twin._in_flight.add(" busy")
    try:
        answer = httpx.post(
            f"{sandbox.address}/v1/payment_intents", data={"amount": "5", "currency": "eur"},
            headers={**HEAD, "Idempotency-Key": "busy"},
        )  # fmt: skip
    finally:
        twin._in_flight.discard(" busy")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_key_in_use")


def test_a_repeated_key_says_so_and_answers_the_same(sandbox: Sandbox) -> None:
    ask: Any = {"data": {"amount": "5", "currency": "eur"}, "headers": {**HEAD, "Idempotency-Key": "k-1"}}

    first, again = (httpx.post(f"{sandbox.address}/v1/payment_intents", **ask) for _ in range(2))

    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers


@pytest.mark.parametrize(
    ("debug", "allowed", "said", "starts"),
    [
        ("1", "", False, True),
        ("0", "", False, False),
        ("0", "1", False, False),
        ("0", "", True, False),
        ("0", "1", True, True),
    ],
)
def test_it_refuses_to_start_in_production_unless_told_twice(
    monkeypatch: pytest.MonkeyPatch, debug: str, allowed: str, *, said: bool, starts: bool
) -> None:
    class Started(Exception):
        pass

    def database(*_where: object) -> None:
        raise Started

    monkeypatch.setattr(services, "database", database)
    monkeypatch.setattr(sys, "argv", ["sandbox", *(["--allow-sandbox"] if said else [])])
    monkeypatch.setenv("DEBUG", debug)
    monkeypatch.setenv("ALLOW_SANDBOX", allowed)

    with pytest.raises(Started if starts else SystemExit) as ended:
        program.main()

    assert starts or "ALLOW_SANDBOX=1 and --allow-sandbox" in str(ended.value)


def test_forms_are_read_as_the_client_writes_them() -> None:
    text = "a[b][]=1&a[b][]=2&lines[0][price][unit]=5&lines[1][price][unit]=7&empty=&created[gte]=9"

    assert nested(text) == {
        "a": {"b": ["1", "2"]},
        "lines": [{"price": {"unit": "5"}}, {"price": {"unit": "7"}}],
        "empty": "",
        "created": {"gte": "9"},
    }


def test_pages_go_forward_and_back_and_say_whether_there_is_more(
    client: stripe.StripeClient,
    sandbox: Sandbox,
) -> None:
    intents(client, 5)
    every = [one.id for one in client.v1.payment_intents.list({"limit": 100}).data]

    def page(**asked: str) -> tuple[list[str], bool]:
        found = httpx.get(f"{sandbox.address}/v1/payment_intents", params={"limit": 2, **asked}, headers=HEAD)
        return [one["id"] for one in found.json()["data"]], found.json()["has_more"]

    assert page() == (every[:2], True)
    assert page(starting_after=every[1]) == (every[2:4], True)
    assert page(starting_after=every[3]) == (every[4:], False)
    assert page(ending_before=every[3])[0] == every[1:3]
    wrong = httpx.get(f"{sandbox.address}/v1/payment_intents", params={"limit": 101}, headers=HEAD)
    assert wrong.json()["error"]["param"] == "limit"


def test_what_cannot_be_expanded_is_refused(client: stripe.StripeClient) -> None:
    intents(client, 1)
    [one] = client.v1.payment_intents.list().data

    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.retrieve(one.id, {"expand": ["nothing"]})


def described() -> list[tuple[str, str]]:
    paths = description.spec()["paths"].items()
    return sorted((method.upper(), path) for path, methods in paths for method in methods)


def test_every_described_operation_has_an_answer(sandbox: Sandbox) -> None:
    """42 operations: each is known, asks for what is missing, or says that its object does not exist."""
    for method, path in described():
        address = sandbox.address + re.sub(r"\{\w+\}", "none_1", path)
        answer = httpx.request(method, address, headers=HEAD)

        code = answer.json().get("error", {}).get("code", "")
        assert answer.status_code in {200, 400, 404}, (method, path, answer.text)
        assert code != "url_invalid", (method, path)
    assert len(described()) == 42


def test_every_amount_moves_between_the_right_balances(
    client: stripe.StripeClient,
    sandbox: Sandbox,
) -> None:
    """Each account has its own balance in each currency: 100.00 − 1.75 fee, 40.00 to a seller, 15.00 back."""
    charge = paid(client, 10_000)
    sellers = [client.v1.accounts.create({"country": "DE"}).id for _ in range(2)]
    sent = client.v1.transfers.create(
        {"amount": 4_000, "currency": "eur", "destination": sellers[0], "source_transaction": charge.id}
    )
    client.v1.transfers.reversals.create(sent.id, {"amount": 1_500})
    httpx.post(f"{sandbox.address}/sandbox/clock", data={"seconds": "172801"})

    def available(**options: str) -> dict[str, int]:
        found = client.v1.balance.retrieve({}, options or None)  # type: ignore[arg-type]
        return {row.currency: row.amount for row in found.available}

    balances = [available(), *(available(stripe_account=one) for one in sellers)]

    assert [one.get("eur", 0) for one in balances] == [9_825 - 2_500, 2_500, 0]
    rows = client.v1.balance_transactions.list({"limit": 100}).data
    assert sum(row.net for row in rows) == 9_825 - 2_500
    assert list(itertools.chain(sorted({row.type for row in rows}))) == [
        "charge",
        "transfer",
        "transfer_refund",
    ]
