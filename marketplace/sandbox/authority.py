"""The customs house: declarations in; accepted, queried, held or released out, with a signed callback.

A minute after the release it tells what it takes: the declarant's own sum, or a percentage of it (a knob).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from marketplace.sandbox.store import Box, Thing
from marketplace.sandbox.web import Answer, Request, json_answer

REASONS: Final = {
    "held": "Papers are needed: please send the invoice.",
    "queried": "Please tell us what the goods are made of.",
    "rejected": "The declared code does not fit the goods.",
}
STATES: Final = ("received", "accepted", "queried", "held", "released", "rejected")


def answer(box: Box, request: Request, secret: str, callback: str) -> Answer:
    """Take a declaration; the same key gets the same answer."""
    if request.headers.get("authorization") != f"Bearer {secret}":
        return json_answer({"title": "The key does not fit."}, 401)
    parts = request.path.strip("/").split("/")
    if parts == ["customs", "declarations"] and request.method == "POST":
        key = request.headers.get("idempotency-key", "")
        known = box.all("declaration", key=key) if key else []
        return json_answer(shown(known[0] if known else lodge(box, request.form, key, secret, callback)), 201)
    found = box.get(parts[2], "declaration") if len(parts) > 2 else None
    return json_answer(shown(found)) if found else json_answer({"title": "No such declaration."}, 404)


def shown(row: Thing) -> Thing:
    """Return what the authority tells of a declaration."""
    return {"mrn": row["mrn"], "id": row["id"], "reference": row["reference"], "state": row["state"]}


def lodge(box: Box, form: Thing, key: str, secret: str, callback: str) -> Thing:
    """Register a declaration under a movement reference number; it is accepted, then released."""
    box.cursor.execute("SELECT nextval('sandbox.thing_seq_seq')")
    country = str(form.get("country") or form.get("destination") or "XX")[:2].upper()
    row = box.new(
        *("dec", "declaration"),
        key=key,
        reference=form.get("reference", ""),
        mrn=f"26{country}{int(box.cursor.fetchone()[0]):014d}",
        state="received",
        document={name: value for name, value in form.items() if not name.startswith("_")},
        _callback=form.get("callback") or callback,
        _secret=secret,
    )
    if not box.knobs["manual_customs"]:
        box.later("customs", row["id"], 0)
    return row


def decide(box: Box, name: str, state: str, reason: str = "") -> None:
    """Change a declaration's state and tell the declarant."""
    row = box.get(name, "declaration")
    if row is None or row["state"] == state or state not in STATES:
        return
    row["state"] = state
    box.save(row)
    at = datetime.fromtimestamp(max(box.now(), time.time()), UTC).isoformat()
    # Each letter has its own id: with the declaration's id a release looked like the acceptance told twice.
    news = {**shown(row), "id": f"{row['id']}-{state}-{at}", "reason": reason, "happened_at": at}
    box.write("sampan", row["_callback"], row["_secret"], {**news, "declaration": row["id"]})
    if state == "released":
        box.later("customs", name, 60)


def assess(box: Box, name: str, amount: str, currency: str) -> None:
    """Tell the declarant what duty and tax were taken; a later bill corrects the one before it."""
    row = box.get(name, "declaration")
    try:
        taken = Decimal(amount)
    except InvalidOperation:
        return
    if row is None or not taken.is_finite() or taken < 0 or len(currency) != 3:
        return
    row["assessed"] = {"amount": f"{taken:f}", "currency": currency}
    row["bills"] = row.get("bills", 0) + 1
    box.save(row)
    at = datetime.fromtimestamp(max(box.now(), time.time()), UTC).isoformat()
    news = {**shown(row), "id": f"{row['id']}-bill-{row['bills']}", "state": "assessed", "happened_at": at}
    letter = {**news, "assessed": row["assessed"], "declaration": row["id"]}
    box.write("sampan", row["_callback"], row["_secret"], letter)


def own_sum(box: Box, row: Thing) -> tuple[str, str] | None:
    """Work out what is taken: the sum that the declarant calculated, times the knob; nothing without one."""
    stated = row["document"].get("calculated")
    if not isinstance(stated, dict):
        return None
    try:
        sum_ = Decimal(str(stated.get("amount")))
        taken = sum_ * Decimal(str(box.knobs["customs_takes_percent"])) / 100
    except InvalidOperation:
        return None
    return f"{taken.quantize(sum_, 'ROUND_HALF_UP'):f}", str(stated.get("currency"))


def next_step(box: Box, name: str) -> None:
    """Accept what can be read; a minute later answer as the desk wants it: released, if nobody says else."""
    row = box.get(name, "declaration")
    if row is None:
        return
    if row["state"] == "received":
        fault = unreadable(row["document"])
        if fault:
            decide(box, name, "rejected", fault)
            return
        decide(box, name, "accepted")
        box.later("customs", name, 60)
    elif row["state"] == "accepted":
        state = str(box.knobs["customs_answer"])
        decide(box, name, state, REASONS.get(state, ""))
    elif row["state"] == "released" and "assessed" not in row and (taken := own_sum(box, row)):
        assess(box, name, *taken)


def unreadable(document: Thing) -> str:
    """Say what a customs house cannot read in a declaration; empty when it can read it."""
    data = document.get("data")
    if isinstance(data, str):
        return "" if "<Commodity_code>" in data else "The document has no commodity code."
    if not isinstance(data, dict) or not data:
        return "The declaration has no data."
    items = data.get("goodsItems") or data.get("contentPieces") or []
    if not items:
        return "The declaration names no goods."
    lacking = [
        str(place)
        for place, item in enumerate(items, start=1)
        if len(str(item.get("commodityCode") or item.get("tariffHeading") or "")) < 6
        or not item.get("description")
    ]
    return f"Commodity code or description is missing in item {', '.join(lacking)}." if lacking else ""
