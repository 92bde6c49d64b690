"""UPU ITMATT (M33): the item data that posts send ahead."""

from __future__ import annotations

from typing import Any, Final

from customs import shipments
from customs.datasets import parties as p
from customs.datasets.fields import AMOUNT, COUNTRY, CURRENCY, HS6, MASS, S10, Field
from customs.models import Declaration

RULES: Final = (
    Field("reference", "item reference", 35),
    Field("itemNumbers[]", "postal item number", needed=False, form=S10, hint="is no S10"),
    Field(
        "natureOfTransaction", "nature of transaction", codes=frozenset({"11", "21", "31", "32", "91", "99"})
    ),
    Field("sender.name", "sender's name", 60),
    Field("sender.street", "sender's street", 60),
    Field("sender.town", "sender's town", 35),
    Field("sender.country", "sender's country", form=COUNTRY),
    Field("addressee.name", "addressee's name", 60),
    Field("addressee.street", "addressee's street", 60),
    Field("addressee.town", "addressee's town", 35),
    Field("addressee.country", "addressee's country", form=COUNTRY),
    Field("grossWeightKg", "gross weight of the item", form=MASS, hint="must be above zero"),
    Field("declaredValue.amount", "declared value", form=AMOUNT),
    Field("declaredValue.currency", "currency", form=CURRENCY),
    Field("contentPieces[].description", "goods description", 60),
    Field("contentPieces[].quantity", "quantity", form=r"[1-9]\d{0,7}"),
    Field("contentPieces[].netWeightKg", "net weight", form=MASS, hint="must be above zero"),
    Field("contentPieces[].value.amount", "value", form=AMOUNT),
    Field("contentPieces[].tariffHeading", "commodity code", form=HS6, hint="needs 6 digits"),
    Field("contentPieces[].originCountry", "country of origin", form=COUNTRY),
)


def data(declaration: Declaration) -> dict[str, Any]:
    """Write the data set from the frozen rows."""
    kind = p.tax_kind(declaration.to_country)
    return {
        "dataSet": "ITMATT",
        "version": "M33-12",
        "reference": declaration.number,
        "itemNumbers": list(shipments.numbers(declaration.order_number).items),
        "natureOfTransaction": "11",
        "sender": p.seller(declaration),
        "addressee": p.buyer(declaration),
        "senderTaxNumber": p.tax_id(declaration, kind) if kind else "",
        "grossWeightKg": p.mass(p.gross(declaration)),
        "declaredValue": p.money(declaration.value_amount, declaration.currency),
        "postage": p.money(declaration.freight_amount, declaration.currency),
        "contentPieces": [
            {
                "number": line.position,
                "description": p.words(line)[:60],
                "quantity": line.quantity,
                "netWeightKg": p.mass(line.net_weight_kg),
                "value": p.money(line.value_amount, line.currency),
                "tariffHeading": line.hs_code[:6],
                "originCountry": line.origin,
            }
            for line in declaration.lines.all()
        ],
    }
