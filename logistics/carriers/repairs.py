"""What the carriers' SDK (2026.1.32) leaves out or gets wrong in a booking, put right before it is sent.

Found by reading what it sends: no reference of ours (MyDHL, FedEx pieces), customs values cut to whole
numbers (MyDHL), a doubled customs value and a weight in pounds called kilograms (FedEx), no pieces (UPS), and
"Invalidenstr. 117" turned into "117 Invalidenstr." (all but MyDHL).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from logistics.carriers.live import Asked


def number(amount: object) -> float:
    """Write an amount as the SDK wants it; this is the one edge where it leaves our exact types."""
    return float(Decimal(str(amount or "0")))


class Repaired:
    """A request as the SDK made it, repaired when it is written out."""

    def __init__(self, request: Any, carrier: str, asked: Asked, reference: str) -> None:
        self.ctx = request.ctx
        self._request, self._carrier, self._asked, self._reference = request, carrier, asked, reference

    def serialize(self) -> Any:
        """Give the whole request."""
        made = self._request.serialize()
        repair = getattr(self, f"_{self._carrier}", None)
        return _replaced(repair(made) if repair else made, self._turned())

    def _turned(self) -> dict[str, str]:
        """Street lines as the SDK writes them, with those that people wrote."""
        found = {}
        for party in (self._asked.sender, self._asked.recipient):
            line = next(iter(party.get("lines") or []), "")
            street, _space, house = line.rpartition(" ")
            if street and any(letter.isdigit() for letter in house):
                found[f"{house} {street}"] = line
        return found

    def _mydhl(self, made: Any) -> Any:
        shipment = made["shipment"]
        shipment["customerReferences"] = [{"value": self._reference, "typeCode": "CU"}]
        lines = ((shipment.get("content") or {}).get("exportDeclaration") or {}).get("lineItems") or []
        for line, row in zip(lines, self._asked.goods, strict=False):
            line["price"] = number(row.get("value"))
        return made

    def _fedex(self, made: Any) -> Any:
        shipment = made["requestedShipment"]
        for piece in shipment.get("requestedPackageLineItems") or []:
            kept = [r for r in piece.get("customerReferences") or [] if r.get("value")]
            others = [r for r in kept if r.get("customerReferenceType") != "CUSTOMER_REFERENCE"]
            ours = {"customerReferenceType": "CUSTOMER_REFERENCE", "value": self._reference}
            piece["customerReferences"] = [*others, ours]
        shipment["totalWeight"] = number(self._asked.parcel.weight_kg)
        if "customsClearanceDetail" in shipment:
            value = {"amount": number(self._asked.value.amount), "currency": self._asked.value.currency}
            shipment["customsClearanceDetail"]["totalCustomsValue"] = value
        return made

    @staticmethod
    def _ups(made: Any) -> Any:
        made["ShipmentRequest"]["Shipment"]["NumOfPiecesInShipment"] = "1"
        return made


def _replaced(made: Any, words: dict[str, str]) -> Any:
    """Give the same request with some texts replaced, in JSON by whole text, in XML between its tags."""
    if isinstance(made, dict):
        return {name: _replaced(value, words) for name, value in made.items()}
    if isinstance(made, list):
        return [_replaced(value, words) for value in made]
    if isinstance(made, str):
        if made.lstrip().startswith("<"):
            for wrong, right in words.items():
                made = made.replace(f">{escape(wrong)}<", f">{escape(right)}<")
            return made
        return words.get(made, made)
    return made
