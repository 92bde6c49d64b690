"""EU H7, the super-reduced set for parcels up to EUR 150 (Del. Reg. (EU) 2015/2446, annex B, column H7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from customs import shipments
from customs.datasets import parties as p
from customs.datasets.fields import AMOUNT, COUNTRY, CURRENCY, HS6, MASS, S10, Field
from customs.models import Declaration

LIMIT_EUR: Final = Decimal(150)
# Goods that H7 does not take: alcohol and tobacco (excise), perfume and toilet water.
EXCLUDED: Final = ("2203", "2204", "2205", "2206", "2207", "2208", "24", "3303")
PROCEDURES: Final = frozenset({"C07", "C08", "F48", "F49"})
_IM: Final = r"IM\d{10}"
_IOSS: Final = "must be IM and ten digits"
RULES: Final = (
    Field("declarationType", "declaration type", codes=frozenset({"IM", "CO"})),
    Field("additionalDeclarationType", "additional declaration type", codes=frozenset("AD")),
    Field("lrn", "local reference number", 22),
    Field("additionalProcedures[]", "additional procedure", codes=PROCEDURES),
    Field("previousDocument.reference", "previous document", 70),
    Field("transportDocument.reference", "transport document", 70),
    Field("transportDocument.itemNumbers[]", "postal item number", needed=False, form=S10, hint="is no S10"),
    Field("additionalFiscalReferences[].identifier", "IOSS number", needed=False, form=_IM, hint=_IOSS),
    Field("exporter.name", "exporter's name", 70),
    Field("exporter.town", "exporter's town", 35),
    Field("exporter.country", "exporter's country", form=COUNTRY),
    Field("importer.name", "importer's name", 70),
    Field("importer.street", "importer's street", 70),
    Field("importer.postalCode", "importer's postal code", 17),
    Field("importer.town", "importer's town", 35),
    Field("importer.country", "importer's country", form=COUNTRY),
    Field("declarant.identification", "declarant's identification", 17),
    Field("representativeStatus", "representative's status", codes=frozenset("23")),
    Field("locationOfGoods.country", "location of goods", form=COUNTRY),
    Field("grossMassKg", "gross mass of the parcel", form=MASS, hint="must be above zero"),
    Field("intrinsicValue.amount", "intrinsic value", form=AMOUNT),
    Field("intrinsicValue.currency", "currency", form=CURRENCY),
    Field("goodsItems[].description", "goods description", 512),
    Field("goodsItems[].commodityCode", "commodity code", form=HS6, hint="needs 6 digits"),
    Field("goodsItems[].grossMassKg", "gross mass", form=MASS, hint="must be above zero"),
    Field("goodsItems[].packages", "number of packages", form=r"[1-9]\d{0,7}"),
    Field("goodsItems[].intrinsicValue.amount", "intrinsic value", form=AMOUNT),
    Field("goodsItems[].transportCosts.amount", "transport and insurance costs", form=AMOUNT),
)  # fmt: skip


def fits(declaration: Declaration) -> bool:
    """Say whether the parcel may use H7: at most EUR 150 and no excise goods."""
    euro = declaration.value_euro
    small = euro is not None and euro <= LIMIT_EUR
    return small and not any(line.hs_code.startswith(EXCLUDED) for line in declaration.lines.all())


def data(declaration: Declaration) -> dict[str, Any]:
    """Write the data set from the frozen rows."""
    ioss = p.tax_id(declaration, "IOSS")
    numbers = shipments.numbers(declaration.order_number)
    carriage = p.shares(declaration, declaration.freight_amount + declaration.insurance_amount)
    return {
        "dataSet": "H7",
        "declarationType": "IM",
        "additionalDeclarationType": "A",
        "lrn": declaration.number,
        "additionalProcedures": ["C07", "F48" if ioss else "F49"],
        "additionalFiscalReferences": [{"role": "FR5", "identifier": ioss}] if ioss else [],
        "previousDocument": {"type": "N355", "reference": f"ENS-{declaration.number}"},
        "transportDocument": {
            "type": shipments.document_kind(declaration.mode),
            "reference": numbers.waybill or declaration.order_number,
            "itemNumbers": list(numbers.items),
        },
        "supportingDocuments": [{"type": "N380", "reference": declaration.order_number}],
        "exporter": p.seller(declaration),
        "importer": p.buyer(declaration),
        "declarant": p.declarant(),
        "representativeStatus": "2",
        "locationOfGoods": {
            "qualifier": "Z",
            "country": declaration.to_country,
            "postalCode": declaration.to_postal_code,
            "town": declaration.to_town,
        },
        "grossMassKg": p.mass(p.gross(declaration)),
        "intrinsicValue": p.money(declaration.value_amount, declaration.currency),
        "goodsItems": [
            {
                "itemNumber": line.position,
                "description": p.words(line)[:512],
                "commodityCode": line.hs_code[:6],
                "countryOfOrigin": line.origin,
                "grossMassKg": p.mass(line.gross_weight_kg),
                "packages": 1,
                "supplementaryUnits": str(line.quantity),
                "intrinsicValue": p.money(line.value_amount, line.currency),
                "transportCosts": p.money(cost, declaration.currency),
            }
            for line, cost in zip(declaration.lines.all(), carriage, strict=True)
        ],
    }
