"""The house carrier over HTTP; on a fresh machine the sandbox answers at the same address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
from django.conf import settings

from logistics.carriers.base import Booking, BookingRequest, CarrierSilent

SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class House:
    """Talks to `CARRIER_ADDRESS`."""

    address: str
    secret: str
    code: str = "SAMPAN"

    def book(self, request: BookingRequest, *, key: str) -> Booking:
        """Book a shipment; the key makes a repeated call harmless."""
        body = {
            "reference": request.reference,
            "service": request.service,
            "from": dict(request.sender),
            "to": dict(request.recipient),
            "terms": request.terms,
            "callback": request.callback,
            "parcels": [
                {
                    "number": parcel.number,
                    "weight_kg": str(parcel.weight_kg),
                    "size_cm": [str(side) for side in parcel.size_cm],
                }
                for parcel in request.parcels
            ],
        }
        answer = self._post("/bookings/", body, key)
        try:
            numbers = {str(row["number"]): str(row["tracking_number"]) for row in answer["parcels"]}
            if set(numbers) != {parcel.number for parcel in request.parcels}:
                raise CarrierSilent("The carrier did not number every parcel.")
            return Booking(str(answer["booking"]), numbers)
        except (KeyError, TypeError) as unreadable:
            raise CarrierSilent("The carrier's answer cannot be read.") from unreadable

    def tracking(self, reference: str) -> list[Mapping[str, object]]:
        """Ask for every event of a booking."""
        found = self._ask("GET", f"/bookings/{reference}/", None, "")
        rows = found.get("events", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CarrierSilent("The carrier's answer cannot be read.")
        return rows

    def cancel(self, reference: str, *, key: str) -> None:
        """Cancel a booking."""
        self._post(f"/bookings/{reference}/cancellation/", {}, key)

    def _post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return self._ask("POST", path, body, key)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, key: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.secret}"} | ({"Idempotency-Key": key} if key else {})
        try:
            answer = httpx.request(
                method, f"{self.address}{path}", json=body, headers=headers, timeout=SECONDS
            )
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as trouble:
            raise CarrierSilent(str(trouble)[:200]) from trouble
        if not isinstance(found, dict):
            raise CarrierSilent("The carrier's answer cannot be read.")
        return found


def current() -> House:
    """Return the carrier of the settings."""
    return House(settings.CARRIER_ADDRESS, settings.CARRIER_SECRET)
