"""What happens to money at the payment provider: charges, balances, refunds, transfers, payouts, disputes."""

from __future__ import annotations

import secrets
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from marketplace.sandbox.store import Box, Thing

API_VERSION: Final = "2026-08-26.dahlia"
# Currencies with a bank account of their own; all others are changed into euro at these illustrative rates.
SETTLED: Final = frozenset(
    [
        "eur",
        "usd",
        "gbp",
        "chf",
        "sek",
        "nok",
        "dkk",
        "pln",
        "czk",
        "ron",
        "sgd",
        "jpy",
        "aud",
        "cad",
        "hkd",
        "nzd",
    ]
)
PER_EURO: Final = {
    "cny": "8.24",
    "krw": "1640",
    "kwd": "0.356",
    "aed": "4.26",
    "ars": "1650",
    "myr": "4.86",
    "kes": "150",
    "vnd": "30500",
    "try": "48.9",
    "inr": "103",
    "thb": "37.6",
    "mxn": "21.4",
    "brl": "6.3",
    "idr": "19300",
    "php": "68",
    "zar": "20",
    "ils": "3.8",
    "isk": "144",
    "huf": "389",
    "twd": "36",
    "pen": "4",
    "clp": "1100",
    "bhd": "0.437",
    "jod": "0.822",
    "omr": "0.446",
    "tnd": "3.38",
    "sar": "4.35",
    "egp": "55",
    "ngn": "1700",
}
PLACES: Final = {
    **dict.fromkeys(["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf"], 0),
    **dict.fromkeys(["vnd", "vuv", "xaf", "xof", "xpf"], 0),
    **dict.fromkeys(["bhd", "jod", "kwd", "omr", "tnd"], 3),
}


CATEGORIES: Final = {"adjustment": "dispute", "payment": "charge", "transfer_refund": "transfer_reversal"}
DECISION_SECONDS: Final = 60


