"""Live carriers through the Karrio SDK, in the worker of the queue "carriers" alone; `wire.py` loads it.

The SDK is wrapped for what we found by running it (2026.1.32): it switches certificate checks off when it is
imported, has no time limits, sends a request again when a tracing package is there, keeps money as floats,
cuts dimensions and customs values to whole numbers, and names services by its own words.
"""

from __future__ import annotations

import base64
import importlib
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from logistics.carriers.live import (
    Account,
    Asked,
    BookingUnclear,
    CarrierRefuses,
    CarrierUnavailable,
    LiveLabel,
    LiveRate,
    rounded_up,
)
from logistics.carriers.repairs import Repaired, number
from logistics.carriers.wire import Broken, Wire, called, load, open_once
from marketplace.kit.money import Money

GRAM: Final = Decimal("0.001")
STEP: Final[Mapping[str, Decimal]] = {"canadapost": Decimal("0.1")}  # finer weights are cut down by the SDK
WINDOW: Final = timedelta(days=3)  # a look-up by reference asks for so many days around the booking
# DHL's event codes, from general knowledge; the SDK files clearance and delivery faults under one code.
DHL: Final[Mapping[str, str]] = {
    "PU": "picked_up", "IC": "import_customs", "CR": "customs_cleared", "CD": "customs_hold",
    "UD": "customs_hold", "WC": "out_for_delivery", "CC": "available_for_pickup", "NH": "delivery_failed",
    "BA": "delivery_failed", "RT": "returned", "OK": "delivered", "OH": "on_hold", "TD": "delayed",
}  # fmt: skip
STATUS: Final[Mapping[str, str]] = {
    "pending": "info_received", "picked_up": "picked_up", "on_hold": "on_hold", "delivered": "delivered",
    "in_transit": "in_transit", "delivery_failed": "delivery_failed", "delivery_delayed": "delayed",
    "out_for_delivery": "out_for_delivery", "ready_for_pickup": "available_for_pickup",
    "cancelled": "cancelled", "return_to_sender": "returning",
}  # fmt: skip


