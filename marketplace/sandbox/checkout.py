"""The hosted payment page: sessions, test cards, 3-D Secure, late success."""

from __future__ import annotations

import secrets
import time
from typing import Any, Final

from marketplace.sandbox import money, pages
from marketplace.sandbox.money import PLACES, Refused
from marketplace.sandbox.store import Box, Store, Thing
from marketplace.sandbox.web import Answer, Request, redirect

DECLINED: Final = {
    "4000000000000002": ("card_declined", "Your card was declined. Try another card."),
    "4000000000009995": ("card_declined", "Your card has insufficient funds. Try another card."),
    "4000000000000069": ("expired_card", "Your card has expired. Try another card."),
    "4000000000000127": ("incorrect_cvc", "Your card's security code is incorrect."),
}
SECURE: Final = frozenset(["4000002760003184", "4000000000003220", "4000002500003155"])
LATE: Final = "bank"


def amount_of(form: Thing) -> tuple[int, str]:
    """Add up the lines of a session."""
    total, currency = 0, ""
    lines = form["line_items"]
    for line in lines if isinstance(lines, list) else []:
        price = line.get("price_data") or {}
        if "unit_amount" not in price or "currency" not in price:
            raise Refused("Each line needs price_data with unit_amount and currency.", param="line_items")
        if currency and price["currency"].lower() != currency:
            raise Refused("All lines must have the same currency.", param="line_items")
        currency = price["currency"].lower()
        total += int(price["unit_amount"]) * int(line.get("quantity", 1))
    if not 0 < total <= 99_999_999:
        raise Refused(
            f"The total amount due must be between 1 and 99999999, not {total}.", param="line_items"
        )
    if currency in money.PLACES and money.PLACES[currency] == 3 and total % 10:
        raise Refused("The last digit must be 0 in this currency.", param="line_items")
    return total, currency


def new_session(box: Box, form: Thing, address: str) -> Thing:
    """Open a payment page."""
    total, currency = amount_of(form)
    now = box.now()
    expires = int(form.get("expires_at", now + 86_400))
    real = expires - int(box.setting("clock", 0)) if "expires_at" not in form else expires
    if "expires_at" in form and not time.time() + 29 * 60 <= real <= time.time() + 25 * 3600:
        raise Refused(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", param="expires_at"
        )
    name = f"cs_test_{secrets.token_hex(12)}"
    session: Thing = {
        "id": name,
        "object": "checkout.session",
        "created": now,
        "livemode": False,
        "amount_subtotal": total,
        "amount_total": total,
        "currency": currency,
        "mode": form["mode"],
        "status": "open",
        "payment_status": "unpaid",
        "payment_intent": None,
        "client_reference_id": form.get("client_reference_id"),
        "customer_email": form.get("customer_email"),
        "customer_details": None,
        "metadata": form.get("metadata", {}),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"]
        ),
        "payment_method_types": ["card"],
        "shipping_options": [],
        "success_url": form["success_url"],
        "cancel_url": form.get("cancel_url"),
        "expires_at": expires,
        "ui_mode": form.get("ui_mode", "hosted_page"),
        "url": f"{address}/pay/{name}",
        "_intent": form.get("payment_intent_data") or {},
        "_lines": form["line_items"],
    }
    box.cursor.execute(
        "INSERT INTO sandbox.thing (id, kind, account, body) VALUES (%s, 'checkout.session', '', '{}')",
        [name],
    )
    box.later("expire", name, max(0, real - time.time()))
    return box.save(session)


def new_intent(box: Box, form: Thing) -> Thing:
    """Make a payment intent that waits for a card."""
    intent = box.new(
        "pi",
        "payment_intent",
        amount=int(form["amount"]),
        amount_received=0,
        currency=str(form["currency"]).lower(),
        status="requires_payment_method",
        capture_method="automatic_async",
        description=form.get("description"),
        latest_charge=None,
        last_payment_error=None,
        metadata=form.get("metadata") or {},
        next_action=None,
        payment_method_types=["card"],
        receipt_email=form.get("receipt_email"),
        transfer_group=form.get("transfer_group"),
        canceled_at=None,
    )
    money.tell(box, "payment_intent.created", intent)
    return intent


