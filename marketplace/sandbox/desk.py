"""The page that shows what happened outside, with buttons that make the next thing happen."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape

from marketplace.sandbox import authority, bank, carrier, money, pages
from marketplace.sandbox.store import KNOBS, Box, Thing
from marketplace.sandbox.web import Answer, Request, json_answer, redirect


def answer(box: Box, request: Request) -> Answer:
    """Show the desk, or do what a button says."""
    form = request.form
    if request.method == "POST":
        done = act(box, request.path, form)
        if "json" in request.headers.get("accept", "") + request.headers.get("content-type", ""):
            return json_answer({"now": box.now(), "knobs": box.knobs}, 200 if done else 404)
        return redirect("/") if done else Answer(pages.page("No such button", ""), 404)
    if request.path == "/sandbox/knobs":
        return json_answer(box.knobs)
    if request.path == "/":
        return Answer(pages.page("The outside world", body(box), wide=True))
    return Answer(pages.page("No such page", '<p><a href="/">To the start</a></p>'), 404)


def act(box: Box, path: str, form: Thing) -> bool:
    """Do what a button says; tell whether there is such a button."""
    if path == "/sandbox/clock":
        seconds = int(form.get("seconds", 3600))
        box.set("clock", int(box.setting("clock", 0)) + max(0, seconds))
    elif path == "/sandbox/knobs":
        known = {
            name: json.loads(str(form[name]).lower()) if isinstance(form[name], str) else form[name]
            for name in KNOBS
            if name in form
        }
        box.set("knobs", {**box.setting("knobs", {}), **known})
        if "seed" in known:
            box.dice.seed(known["seed"])
    elif path == "/sandbox/difference" and form.get("side") == "bank":
        return bank.differ(box, str(form.get("kind")), str(form.get("source", "")))
    elif path == "/sandbox/difference":
        return differ(box, str(form.get("kind")), str(form.get("source", "")))
    elif path == "/sandbox/reset":
        box.cursor.execute(
            "TRUNCATE sandbox.replay, sandbox.letter, sandbox.job, sandbox.setting;"
            "DELETE FROM sandbox.thing WHERE kind <> 'webhook_endpoint'"
        )
    elif path == "/sandbox/tracking":
        carrier.advance(box, str(form.get("booking")), code=str(form.get("code", "")))
    elif path == "/sandbox/declaration":
        state = str(form.get("state"))
        reason = str(form.get("reason") or authority.REASONS.get(state, ""))
        if state == "assessed":
            amount, currency = str(form.get("amount")), str(form.get("currency")).upper()
            authority.assess(box, str(form.get("declaration")), amount, currency)
        else:
            authority.decide(box, str(form.get("declaration")), state, reason)
    else:
        return False
    return True


def differ(box: Box, kind: str, source: str) -> bool:
    """Make the balance differ from what really happened, to see whether the shop's books notice."""
    row = next(iter(box.all("balance_transaction", source=source)), None)
    if kind == "missing_here":
        money.book(box, "charge", 777, "eur", "ch_of_nobody")
    elif row is None:
        return False
    elif kind == "missing_there":
        box.cursor.execute("DELETE FROM sandbox.thing WHERE id = %s", [row["id"]])
    elif kind == "amount":
        box.save({**row, "amount": row["amount"] + 1, "net": row["net"] + 1})
    elif kind == "currency":
        box.save({**row, "currency": "usd" if row["currency"] != "usd" else "eur"})
    elif kind == "duplicate":
        box.new("txn", "balance_transaction", **{k: v for k, v in row.items() if k not in {"id", "object"}})
    elif kind == "fee":
        box.save({**row, "fee": row["fee"] + 1, "net": row["net"] - 1})
    else:
        return False
    return True


def button(path: str, text: str, **fields: str) -> str:
    """Return a form that is only a button."""
    hidden = "".join(
        f'<input type="hidden" name="{key}" value="{escape(value)}">' for key, value in fields.items()
    )
    return (
        f'<form method="post" action="{path}">{hidden}<button class="plain">{escape(text)}</button></form> '
    )


