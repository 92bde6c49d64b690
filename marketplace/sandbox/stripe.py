"""The payment provider's API: the operations that Sampan uses, with its errors, pages, expansion and keys."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from typing import Any, Final

from marketplace.sandbox import checkout, files, money
from marketplace.sandbox.money import Refused, public
from marketplace.sandbox.store import Box, Store, Thing
from marketplace.sandbox.web import Answer, Request, json_answer

Act = Callable[[Box, Thing, str, list[str]], Thing]
KINDS: Final = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "transfers": "transfer",
    "payouts": "payout",
    "balance_transactions": "balance_transaction",
    "events": "event",
    "accounts": "account",
    "webhook_endpoints": "webhook_endpoint",
    "disputes": "dispute",
    "files": "file",
    "checkout/sessions": "checkout.session",
}
FILTERS: Final = (
    "payment_intent",
    "charge",
    "transfer_group",
    "destination",
    "type",
    "status",
    "currency",
    "source",
)
_in_flight: Final[set[str]] = set()


def answer(store: Store, request: Request, address: str) -> Answer:
    """Answer one API request: authorise, replay, do, remember."""
    number = f"req_{secrets.token_hex(7)}"
    headers = {
        "Request-Id": number,
        "Stripe-Version": request.headers.get("stripe-version", money.API_VERSION),
    }
    try:
        found = _answer(store, request, address, headers)
    except Refused as no:
        no.body["error"]["request_log_url"] = f"{address}/requests/{number}"
        found = json_answer(no.body, no.status)
    found.headers.update(headers)
    return found


def _answer(store: Store, request: Request, address: str, headers: dict[str, str]) -> Answer:
    if not re.match(r"(Bearer|Basic) \S+", request.headers.get("authorization", "")):
        raise Refused("You did not provide an API key.", status=401)
    account = request.headers.get("stripe-account", request.headers.get("stripe-context", ""))
    key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
    if not key:
        with store.act() as box:
            return _do(box, request, account, address)
    headers["Idempotency-Key"] = key
    mark = f"{account} {key}"
    if mark in _in_flight:
        raise Refused(
            "There is currently another in-progress request using this idempotency key.",
            code="idempotency_key_in_use",
            status=409,
            kind="idempotency_error",
        )
    _in_flight.add(mark)
    try:
        return _once(store, request, account, key, address)
    finally:
        _in_flight.discard(mark)


def _once(store: Store, request: Request, account: str, key: str, address: str) -> Answer:
    fingerprint = _fingerprint(request)
    with store.act() as box:
        box.cursor.execute("DELETE FROM sandbox.replay WHERE at < %s", [time.time() - 86_400])
        box.cursor.execute(
            "SELECT fingerprint, status, body FROM sandbox.replay WHERE account = %s AND key = %s",
            [account, key],
        )
        if row := box.cursor.fetchone():
            if row[0] != fingerprint:
                raise Refused(
                    "Keys for idempotent requests can only be used with the same parameters they were first used "
                    f"with. Try using a key other than '{key}'.",
                    kind="idempotency_error",
                )
            return Answer(row[2], row[1], "application/json", {"Idempotent-Replayed": "true"})
        if box.take("rate_limit_next"):
            return json_answer({"error": {"type": "invalid_request_error", "code": "rate_limit"}}, 429)
        if box.take("fail_next"):
            return json_answer({"error": {"type": "api_error", "message": "Something went wrong."}}, 500)
        found = _do(box, request, account, address)
        box.cursor.execute(
            "INSERT INTO sandbox.replay VALUES (%s, %s, %s, %s, %s, %s)",
            [account, key, fingerprint, found.status, found.body, time.time()],
        )
        found.lost = box.take("lose_answer_next")
        return found


def _fingerprint(request: Request) -> str:
    """Mark a request by what it asks; a form with a file has another border line each time."""
    body = request.body
    if "multipart/form-data" in request.headers.get("content-type", ""):
        body = repr(sorted(request.form.items())).encode()
    return hashlib.sha256(f"{request.path}\n".encode() + body).hexdigest()


def _do(box: Box, request: Request, account: str, address: str) -> Answer:
    form = request.form
    for method, pattern, act in ROUTES:
        if method == request.method and (match := re.fullmatch(pattern, request.path)):
            form["_address"] = address
            thing = act(box, form, account, list(match.groups()))
            thing = public(thing)
            for path in _words(form.get("expand")):
                _expand(box, thing, path.split("."))
            return json_answer(thing)
    raise Refused(
        f"Unrecognized request URL ({request.method}: {request.path}).", status=404, code="url_invalid"
    )


def _words(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _expand(box: Box, thing: Any, path: list[str]) -> None:
    if isinstance(thing, list):
        for one in thing:
            _expand(box, one, path)
        return
    if not isinstance(thing, dict) or path[0] not in thing:
        raise Refused(f"This property cannot be expanded ({'.'.join(path)}).", param="expand")
    value = thing[path[0]]
    if isinstance(value, str) and (found := box.get(value)):
        thing[path[0]] = value = public(found)
    if len(path) > 1 and value is not None:
        _expand(box, value, path[1:])


def required(form: Thing, *names: str) -> None:
    """Refuse a request that leaves something out."""
    for name in names:
        if not form.get(name):
            raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
    for name in ("amount",):
        if name in form and not re.fullmatch(r"-?\d+", str(form[name])):
            raise Refused(f"Invalid integer: {form[name]}", code="parameter_invalid_integer", param=name)


def _retrieve(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    thing = box.get(found[1], KINDS[found[0]])
    if thing is None:
        kind = KINDS[found[0]]
        raise Refused(f"No such {kind}: '{found[1]}'", code="resource_missing", param="id", status=404)
    return thing


def _list(box: Box, form: Thing, account: str, found: list[str]) -> Thing:
    where = {name: form[name] for name in FILTERS if name in form}
    rows = box.all(KINDS[found[0]], account, **where)
    if isinstance(created := form.get("created"), dict):
        low = int(created.get("gte", int(created.get("gt", -1)) + 1))
        high = int(created.get("lte", int(created.get("lt", 2**62)) - 1))
        rows = [row for row in rows if low <= row["created"] <= high]
    return page(rows, form, f"/v1/{found[0]}")


def page(rows: list[Thing], form: Thing, url: str) -> Thing:
    """Cut one page out of the rows, newest first."""
    limit = int(form.get("limit", 10))
    if not 1 <= limit <= 100:
        raise Refused("The limit must be between 1 and 100.", param="limit")
    ids = [row["id"] for row in rows]
    start = ids.index(form["starting_after"]) + 1 if form.get("starting_after") in ids else 0
    if form.get("ending_before") in ids:
        end = ids.index(form["ending_before"])
        start = max(0, end - limit)
        limit = end - start
    data = rows[start : start + limit]
    return {"object": "list", "url": url, "has_more": start + limit < len(rows), "data": data}


def _update(box: Box, form: Thing, account: str, found: list[str]) -> Thing:
    thing = _retrieve(box, form, account, found)
    if thing["object"] == "dispute" and ("evidence" in form or "submit" in form):
        files.check(box, form.get("evidence") or {})
        return money.answer_dispute(box, thing, form)
    changed: Thing = {name: form[name] for name in ("description", "transfer_group", "url") if name in form}
    if isinstance(more := form.get("metadata"), dict):
        changed["metadata"] = {**thing.get("metadata", {}), **more}
    return box.save({**thing, **changed})


def _intent(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    required(form, "amount", "currency")
    return checkout.new_intent(box, form)


def _cancel_intent(box: Box, form: Thing, account: str, found: list[str]) -> Thing:
    thing = _retrieve(box, form, account, ["payment_intents", found[0]])
    if thing["status"] in {"succeeded", "canceled"}:
        raise Refused(
            f"You cannot cancel this PaymentIntent because it has a status of {thing['status']}.",
            code="payment_intent_unexpected_state",
        )
    thing.update(status="canceled", canceled_at=box.now())
    money.tell(box, "payment_intent.canceled", box.save(thing))
    return thing


def _session(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    required(form, "success_url", "mode", "line_items")
    return checkout.new_session(box, form, form["_address"])


def _expire(box: Box, form: Thing, account: str, found: list[str]) -> Thing:
    thing = _retrieve(box, form, account, ["checkout/sessions", found[0]])
    if thing["status"] != "open":
        raise Refused('Only Checkout Sessions with a status in ["open"] can be expired.')
    money.work(box, "expire", thing["id"])
    return box.get(thing["id"]) or thing


def _refund(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    required(form)
    return money.refund(box, form)


def _transfer(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    required(form, "amount", "currency", "destination")
    return money.transfer(box, form)


def _reversal(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    required(form)
    return money.reverse(box, found[0], form)


def _reversals(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    rows = box.all("transfer_reversal", transfer=found[0])
    return page(rows, form, f"/v1/transfers/{found[0]}/reversals")


def _payout(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    required(form, "amount", "currency")
    return money.payout(box, form, account)


def _balance(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    return money.balance(box, account)


def _account(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    thing = box.new(
        "acct",
        "account",
        country=form.get("country", "DE"),
        email=form.get("email"),
        default_currency=form.get("default_currency", "eur"),
        capabilities={"transfers": "active"},
        charges_enabled=False,
        payouts_enabled=True,
        details_submitted=True,
        metadata=form.get("metadata", {}),
        type="none",
    )
    money.tell(box, "account.updated", thing)
    return thing


def _account_v2(box: Box, form: Thing, account: str, found: list[str]) -> Thing:
    country = (form.get("identity") or {}).get("country", "DE")
    wanted = {**form, "country": country.upper(), "email": form.get("contact_email")}
    return _v2(_account(box, wanted, account, found))


def _retrieve_v2(box: Box, form: Thing, account: str, found: list[str]) -> Thing:
    return _v2(_retrieve(box, form, account, ["accounts", found[0]]))


def _v2(thing: Thing) -> Thing:
    active = {"stripe_balance": {"stripe_transfers": {"requested": True, "status": "active"}}}
    return {
        "id": thing["id"],
        "object": "v2.core.account",
        "created": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(thing["created"])),
        "livemode": False,
        "contact_email": thing["email"],
        "dashboard": "express",
        "applied_configurations": ["recipient"],
        "configuration": {"recipient": {"applied": True, "capabilities": active}},
        "metadata": thing["metadata"],
    }


def _endpoint(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    required(form, "url", "enabled_events")
    secret = f"whsec_{secrets.token_hex(16)}"
    thing = new_endpoint(box, form["url"], secret, form["enabled_events"])
    return {**thing, "secret": secret}


def new_endpoint(box: Box, url: str, secret: str, events: list[str]) -> Thing:
    """Register an address that hears of events."""
    return box.new(
        *("we", "webhook_endpoint"),
        url=url,
        enabled_events=events,
        status="enabled",
        api_version=money.API_VERSION,
        application=None,
        description=None,
        metadata={},
        _secret=secret,
    )


def _delete_endpoint(box: Box, form: Thing, account: str, found: list[str]) -> Thing:
    thing = _retrieve(box, form, account, ["webhook_endpoints", found[0]])
    box.cursor.execute("DELETE FROM sandbox.thing WHERE id = %s", [thing["id"]])
    return {"id": thing["id"], "object": "webhook_endpoint", "deleted": True}


def _file(box: Box, form: Thing, account: str, found: list[str]) -> Thing:  # noqa: ARG001
    required(form, "file", "purpose")
    return files.keep(box, form)


def _close_dispute(box: Box, form: Thing, account: str, found: list[str]) -> Thing:
    thing = _retrieve(box, form, account, ["disputes", found[0]])
    if thing["status"] not in {"needs_response", "under_review"}:
        raise Refused("This dispute is already closed.", code="dispute_already_submitted")
    return money.close_dispute(box, thing, won=False)


_NAMES: Final = "|".join(KINDS)
ROUTES: Final[list[tuple[str, str, Act]]] = [
    ("POST", "/v1/payment_intents", _intent),
    ("POST", r"/v1/payment_intents/(\w+)/cancel", _cancel_intent),
    ("POST", "/v1/checkout/sessions", _session),
    ("POST", r"/v1/checkout/sessions/(\w+)/expire", _expire),
    ("POST", "/v1/refunds", _refund),
    ("POST", "/v1/transfers", _transfer),
    ("POST", r"/v1/transfers/(\w+)/reversals", _reversal),
    ("GET", r"/v1/transfers/(\w+)/reversals", _reversals),
    ("POST", r"/v1/disputes/(\w+)/close", _close_dispute),
    ("POST", "/v1/files", _file),
    ("POST", "/v1/payouts", _payout),
    ("GET", "/v1/balance", _balance),
    ("POST", "/v1/accounts", _account),
    ("POST", "/v2/core/accounts", _account_v2),
    ("GET", r"/v2/core/accounts/(\w+)", _retrieve_v2),
    ("POST", "/v1/webhook_endpoints", _endpoint),
    ("DELETE", r"/v1/webhook_endpoints/(\w+)", _delete_endpoint),
    ("GET", rf"/v1/({_NAMES})", _list),
    ("GET", rf"/v1/({_NAMES})/(\w+)", _retrieve),
    ("POST", rf"/v1/({_NAMES})/(\w+)", _update),
]