class Live:
    """One carrier of `LIVE_CARRIERS`."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.sdk = load()
        self.gateway = self._gateway()

    def _gateway(self) -> Any:
        name, account = self.account.carrier, self.account
        settings = importlib.import_module(f"karrio.mappers.{name}.settings").Settings
        if account.address:
            address = account.address
            settings = type("Settings", (settings,), {"server_url": property(lambda _self: address)})
        made = settings(**account.credentials, test_mode=account.test)
        return self.sdk.gateway[name].create(made)

    def rates(self, asked: Asked) -> tuple[LiveRate, ...]:
        """Ask for every service of the lane; no rates but words means that the carrier refuses."""
        models = importlib.import_module("karrio.core.models")
        question = models.RateRequest(
            shipper=self._address(models, asked.sender), recipient=self._address(models, asked.recipient),
            parcels=[self._parcel(models, asked, self.account.carrier)],
            options={"shipment_date": asked.on.isoformat()},
        )  # fmt: skip
        try:
            (found, told), wire = called(lambda: self.sdk.Rating.fetch(question).from_(self.gateway).parse())
        except Broken as trouble:
            raise CarrierUnavailable(str(trouble)) from trouble
        rates = tuple(rate for rate in map(self._rate, found) if rate is not None)
        if rates:
            return rates
        words = _words(told)
        if words and any(_is_answer(how) for how in wire.orders):
            raise CarrierRefuses(words)
        raise CarrierUnavailable(words or "no rates")

    def _rate(self, found: Any) -> LiveRate | None:
        meta = found.meta or {}
        price = _money(found.total_charge, found.currency)
        service = str(meta.get("product_code") or found.service)
        if price is None or price.amount <= 0 or not service:
            return None
        charges = [(str(c.name), _money(c.amount, c.currency)) for c in found.extra_charges or []]
        return LiveRate(
            self.account.carrier, service, _shown(meta.get("service_name") or service), price,
            int(found.transit_days) if found.transit_days else None,
            tuple((name, money) for name, money in charges if money is not None and money.amount),
        )  # fmt: skip

    def book(self, asked: Asked, *, service: str, reference: str) -> LiveLabel:
        """Book once. Unclear is said apart from refused and from not sent: it must be looked up first."""
        models = importlib.import_module("karrio.core.models")
        payload = models.ShipmentRequest(
            service=service, reference=reference, label_type="PDF",
            shipper=self._address(models, asked.sender), recipient=self._address(models, asked.recipient),
            parcels=[self._parcel(models, asked, self.account.carrier, reference)],
            customs=self._customs(models, asked, reference) if self._crosses(asked) else None,
            payment=models.Payment(paid_by="sender", currency=asked.value.currency),
            options={
                "shipment_date": asked.on.isoformat(), "currency": asked.value.currency,
                "declared_value": str(asked.value.amount),
            },
        )  # fmt: skip
        lib = importlib.import_module("karrio.lib")
        payload = lib.to_object(models.ShipmentRequest, lib.to_dict(payload))

        def work() -> Any:
            request = self.gateway.mapper.create_shipment_request(payload)
            repaired = Repaired(request, self.account.carrier, asked, reference)
            answer = self.gateway.proxy.create_shipment(repaired)
            return self.gateway.mapper.parse_shipment_response(answer)

        try:
            (details, told), wire = called(work)
        except Broken as trouble:
            raise _unclear(trouble.wire, str(trouble)) from trouble
        if details is None or not details.tracking_number:
            words = _words(told)
            ends = wire.orders
            if ends and all(
                isinstance(how, int) and 400 <= how < 500 and how not in {408, 429} for how in ends
            ):
                raise CarrierRefuses(words or f"HTTP {ends[-1]}")
            if words and ends and all(how == 200 for how in ends):
                raise CarrierRefuses(words)
            raise _unclear(wire, words)
        label = base64.b64decode(details.docs.label or "") if details.docs else b""
        kind = str(details.label_type or "PDF").upper()
        media_type = "application/pdf" if "PDF" in kind else "application/octet-stream"
        return LiveLabel(str(details.tracking_number), label, media_type)

    def find(self, reference: str, *, on: date) -> str | None:
        """Look for a booking under our reference: its tracking number, or nothing.

        Canada Post has no such question: there an unclear booking is never sent again.
        """
        look = getattr(self, f"_find_{self.account.carrier}", None)
        if look is None:
            raise CarrierUnavailable("This carrier cannot be asked for a booking by its reference.")
        try:
            found, _wire = called(lambda: look(reference, on))
        except Broken as trouble:
            if any(how == 404 for _method, _url, how in trouble.wire.sent):
                return None
            raise CarrierUnavailable(str(trouble)) from trouble
        return str(found) if found else None

    def _find_mydhl(self, reference: str, on: date) -> Any:
        asked = {
            "shipmentReference": reference, "shipmentReferenceType": "CU",
            "shipperAccountNumber": self.account.credentials.get("account_number", ""),
            "dateRangeFrom": (on - WINDOW).isoformat(), "dateRangeTo": (on + WINDOW).isoformat(),
        }  # fmt: skip
        answer = self._get("/tracking", asked, f"Basic {self.gateway.settings.authorization}")
        return _first(answer.get("shipments"), "shipmentTrackingNumber")

    def _find_fedex(self, reference: str, on: date) -> Any:
        lib = importlib.import_module("karrio.lib")
        token = self.gateway.proxy.authenticate(lib.Serializable({})).deserialize()
        asked = {
            "referencesInformation": {
                "type": "CUSTOMER_REFERENCE", "value": reference,
                "accountNumber": self.account.credentials.get("account_number", ""),
                "shipDateBegin": (on - WINDOW).isoformat(), "shipDateEnd": on.isoformat(),
            },
            "includeDetailedScans": False,
        }  # fmt: skip
        answer = self._post("/track/v1/referencenumbers", asked, f"Bearer {token}")
        for result in (answer.get("output") or {}).get("completeTrackResults") or []:
            for track in result.get("trackResults") or []:
                if not track.get("error"):
                    return (track.get("trackingNumberInfo") or {}).get("trackingNumber")
        return None

    def _find_ups(self, reference: str, on: date) -> Any:
        asked = {
            "locale": "en_US", "shipperNum": self.account.credentials.get("account_number", ""),
            "fromPickUpDate": f"{on - WINDOW:%Y%m%d}", "toPickUpDate": f"{on + WINDOW:%Y%m%d}",
        }  # fmt: skip
        path = f"/api/track/v1/reference/details/{urllib.parse.quote(reference, safe='')}"
        answer = self._get(path, asked, f"Bearer {self.gateway.proxy.get_token()}")
        shipments = (answer.get("trackResponse") or {}).get("shipment") or []
        return next((_first(one.get("package"), "trackingNumber") for one in shipments), None)

    def _get(self, path: str, asked: Mapping[str, str], authorization: str) -> dict[str, Any]:
        address = f"{self.gateway.settings.server_url}{path}?{urllib.parse.urlencode(asked)}"
        return self._json(urllib.request.Request(address), authorization)  # noqa: S310

    def _post(self, path: str, asked: Mapping[str, Any], authorization: str) -> dict[str, Any]:
        body = json.dumps(asked).encode()
        request = urllib.request.Request(f"{self.gateway.settings.server_url}{path}", body, method="POST")  # noqa: S310
        return self._json(request, authorization)

    def _json(self, request: urllib.request.Request, authorization: str) -> dict[str, Any]:
        for name, value in (
            ("Authorization", authorization), ("Content-Type", "application/json"),
            ("transId", "sampan-look-up"), ("transactionSrc", "sampan"),
        ):  # fmt: skip
            request.add_header(name, value)
        found = json.loads(open_once(request).read())
        return found if isinstance(found, dict) else {}

    def cancel(self, tracking_number: str) -> None:
        """Tell the carrier that a booked parcel will not come."""
        models = importlib.import_module("karrio.core.models")
        question = models.ShipmentCancelRequest(shipment_identifier=tracking_number)
        try:
            called(lambda: self.sdk.Shipment.cancel(question).from_(self.gateway).parse())
        except Broken as trouble:
            raise CarrierUnavailable(str(trouble)) from trouble

    def tracking(self, tracking_number: str) -> list[dict[str, Any]]:
        """Ask for every event, in the form in which `record_tracking` takes it; our status stands beside."""
        models = importlib.import_module("karrio.core.models")
        question = models.TrackingRequest(tracking_numbers=[tracking_number])

        def work() -> Any:
            answer = self.gateway.proxy.get_tracking(self.gateway.mapper.create_tracking_request(question))
            if self.account.carrier == "canadapost":  # one answer alone is not found: it needs company
                lib = importlib.import_module("karrio.lib")
                answer = lib.Deserializable([*answer.value, ""], lib.to_element)
            return self.gateway.mapper.parse_tracking_response(answer)

        try:
            (found, told), _wire = called(work)
        except Broken as trouble:
            raise CarrierUnavailable(str(trouble)) from trouble
        if not found:
            raise CarrierUnavailable(_words(told) or "no events")
        signed = getattr(found[0].info, "signed_by", None) if found[0].info else None
        rows = [self._event(tracking_number, event, signed) for event in reversed(found[0].events or [])]
        return [row for row in rows if row is not None]

    def _event(self, number: str, event: Any, signed: str | None) -> dict[str, Any] | None:
        code = str(event.code or "").strip() or str(event.description or "")[:30]
        if not event.date or not code:
            return None
        status = self._status(code, event)
        proof = {"signed_by": str(signed)} if signed and status == "delivered" else {}
        return {
            "tracking_number": number, "code": code[:30], "time": _moment(event),
            "place": str(event.location or "")[:80], "evidence": proof, "status": status,
        }  # fmt: skip

    def _status(self, code: str, event: Any) -> str:
        if self.account.carrier == "mydhl":
            known = DHL.get(code)
            if known:
                return known
        named = str(getattr(event, "status", None) or "")
        if not named:
            units = importlib.import_module(f"karrio.providers.{self.account.carrier}.units")
            named = next((one.name for one in units.TrackingStatus if code in (one.value or [])), "")
        return STATUS.get(named, "")

    @staticmethod
    def _crosses(asked: Asked) -> bool:
        return bool(asked.sender.get("country") != asked.recipient.get("country"))

    def _address(self, models: Any, party: Mapping[str, Any]) -> Any:
        lines = [*party.get("lines", []), ""]
        return models.Address(
            person_name=str(party.get("name", "")) or None,
            company_name=str(party.get("company", "")) or None,
            address_line1=lines[0] or str(party.get("town", "")) or None,
            city=str(party.get("town", "")) or None, postal_code=str(party.get("postal_code", "")) or None,
            state_code=str(party.get("region", "")) or None, country_code=str(party.get("country", "")),
            phone_number=str(party.get("phone", "")) or None,
        )  # fmt: skip

    @staticmethod
    def _parcel(models: Any, asked: Asked, carrier: str, reference: str = "") -> Any:
        length, width, height = rounded_up(asked.parcel)
        weight = asked.parcel.weight_kg.quantize(STEP.get(carrier, GRAM), ROUND_CEILING)
        return models.Parcel(
            weight=number(weight), weight_unit="KG", length=length, width=width, height=height,
            dimension_unit="CM", reference_number=reference or None,
        )  # fmt: skip

    @staticmethod
    def _customs(models: Any, asked: Asked, reference: str) -> Any:
        return models.Customs(
            commodities=[
                models.Commodity(
                    sku=str(row.get("sku", "")), description=str(row.get("description", ""))[:75],
                    title=str(row.get("description", ""))[:35], quantity=int(row.get("quantity", 1)),
                    hs_code=str(row.get("hs_code", "")), origin_country=str(row.get("origin", "")) or None,
                    weight=number(row.get("weight_kg") or "0.01"), weight_unit="KG",
                    value_amount=number(row.get("value")), value_currency=asked.value.currency,
                )
                for row in asked.goods
            ],
            incoterm="DDP" if asked.duty_paid else "DAP", content_type="merchandise", invoice=reference,
            invoice_date=asked.on.isoformat(),
            duty=models.Duty(
                paid_by="sender" if asked.duty_paid else "recipient", currency=asked.value.currency,
                declared_value=str(asked.value.amount),
            ),
        )  # fmt: skip


def _money(amount: Any, currency: Any) -> Money | None:
    """Bring the SDK's float into an exact amount."""
    if amount is None or not currency:
        return None
    with suppress(ArithmeticError, ValueError):
        return Money(Decimal(str(amount)), str(currency)).rounded()
    return None