def bill(row: Thing) -> str:
    """Return the form by which the customs house says what it took."""
    taken = row.get("assessed") or row["document"].get("calculated") or {}
    amount, currency = escape(str(taken.get("amount", ""))), escape(str(taken.get("currency", "EUR")))
    return (
        '<form method="post" action="/sandbox/declaration"><input type="hidden" name="state" value="assessed">'
        f'<input type="hidden" name="declaration" value="{row["id"]}">'
        f'<label>Duty and tax taken <input name="amount" size="8" value="{amount}"></label> '
        f'<input name="currency" size="3" aria-label="Currency" value="{currency}">'
        '<button class="plain">Send the bill</button></form> '
    )


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a table, or a word that there is nothing yet."""
    if not rows:
        return '<p class="soft">Nothing yet.</p>'
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div style="overflow-x:auto"><table><tr>{head}</tr>{cells}</table></div>'


def body(box: Box) -> str:
    """Return the desk: clock, parcels, declarations, payments, letters."""
    parcels = []
    for row in box.all("booking")[:20]:
        done = row["step"] >= len(carrier.JOURNEY) or row["cancelled"]
        state = (
            "cancelled"
            if row["cancelled"]
            else carrier.JOURNEY[row["step"] - 1][2]
            if row["step"]
            else "booked"
        )
        buttons = "" if done else button("/sandbox/tracking", "Send next tracking event", booking=row["id"])
        buttons += (
            "" if done else button("/sandbox/tracking", "Report a delay", booking=row["id"], code="delayed")
        )
        numbers = ", ".join(one["tracking_number"] for one in row["parcels"])
        parcels.append([escape(str(row["reference"])), numbers, escape(state), buttons])
    papers = []
    for row in box.all("declaration")[:20]:
        names = {
            "held": "Put on hold",
            "queried": "Ask a question",
            "released": "Release",
            "rejected": "Reject",
        }
        buttons = "".join(
            button("/sandbox/declaration", text, declaration=row["id"], state=state)
            for state, text in names.items()
            if state != row["state"] and row["state"] not in {"released", "rejected"}
        )
        if row["state"] == "released":
            buttons += bill(row)
        papers.append([escape(str(row["reference"])), row["mrn"], row["state"], buttons])
    pays = [
        [when(row), f"{row['amount']} {row['currency'].upper()}", row["status"], row["id"]]
        for row in box.all("payment_intent")[:20]
    ]
    box.cursor.execute(
        "SELECT scheme, url, body::jsonb ->> 'type', attempts, done, answer FROM sandbox.letter ORDER BY id DESC LIMIT 30"
    )
    letters = [
        [
            escape(str(kind or scheme)),
            escape(url),
            str(tries),
            "delivered" if done else "waiting",
            escape(said),
        ]
        for scheme, url, kind, tries, done, said in box.cursor.fetchall()
    ]
    steps = (("1 minute", 60), ("1 hour", 3600), ("1 day", 86_400), ("7 days", 604_800))
    clock = "".join(
        button("/sandbox/clock", f"Advance by {text}", seconds=str(number)) for text, number in steps
    )
    manual = bool(box.knobs["manual_carrier"])
    pace = button(
        "/sandbox/knobs",
        "Let parcels move by the clock" if manual else "Move parcels by hand",
        manual_carrier=json.dumps(not manual),
    )
    return (
        f"<section><h2>Clock</h2><p>{datetime.fromtimestamp(box.now(), UTC):%Y-%m-%d %H:%M} UTC</p>"
        f'<div class="row">{clock}{pace}</div></section>'
        f"<section><h2>Parcels</h2>{table(['Shipment', 'Tracking', 'State', ''], parcels)}</section>"
        f"<section><h2>Declarations</h2>{table(['Reference', 'MRN', 'State', ''], papers)}</section>"
        f"<section><h2>Payments</h2>{table(['When', 'Minor units', 'State', 'Number'], pays)}</section>"
        f"<section><h2>Letters to the shop</h2>{table(['What', 'To', 'Tries', 'State', 'Answer'], letters)}</section>"
    )


def when(row: Thing) -> str:
    """Return the time of a row."""
    return f"{datetime.fromtimestamp(row['created'], UTC):%Y-%m-%d %H:%M}"
