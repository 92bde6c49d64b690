"""ICS2 entry summary declaration (ENS), sent before loading: Reg. (EU) 952/2013, article 127."""

from __future__ import annotations

import re
from typing import Any, Final

from customs import shipments
from customs.datasets import parties as p
from customs.datasets.fields import COUNTRY, HS6, MASS, S10, Field
from customs.models import Declaration

RULES: Final = (
    Field("lrn", "local reference number", 22),
    Field("carrier.name", "carrier", 70),
    Field("supplementaryDeclarant.identification", "supplementary declarant", 17),
    Field("consignor.name", "consignor's name", 70),
    Field("consignor.town", "consignor's town", 35),
    Field("consignor.country", "consignor's country", form=COUNTRY),
    Field("consignee.name", "consignee's name", 70),
    Field("consignee.street", "consignee's street", 70),
    Field("consignee.postalCode", "consignee's postal code", 17),
    Field("consignee.town", "consignee's town", 35),
    Field("consignee.country", "consignee's country", form=COUNTRY),
    Field("seller.name", "seller's name", 70),
    Field("buyer.name", "buyer's name", 70),
    Field("houseConsignment.reference", "house transport document", 70),
    Field("houseConsignment.itemNumbers[]", "postal item number", needed=False, form=S10, hint="is no S10"),
    Field("modeOfTransport", "mode of transport", codes=frozenset("12345")),
    Field("routing[]", "country on the route", form=COUNTRY),
    Field("placeOfAcceptance.country", "place of acceptance", form=COUNTRY),
    Field("placeOfDelivery.country", "place of delivery", form=COUNTRY),
    Field("goodsItems[].description", "goods description", 512),
    Field("goodsItems[].commodityCode", "commodity code", form=HS6, hint="needs 6 digits"),
    Field("goodsItems[].grossMassKg", "gross mass", form=MASS, hint="must be above zero"),
    Field("goodsItems[].packages", "number of packages", form=r"[1-9]\d{0,7}"),
    Field("goodsItems[].dangerousGoods", "UN number", needed=False, form=r"\d{4}", hint="needs 4 digits"),
)


def un_number(text: str) -> str:
    """Find the four digits of a UN number in words such as "UN3481 PI967"; the words where there are none."""
    found = re.search(r"(?<!\d)\d{4}(?!\d)", text)
    return found.group() if found else text


def data(declaration: Declaration) -> dict[str, Any]:
    """Write the data set from the frozen rows; the carrier is the house carrier."""
    seller, buyer = p.seller(declaration), p.buyer(declaration)
    numbers = shipments.numbers(declaration.order_number)
    return {
        "dataSet": "ENS",
        "messageType": "F32" if declaration.mode in {"air", "express"} else "F43",
        "lrn": f"ENS-{declaration.number}",
        "carrier": {"name": shipments.carrier_name()},
        "supplementaryDeclarant": p.declarant(),
        "consignor": seller,
        "consignee": buyer,
        "seller": seller,
        "buyer": buyer,
        "notifyParty": {"name": buyer["name"], "email": buyer["email"], "phone": buyer["phone"]},
        "houseConsignment": {
            "type": shipments.document_kind(declaration.mode),
            "reference": numbers.waybill or declaration.order_number,
            "itemNumbers": list(numbers.items),
        },
        "modeOfTransport": p.mode_code(declaration),
        "routing": list(dict.fromkeys([declaration.from_country, declaration.to_country])),
        "placeOfAcceptance": {"country": declaration.from_country, "town": declaration.from_town},
        "placeOfDelivery": {"country": declaration.to_country, "town": declaration.to_town},
        "goodsItems": [
            {
                "itemNumber": line.position,
                "description": p.words(line)[:512],
                "commodityCode": line.hs_code[:6],
                "grossMassKg": p.mass(line.gross_weight_kg),
                "packages": 1,
                "dangerousGoods": un_number(line.battery_un),
            }
            for line in declaration.lines.all()
        ],
    }