def answer(store: Store, request: Request, name: str) -> Answer:
    """Show the page, or take what the buyer sent."""
    with store.act() as box:
        session = box.get(name, "checkout.session")
        if session is None:
            return Answer(
                pages.page("No such payment page", "<p>Go back to the shop and pay again.</p>"), 404
            )
        if session["status"] == "complete":
            return redirect(success_url(session))
        if session["status"] == "expired":
            back = pages.link(session.get("cancel_url") or "", "Back to the shop")
            return Answer(
                pages.page("This payment page has expired", f"<p>Nothing was charged.</p>{back}"), 410
            )
        if request.method != "POST":
            return Answer(pages.pay(session, shown(session), ""))
        return _take(box, session, request.form)


def _take(box: Box, session: Thing, form: dict[str, Any]) -> Answer:
    card = "".join(char for char in str(form.get("card", "")) if char.isdigit())
    if form.get("method") == LATE:
        _complete(box, session, _intent_of(box, session), paid=False)
        return redirect(success_url(session))
    if len(card) != 16:
        return Answer(pages.pay(session, shown(session), "Type the 16 digits of a test card."), 422)
    if form.get("email"):
        session["customer_details"] = who(str(form["email"])[:200])
    intent = _intent_of(box, session)
    problem = DECLINED.get(card)
    if card in SECURE and not problem:
        if "secure" not in form:
            intent["status"] = "requires_action"
            intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": session["url"]}}
            money.tell(box, "payment_intent.requires_action", box.save(intent))
            return Answer(pages.secure(session, shown(session), card))
        if form["secure"] != "yes":
            problem = (
                "payment_intent_authentication_failure",
                "We are unable to authenticate your payment method. Try again or take another card.",
            )
    money.charge(box, intent, card, error=problem)
    if problem:
        return Answer(pages.pay(session, shown(session), problem[1]), 402)
    _complete(box, session, intent, paid=True)
    return redirect(success_url(session))


def who(email: str | None) -> Thing:
    """Return what the provider tells of the buyer."""
    empty = ("address", "business_name", "individual_name", "name", "phone", "tax_exempt", "tax_ids")
    return {**dict.fromkeys(empty), "email": email}


def _intent_of(box: Box, session: Thing) -> Thing:
    if session["payment_intent"] and (known := box.get(session["payment_intent"])):
        return known
    email = session["customer_email"] or (session["customer_details"] or {}).get("email")
    wanted = {"amount": session["amount_total"], "currency": session["currency"], "receipt_email": email}
    intent = new_intent(box, {**wanted, **session["_intent"]})
    session["payment_intent"] = intent["id"]
    box.save(session)
    return intent


def _complete(box: Box, session: Thing, intent: Thing, *, paid: bool) -> None:
    session["status"] = "complete"
    session["payment_status"] = "paid" if paid else "unpaid"
    session["url"] = None
    session["customer_details"] = session["customer_details"] or who(session["customer_email"])
    box.save(session)
    if not paid:
        intent["status"] = "processing"
        money.tell(box, "payment_intent.processing", box.save(intent))
        box.later("late_success", session["id"], float(box.knobs["late_success_seconds"]))
    money.tell(box, "checkout.session.completed", session)


def success_url(session: Thing) -> str:
    """Return where the buyer goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def shown(session: Thing) -> str:
    """Write the amount as people read it, with its currency code."""
    places = PLACES.get(session["currency"], 2)
    whole = f"{session['amount_total'] / 10**places:,.{places}f}"
    return f"{whole} {session['currency'].upper()}"
