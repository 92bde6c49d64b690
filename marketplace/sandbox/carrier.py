"""The carrier: bookings with tracking numbers, and signed news of each parcel, by clock or by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final

from marketplace.sandbox.store import Box, Thing
from marketplace.sandbox.web import Answer, Request, json_answer

# (code, place of the sender or of the recipient, what the carrier says, hours after the step before)
JOURNEY: Final = (
    ("picked_up", "from", "Picked up from the sender", 4),
    ("export_customs", "from", "Presented to export customs", 8),
    ("in_transit", "from", "Left the country of origin", 12),
    ("in_transit", "to", "Arrived in the country of destination", 48),
    ("import_customs", "to", "Presented to import customs", 4),
    ("customs_cleared", "to", "Released by import customs", 10),
    ("out_for_delivery", "to", "Out for delivery", 14),
    ("delivered", "to", "Delivered and signed for", 5),
)
WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)


def tracking_number(serial: int, country: str) -> str:
    """Return a postal number with its check digit (UPU S10)."""
    digits = f"{serial % 10**8:08d}"
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    return f"LS{digits}{ {10: 0, 11: 5}.get(check, check) }{country[:2].upper() or 'XX'}"


def answer(box: Box, request: Request, secret: str, callback: str) -> Answer:
    """Take a booking or a cancellation; the same key gets the same answer."""
    if request.headers.get("authorization") != f"Bearer {secret}":
        return json_answer({"title": "The key does not fit."}, 401)
    key = request.headers.get("idempotency-key", "")
    parts = request.path.strip("/").split("/")
    if parts == ["carrier", "bookings"] and request.method == "POST":
        known = box.all("booking", key=key) if key else []
        booking = known[0] if known else book(box, request.form, key, secret, callback)
        return json_answer(shown(booking), 201)
    booking = (box.get(parts[2], "booking") if len(parts) > 2 else None) or {}
    if not booking:
        return json_answer({"title": "No such booking."}, 404)
    if parts[3:] == ["cancellation"] and request.method == "POST":
        if booking["step"] == 0 and not booking["cancelled"]:
            booking["cancelled"] = True
            box.save(booking)
        return json_answer(shown(booking), 200 if booking["cancelled"] else 409)
    return json_answer(shown(booking))


def shown(booking: Thing) -> Thing:
    """Return what the carrier tells of a booking."""
    wanted = ("parcels", "reference", "service", "step", "cancelled")
    return {"booking": booking["id"], "events": booking.get("events", []), **{n: booking[n] for n in wanted}}


def book(box: Box, form: Thing, key: str, secret: str, callback: str) -> Thing:
    """Give every parcel a number and start its journey."""
    sender: Any = form.get("from") or {}
    box.cursor.execute("SELECT nextval('sandbox.thing_seq_seq')")
    serial = int(box.cursor.fetchone()[0]) * 100
    parcels = [
        {
            "number": one["number"],
            "tracking_number": tracking_number(serial + place, sender.get("country", "XX")),
        }
        for place, one in enumerate(form.get("parcels") or [])
    ]
    booking = box.new(
        *("bk", "booking"),
        key=key,
        reference=form.get("reference", ""),
        service=form.get("service", ""),
        sender=sender,
        recipient=form.get("to") or {},
        parcels=parcels,
        step=0,
        cancelled=False,
        _callback=form.get("callback") or callback,
        _secret=secret,
    )
    if not box.knobs["manual_carrier"]:
        box.later("track", booking["id"], JOURNEY[0][3] * 3600)
    return booking


def advance(box: Box, name: str, *, code: str = "") -> None:
    """Send the next piece of news about a booking, or a named one (a delay, a loss)."""
    booking = box.get(name, "booking")
    if booking is None or booking["cancelled"] or (not code and booking["step"] >= len(JOURNEY)):
        return
    step = booking["step"]
    if code:
        row = (code, "to", code.replace("_", " ").capitalize(), 0)
    else:
        row = JOURNEY[step]
        booking["step"] = step + 1
        box.save(booking)
    place = booking["sender"] if row[1] == "from" else booking["recipient"]
    for parcel in booking["parcels"]:
        event = {
            "code": row[0],
            "tracking_number": parcel["tracking_number"],
            "parcel": parcel["number"],
            "booking": booking["id"],
            "reference": booking["reference"],
            "time": datetime.fromtimestamp(max(box.now(), time.time()), UTC).isoformat(),
            "place": ", ".join(one for one in (place.get("town", ""), place.get("country", "")) if one),
            "text": row[2],
            "evidence": {"signed_by": "R. Ecipient"} if row[0] == "delivered" else {},
        }
        booking.setdefault("events", []).append(event)
        number = f"{booking['id']}-{step}-{row[0]}-{parcel['number']}"
        box.write("sampan", booking["_callback"], booking["_secret"], {"id": number, "events": [event]})
    box.save(booking)
    if not code and booking["step"] < len(JOURNEY) and not box.knobs["manual_carrier"]:
        box.later("track", name, JOURNEY[booking["step"]][3] * 3600)
