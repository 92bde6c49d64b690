"""The port to live carriers: accounts, questions and answers in our own exact types. Plain Python.

`logistics/carriers/sdk.py` speaks to them, in the worker of the queue "carriers" alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING
from hashlib import sha256
from typing import Any, Final

from logistics.carriers.base import BookingParcel, CarrierSilent
from marketplace.kit.money import Money

QUEUE: Final = "carriers"
PROCESS: Final = "CARRIERS_PROCESS"  # the worker sets it; no other process may load the SDK
KNOWN: Final[Mapping[str, str]] = {
    "mydhl": "DHL Express",
    "fedex": "FedEx",
    "ups": "UPS",
    "canadapost": "Canada Post",
}


class BadAccounts(ValueError):
    """LIVE_CARRIERS cannot be read."""


class CarrierUnavailable(CarrierSilent):
    """The carrier is silent or broken; nothing was booked, so the same may be asked again."""


class BookingUnclear(CarrierSilent):
    """The carrier did not say whether it booked: look up before anything is sent again."""


class CarrierRefuses(Exception):
    """The carrier answered that it will not carry this, in its own words."""


@dataclass(frozen=True, slots=True)
class Account:
    """Our contract with one carrier; without an address its real one is used."""

    carrier: str
    credentials: Mapping[str, str] = field(repr=False)
    address: str = ""
    test: bool = False
    pays_duty: bool = False

    @property
    def name(self) -> str:
        """The carrier's name as people know it."""
        return KNOWN[self.carrier]


@dataclass(frozen=True, slots=True)
class Asked:
    """What we ask a price for. Addresses have name, lines, town, postal_code, region, country, phone."""

    sender: Mapping[str, Any]
    recipient: Mapping[str, Any]
    parcel: BookingParcel
    value: Money
    on: date
    duty_paid: bool = False
    goods: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class LiveRate:
    """One service of a carrier with its price; `service` is what the carrier calls it to machines."""

    carrier: str
    service: str
    name: str
    price: Money
    days: int | None
    charges: tuple[tuple[str, Money], ...] = ()

    @property
    def code(self) -> str:
        """A short name of the service that fits where option codes stand."""
        return option_code(self.carrier, self.service)


@dataclass(frozen=True, slots=True)
class LiveLabel:
    """What a carrier gave for a booking."""

    tracking_number: str
    label: bytes = b""
    media_type: str = ""


def option_code(carrier: str, service: str) -> str:
    """Name a live service in at most thirty letters, the same every time."""
    return f"live-{carrier}-{sha256(service.encode()).hexdigest()[:8]}"


def is_live(code: str) -> bool:
    """Tell whether an option is sold by a live carrier."""
    return code.startswith("live-")


def read_accounts(text: str) -> tuple[Account, ...]:
    """Read the setting LIVE_CARRIERS: a JSON list of accounts; nothing means no live carrier."""
    if not text.strip():
        return ()
    try:
        rows = json.loads(text)
        accounts = tuple(_account(row) for row in rows)
    except (ValueError, TypeError, AttributeError, KeyError) as problem:
        raise BadAccounts(f"LIVE_CARRIERS cannot be read: {problem}") from problem
    if len({account.carrier for account in accounts}) < len(accounts):
        raise BadAccounts("LIVE_CARRIERS names a carrier twice.")
    return accounts


def _account(row: Mapping[str, Any]) -> Account:
    if row["carrier"] not in KNOWN:
        raise BadAccounts(f"{row['carrier']} is not one of {', '.join(KNOWN)}.")
    return Account(
        carrier=row["carrier"],
        credentials={str(name): str(value) for name, value in row["credentials"].items()},
        address=str(row.get("address", "")).rstrip("/"),
        test=bool(row.get("test", False)),
        pays_duty=bool(row.get("pays_duty", False)),
    )


def rounded_up(parcel: BookingParcel) -> tuple[int, int, int]:
    """Whole centimetres, never smaller than the box: carriers cut what stands behind the point."""
    length, width, height = (int(side.to_integral_value(ROUND_CEILING)) for side in parcel.size_cm)
    return length, width, height
