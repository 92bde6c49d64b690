"""What all data sets share: parties, money, masses and words of a frozen declaration."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.conf import settings

from customs.grounds import EU
from customs.models import Declaration, DeclarationLine
from marketplace.kit.money import Money

# UNECE recommendation 19 codes of the mode of transport.
MODES: Final = {"sea": "1", "reefer": "1", "rail": "2", "road": "3", "air": "4", "express": "4", "post": "5"}
# Whose tax number covers low-value parcels to these countries, and its name in `tax_ids`.
TAX_NUMBERS: Final = {"GB": "GB-VAT", "SG": "OVR", "MY": "LVG", "AU": "AU-GST", "NZ": "NZ-GST", "NO": "VOEC"}


def words(line: DeclarationLine) -> str:
    """Describe the goods for customs."""
    return " ".join((line.customs_description or line.description).split())


def mass(kilograms: Decimal | None) -> str:
    """Write kilograms with three decimals."""
    return f"{kilograms or Decimal(0):.3f}"


def gross(declaration: Declaration) -> Decimal:
    """Add up the gross mass of all lines."""
    return sum((line.gross_weight_kg or Decimal(0) for line in declaration.lines.all()), Decimal(0))


def net(declaration: Declaration) -> Decimal:
    """Add up the net mass of all lines."""
    return sum((line.net_weight_kg or Decimal(0) for line in declaration.lines.all()), Decimal(0))


def money(amount: Decimal, currency: str) -> dict[str, str]:
    """Write an amount with its currency."""
    return {"amount": f"{amount:.2f}", "currency": currency}


def tax_kind(country: str) -> str:
    """Name the number under which tax on low-value parcels to this country is collected; empty if none."""
    return "IOSS" if country in EU else TAX_NUMBERS.get(country, "")


def tax_id(declaration: Declaration, kind: str) -> str:
    """Give the seller's own number of this kind, or the platform's."""
    ids = declaration.seller.tax_ids
    own = str(ids.get(kind, "")) if isinstance(ids, dict) else ""
    return own or str(settings.PLATFORM_TAX_NUMBERS.get(kind, ""))


def seller(declaration: Declaration) -> dict[str, str]:
    """Write the exporter."""
    one = declaration.seller
    ids = one.tax_ids if isinstance(one.tax_ids, dict) else {}
    return {
        "name": one.name,
        "street": one.street,
        "town": one.town,
        "postalCode": one.postal_code,
        "country": one.country,
        "eori": str(ids.get("EORI", "")),
    }


def buyer(declaration: Declaration) -> dict[str, str]:
    """Write the importer."""
    return {
        "name": declaration.buyer_name,
        "street": declaration.to_street,
        "town": declaration.to_town,
        "postalCode": declaration.to_postal_code,
        "country": declaration.to_country,
        "taxId": declaration.buyer_tax_id,
        "phone": declaration.buyer_phone,
        "email": declaration.buyer_email,
    }


def declarant() -> dict[str, str]:
    """Write who declares: Sampan, in its own name on the buyer's behalf (status 2)."""
    return {"identification": settings.CUSTOMS_DECLARANT_ID, "status": "2"}


def mode_code(declaration: Declaration) -> str:
    """Give the code of the mode of transport."""
    return MODES.get(declaration.mode, "5" if not declaration.mode else "9")


def shares(declaration: Declaration, amount: Decimal) -> list[Decimal]:
    """Share freight and insurance over the lines by value, to the cent, nothing lost."""
    lines = list(declaration.lines.all())
    weights = [line.value_amount for line in lines]
    if not any(weights):
        weights = [Decimal(1) for _line in lines]
    return [part.amount for part in Money(amount, declaration.currency).split(weights)] if lines else []
