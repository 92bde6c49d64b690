"""Write down for customs what an order sends across the border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from customs.amounts import in_euro
from customs.events import DeclarationDrafted
from customs.models import Declaration, DeclarationLine, next_id
from customs.refusals import DeclarationDiffers
from marketplace.accounts.models import Company
from marketplace.events.bus import publish
from marketplace.kit.money import Money
from marketplace.kit.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationInput:
    """One line of goods as it was sold; value and weights are those of the whole line."""

    description: str
    quantity: int
    value: Money
    sku: str = ""
    customs_description: str = ""
    hs_code: str = ""
    origin: str = ""
    net_weight_kg: Decimal | None = None
    gross_weight_kg: Decimal | None = None
    measured: Mapping[str, str] = field(default_factory=dict)
    battery_un: str = ""
    evidence: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where the buyer is reached: street, telephone and e-mail go to post and customs ahead of the parcel."""

    street: str = ""
    phone: str = ""
    email: str = ""


@transaction.atomic
def draft_declaration(
    *,
    order_number: str,
    seller: Company,
    buyer_name: str,
    buyer_kind: str,
    ship_from: Place,
    ship_to: Place,
    terms: str,
    mode: str,
    currency: str,
    lines: Sequence[DeclarationInput],
    value: Money | None = None,
    buyer: Company | None = None,
    buyer_tax_id: str = "",
    contact: Contact | None = None,
    freight: Money | None = None,
    insurance: Money | None = None,
    charges: Money | None = None,
    procedure: str = "4000",
    at: datetime | None = None,
) -> Declaration:
    """Freeze the order's goods as a declaration; a second call for the same order changes nothing.

    Freight, insurance and charges are in the currency of the declaration; charges are the duty and tax that
    the buyer was promised, nothing where the buyer pays them at the door.
    """
    reach = contact or Contact()
    whole = value or Money(sum((line.value.amount for line in lines), Decimal(0)), currency)
    known = Declaration.objects.filter(order_number=order_number).first()
    if known is not None:
        if known.value != whole or known.lines.count() != len(lines):
            raise DeclarationDiffers(order=order_number)
        return known
    key = next_id(Declaration)
    declaration = Declaration.objects.create(
        pk=key,
        number=f"DEC-{key:06d}",
        order_number=order_number,
        seller=seller,
        buyer=buyer,
        buyer_name=buyer_name,
        buyer_kind=buyer_kind,
        buyer_tax_id=buyer_tax_id,
        from_country=ship_from.country,
        from_town=ship_from.town,
        from_postal_code=ship_from.postal_code,
        to_country=ship_to.country,
        to_town=ship_to.town,
        to_postal_code=ship_to.postal_code,
        to_region=ship_to.region,
        to_street=reach.street[:160],
        buyer_phone=reach.phone[:30],
        buyer_email=reach.email,
        procedure=procedure,
        terms=terms,
        mode=mode,
        value_amount=whole.amount,
        currency=whole.currency,
        freight_amount=freight.amount if freight else Decimal(0),
        insurance_amount=insurance.amount if insurance else Decimal(0),
        charges_amount=charges.amount if charges else None,
        value_euro=_cents(in_euro(whole)),
        drafted_at=at or timezone.now(),
    )
    DeclarationLine.objects.bulk_create(
        _line(declaration, position, given) for position, given in enumerate(lines, start=1)
    )
    publish(DeclarationDrafted(subject=order_number, declaration=declaration.number))
    return declaration


def _line(declaration: Declaration, position: int, given: DeclarationInput) -> DeclarationLine:
    euro = in_euro(given.value)
    return DeclarationLine(
        declaration=declaration,
        position=position,
        sku=given.sku,
        description=given.description[:300],
        customs_description=given.customs_description[:400],
        hs_code="".join(filter(str.isdigit, given.hs_code)),
        origin=given.origin,
        quantity=given.quantity,
        value_amount=given.value.amount,
        currency=given.value.currency,
        unit_value_euro=None if euro is None else (euro / given.quantity).quantize(Decimal("0.000001")),
        net_weight_kg=given.net_weight_kg,
        gross_weight_kg=given.gross_weight_kg,
        measured=dict(given.measured),
        battery_un=given.battery_un,
        evidence=list(given.evidence),
    )


def _cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal("0.01"))