class Refused(Exception):
    """The provider says no; becomes its error JSON."""

    def __init__(
        self, message: str, *, code: str = "", param: str = "", status: int = 400, kind: str = "", **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        kind = kind or ("card_error" if status == 402 else "invalid_request_error")
        found = {"type": kind, "message": message, "code": code, "param": param, **more}
        self.body = {"error": {key: value for key, value in found.items() if value}}


def tell(box: Box, kind: str, thing: Thing, account: str = "") -> Thing:
    """Record an event and post it to every endpoint that wants it."""
    event = box.new(
        "evt",
        "event",
        account,
        type=kind,
        api_version=API_VERSION,
        data={"object": public(thing)},
        pending_webhooks=1,
        request={"id": None, "idempotency_key": None},
    )
    if account:
        event = box.save({**event, "account": account})
    for endpoint in box.all("webhook_endpoint"):
        wanted = endpoint["enabled_events"]
        if endpoint["status"] == "enabled" and ("*" in wanted or kind in wanted):
            box.write("stripe", endpoint["url"], endpoint["_secret"], event)
    return event


def public(thing: Any) -> Any:
    """Leave out what the provider keeps to itself."""
    if isinstance(thing, dict):
        return {key: public(value) for key, value in thing.items() if not key.startswith("_")}
    return [public(one) for one in thing] if isinstance(thing, list) else thing


def settle(amount: int, currency: str) -> tuple[int, str, float | None]:
    """Return the amount in the currency it is kept in; a foreign one is changed at mid plus two per cent."""
    if currency in SETTLED:
        return amount, currency, None
    if currency not in PER_EURO:
        raise Refused(f"Invalid currency: {currency}.", code="currency_not_supported", param="currency")
    rate = Decimal("0.98") / Decimal(PER_EURO[currency])
    units = Decimal(amount).scaleb(-PLACES.get(currency, 2)) * rate
    minor = int(units.scaleb(2).quantize(Decimal(1), ROUND_HALF_EVEN))
    return minor, "eur", float(round(rate, 8))


def book(box: Box, kind: str, amount: int, currency: str, source: str, *, fee: int = 0, **more: Any) -> Thing:
    """Write one row of the balance."""
    account = more.pop("account", "")
    wait = int(more.pop("wait", box.knobs["available_after_seconds"] if kind == "charge" else 0))
    details = (
        [{"type": "stripe_fee", "amount": fee, "currency": currency, "application": None}] if fee else []
    )
    return box.new(
        "txn",
        "balance_transaction",
        account,
        type=kind,
        reporting_category=CATEGORIES.get(kind, kind),
        balance_type="payments",
        amount=amount,
        fee=fee,
        fee_details=details,
        net=amount - fee,
        currency=currency,
        source=source,
        available_on=box.now() + wait,
        status="pending" if wait else "available",
        exchange_rate=more.pop("exchange_rate", None),
        description=None,
    )


def balance(box: Box, account: str = "") -> Thing:
    """Add up what is available and what is still on its way, by currency."""
    now = box.now()
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for row in box.all("balance_transaction", account):
        part = sums["available" if row["available_on"] <= now else "pending"]
        part[row["currency"]] = part.get(row["currency"], 0) + row["net"]
    lists = {
        name: [
            {"amount": part[one], "currency": one, "source_types": {"card": part[one]}}
            for one in sorted(part)
        ]
        or [{"amount": 0, "currency": "eur", "source_types": {"card": 0}}]
        for name, part in sums.items()
    }
    return {"object": "balance", "livemode": False, **lists}


def available(box: Box, currency: str, account: str = "") -> int:
    """Return what may be spent in one currency."""
    return next(
        (row["amount"] for row in balance(box, account)["available"] if row["currency"] == currency), 0
    )


def charge(box: Box, intent: Thing, card: str, *, error: tuple[str, str] | None = None) -> Thing:
    """Charge a card for a payment intent: the money comes in, or a failed charge remains."""
    row = box.new(
        "ch",
        "charge",
        amount=intent["amount"],
        amount_captured=0 if error else intent["amount"],
        amount_refunded=0,
        currency=intent["currency"],
        payment_intent=intent["id"],
        transfer_group=intent.get("transfer_group"),
        metadata=intent.get("metadata", {}),
        description=intent.get("description"),
        paid=not error,
        captured=not error,
        refunded=False,
        disputed=False,
        status="failed" if error else "succeeded",
        failure_code=error[0] if error else None,
        failure_message=error[1] if error else None,
        balance_transaction=None,
        billing_details={"address": None, "email": intent.get("receipt_email"), "name": None, "phone": None},
        payment_method_details={
            "type": "card",
            "card": {"brand": "visa", "last4": card[-4:], "country": "US", "exp_month": 12, "exp_year": 2034},
        },
    )
    intent["latest_charge"] = row["id"]
    if error:
        intent["status"] = "requires_payment_method"
        kind = "card_error"
        intent["last_payment_error"] = {
            "type": kind,
            "code": error[0],
            "message": error[1],
            "charge": row["id"],
        }
        box.save(intent)
        tell(box, "charge.failed", row)
        tell(box, "payment_intent.payment_failed", intent)
        return row
    amount, currency, rate = settle(row["amount"], row["currency"])
    fee = int((Decimal(amount) * Decimal("0.015")).quantize(Decimal(1))) + 25
    row["balance_transaction"] = book(
        box, "charge", amount, currency, row["id"], fee=fee, exchange_rate=rate
    )["id"]
    box.save(row)
    intent.update(
        status="succeeded", amount_received=row["amount"], last_payment_error=None, next_action=None
    )
    box.save(intent)
    tell(box, "charge.succeeded", row)
    tell(box, "payment_intent.succeeded", intent)
    if card == "4000000000000259":
        box.later("dispute", row["id"], float(box.knobs["dispute_seconds"]))
    return row


def refund(box: Box, form: Thing) -> Thing:
    """Give money back to the buyer, at most what is left of the charge."""
    paid = _charge_of(box, form)
    left = paid["amount_captured"] - paid["amount_refunded"]
    amount = int(form.get("amount", left))
    if paid["disputed"]:
        raise Refused("This charge has been charged back and cannot be refunded.", code="charge_disputed")
    if left <= 0:
        raise Refused(f"Charge {paid['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise Refused(f"Refund amount ({amount}) is greater than unrefunded amount ({left}).", param="amount")
    row = box.new(
        "re",
        "refund",
        amount=amount,
        currency=paid["currency"],
        charge=paid["id"],
        payment_intent=paid["payment_intent"],
        reason=form.get("reason"),
        metadata=form.get("metadata", {}),
        status="succeeded",
        balance_transaction=None,
    )
    minor, currency, rate = settle(amount, paid["currency"])
    txn = book(box, "refund", -minor, currency, row["id"], exchange_rate=rate)
    row["balance_transaction"] = txn["id"]
    box.save(row)
    paid["amount_refunded"] += amount
    paid["refunded"] = paid["amount_refunded"] == paid["amount_captured"]
    box.save(paid)
    tell(box, "refund.created", row)
    tell(box, "charge.refunded", paid)
    return row


def _charge_of(box: Box, form: Thing) -> Thing:
    name = form.get("charge")
    if not name and (intent := box.get(str(form.get("payment_intent")), "payment_intent")):
        name = intent["latest_charge"]
    found = box.get(str(name), "charge")
    if found is None or found["status"] != "succeeded":
        raise Refused(f"No such charge: '{name}'", code="resource_missing", param="charge", status=404)
    return found


def transfer(box: Box, form: Thing) -> Thing:
    """Move money to a seller's account, out of a named charge or out of what is available."""
    amount, currency = int(form["amount"]), str(form["currency"]).lower()
    account = box.get(str(form.get("destination")), "account")
    if account is None:
        raise Refused(
            f"No such destination: '{form.get('destination')}'", code="resource_missing", status=400
        )
    if amount <= 0:
        raise Refused("This value must be greater than or equal to 1.", param="amount")
    source = form.get("source_transaction")
    if source:
        paid = box.get(str(source), "charge")
        if paid is None:
            raise Refused(f"No such charge: '{source}'", code="resource_missing", param="source_transaction")
        row = box.get(paid["balance_transaction"]) or {}
        if row["currency"] != currency:
            raise Refused(
                f"The currency of source_transaction's balance transaction ({row['currency']}) must be the same as "
                f"the transfer currency ({currency})",
                param="currency",
            )
        spent = sum(one["amount"] for one in box.all("transfer", source_transaction=source))
        if spent + amount > row["amount"]:
            raise Refused("Transfers using this source exceed its amount.", code="transfer_source_exceeded")
    elif available(box, currency) < amount:
        raise Refused(
            "You have insufficient available funds in your Stripe account.", code="balance_insufficient"
        )
    row = box.new(
        "tr",
        "transfer",
        amount=amount,
        amount_reversed=0,
        currency=currency,
        destination=account["id"],
        destination_payment=f"py_{secrets.token_hex(12)}",
        source_transaction=source,
        source_type="card",
        transfer_group=form.get("transfer_group"),
        metadata=form.get("metadata", {}),
        description=form.get("description"),
        reversed=False,
        balance_transaction=None,
        reversals={"object": "list", "data": [], "has_more": False, "url": ""},
    )
    row["balance_transaction"] = book(box, "transfer", -amount, currency, row["id"])["id"]
    book(box, "payment", amount, currency, row["id"], account=account["id"], wait=0)
    box.save(row)
    tell(box, "transfer.created", row)
    return row


def reverse(box: Box, name: str, form: Thing) -> Thing:
    """Take a transfer back, if the seller's balance covers it."""
    row = box.get(name, "transfer")
    if row is None:
        raise Refused(f"No such transfer: '{name}'", code="resource_missing", param="id", status=404)
    left = row["amount"] - row["amount_reversed"]
    amount = int(form.get("amount", left))
    if not 0 < amount <= left:
        raise Refused(f"The reversal amount ({amount}) is more than what is left ({left}).", param="amount")
    if available(box, row["currency"], row["destination"]) < amount:
        raise Refused("The account has insufficient funds for this reversal.", code="balance_insufficient")
    back = box.new(
        "trr",
        "transfer_reversal",
        amount=amount,
        currency=row["currency"],
        transfer=row["id"],
        metadata=form.get("metadata", {}),
        balance_transaction=None,
    )
    txn = book(box, "transfer_refund", amount, row["currency"], back["id"])
    book(box, "payment_reversal", -amount, row["currency"], back["id"], account=row["destination"])
    back["balance_transaction"] = txn["id"]
    box.save(back)
    row["amount_reversed"] += amount
    row["reversed"] = row["amount_reversed"] == row["amount"]
    row["reversals"]["data"].insert(0, public(back))
    box.save(row)
    tell(box, "transfer.reversed", row)
    return back


def payout(box: Box, form: Thing, account: str) -> Thing:
    """Send money to a bank account; it arrives a day later."""
    amount, currency = int(form["amount"]), str(form["currency"]).lower()
    if available(box, currency, account) < amount:
        raise Refused("You have insufficient funds in your Stripe account.", code="balance_insufficient")
    row = box.new(
        "po",
        "payout",
        account,
        amount=amount,
        currency=currency,
        arrival_date=box.now() + 86_400,
        automatic=False,
        method="standard",
        reconciliation_status="not_applicable",
        source_type="card",
        type="bank_account",
        status="pending",
        metadata=form.get("metadata", {}),
        description=form.get("description"),
        balance_transaction=None,
        _account=account,
    )
    row["balance_transaction"] = book(box, "payout", -amount, currency, row["id"], account=account)["id"]
    box.save(row)
    tell(box, "payout.created", row, account)
    box.later("payout", row["id"], 86_400)
    return row


def answer_dispute(box: Box, thing: Thing, form: Thing) -> Thing:
    """Take evidence; once submitted, the bank decides a minute later by the words of the provider's test mode."""
    if thing["status"] not in {"needs_response", "warning_needs_response"}:
        raise Refused("This dispute is already closed or under review.", code="dispute_already_submitted")
    if box.now() > thing["evidence_details"]["due_by"]:
        raise Refused("The deadline for evidence has passed.", code="dispute_evidence_past_due")
    thing["evidence"].update(form.get("evidence") or {})
    thing["evidence_details"]["has_evidence"] = True
    if str(form.get("submit", "true")).lower() == "true":
        thing["status"] = "under_review"
        thing["evidence_details"]["submission_count"] += 1
        won = thing["evidence"].get("uncategorized_text", "") != "losing_evidence"
        box.later("dispute_won" if won else "dispute_lost", thing["id"], DECISION_SECONDS)
    box.save(thing)
    tell(box, "charge.dispute.updated", thing)
    return thing


def close_dispute(box: Box, thing: Thing, *, won: bool) -> Thing:
    """Decide a dispute: won money comes back, lost money stays away; the fee stays in both cases."""
    thing["status"] = "won" if won else "lost"
    if won:
        back = -thing["balance_transactions"][0]["amount"]
        currency = thing["balance_transactions"][0]["currency"]
        thing["balance_transactions"].append(public(book(box, "adjustment", back, currency, thing["id"])))
        if paid := box.get(thing["charge"], "charge"):
            box.save({**paid, "disputed": False})
    box.save(thing)
    if won:
        tell(box, "charge.dispute.funds_reinstated", thing)
    tell(box, "charge.dispute.closed", thing)
    return thing


def work(box: Box, name: str, subject: str) -> None:
    """Do what was put off: late success, dispute, arrival of a payout, expiry of a page."""
    thing = box.get(subject)
    if thing is None:
        return
    if name == "payout" and thing["status"] == "pending":
        box.save({**thing, "status": "paid"})
        tell(box, "payout.paid", {**thing, "status": "paid"}, thing["_account"])
    elif name == "dispute" and not thing["disputed"]:
        box.save({**thing, "disputed": True})
        minor, currency, _rate = settle(thing["amount"], thing["currency"])
        row = box.new(
            "du",
            "dispute",
            amount=thing["amount"],
            currency=thing["currency"],
            charge=thing["id"],
            payment_intent=thing["payment_intent"],
            reason="fraudulent",
            status="needs_response",
            evidence={"enhanced_evidence": {}},
            evidence_details={
                "due_by": box.now() + 7 * 86_400,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            enhanced_eligibility_types=[],
            is_charge_refundable=False,
            balance_transactions=[],
            metadata={},
        )
        taken = book(box, "adjustment", -minor, currency, row["id"], fee=2000)
        row["balance_transactions"].append(public(taken))
        box.save(row)
        box.later("dispute_lost", row["id"], 7 * 86_400)
        tell(box, "charge.dispute.created", row)
        tell(box, "charge.dispute.funds_withdrawn", row)
    elif name in {"dispute_lost", "dispute_won"} and thing["status"] in {"needs_response", "under_review"}:
        close_dispute(box, thing, won=name == "dispute_won")
    elif name == "late_success" and thing["payment_status"] == "unpaid":
        intent = box.get(thing["payment_intent"]) or {}
        charge(box, intent, "0000000000000000")
        thing["payment_status"] = "paid"
        box.save(thing)
        tell(box, "checkout.session.async_payment_succeeded", thing)
    elif name == "expire" and thing["status"] == "open":
        thing.update(status="expired", url=None)
        box.save(thing)
        tell(box, "checkout.session.expired", thing)