def _shown(name: object) -> str:
    """A service's name for people; the SDK's own names become words."""
    text = str(name)
    if "_" not in text:
        return text
    words = {
        "fedex": "FedEx",
        "ups": "UPS",
        "dhl": "DHL",
        "am": "AM",
        "pm": "PM",
        "canadapost": "Canada Post",
    }
    return " ".join(words.get(word.lower(), word.capitalize()) for word in text.split("_") if word)


def _words(told: Any) -> str:
    """The carrier's own words; the SDK's words about what it could not read are none."""
    known = [m for m in told or [] if "INTERNAL_ERROR" not in str(getattr(m, "code", ""))]
    return "; ".join(dict.fromkeys(str(m.message) for m in known if getattr(m, "message", "")))[:200]


def _is_answer(how: int | str) -> bool:
    return isinstance(how, int) and how < 500 and how not in {401, 403, 408, 429}


def _unclear(wire: Wire, words: str) -> CarrierUnavailable | BookingUnclear:
    """Nothing was sent or nobody listened: nothing is booked. Everything else has to be looked up."""
    if not wire.orders or all(how == "refused" for how in wire.orders):
        return CarrierUnavailable(words or "not reached")
    return BookingUnclear(words or "no clear answer")


def _first(rows: Any, name: str) -> Any:
    return next((row.get(name) for row in rows or [] if isinstance(row, dict) and row.get(name)), None)


def _moment(event: Any) -> str:
    """The carrier's local time; where it names no offset we do not invent one."""
    if stamp := getattr(event, "timestamp", None):
        return str(stamp).replace(".000Z", "").removesuffix("Z")[:32]
    text = str(event.time or "00:00").strip()
    hours = text.split(" ")[0]
    hour, _colon, rest = hours.partition(":")
    if text.upper().endswith("PM") and hour.isdigit() and int(hour) < 12:
        hour = str(int(hour) + 12)
    elif text.upper().endswith("AM") and hour == "12":
        hour = "00"
    minutes = (rest or "00")[:5]
    return f"{event.date}T{int(hour):02d}:{minutes if len(minutes) > 2 else minutes.zfill(2)}"
