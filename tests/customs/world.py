"""A small world for the border's tests: a maker, a buyer, operators, a parcel."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from customs import actions
from customs.actions import DeclarationInput
from customs.models import Declaration
from marketplace.accounts.models import Company, User
from marketplace.kit.money import Money
from marketplace.kit.places import Place

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def company(number: str, name: str, country: str = "KE", **fields: Any) -> Company:
    given: dict[str, Any] = {
        "number": number,
        "slug": number.lower(),
        "name": name,
        "country": country,
        "currency": "EUR",
        "is_seller": True,
        "street": "Market Road 4",
        "town": "Nairobi",
        "postal_code": "00100",
    }
    return Company.objects.create(**(given | fields))


def person(email: str, **fields: Any) -> User:
    return User.objects.create_user(
        email, "correct horse", name=email.split("@", maxsplit=1)[0].title(), **fields
    )


def operator(email: str = "amina@sampan.example") -> User:
    return person(email, is_staff=True, desk="customs")


def basket(**changes: Any) -> DeclarationInput:
    given: dict[str, Any] = {
        "description": "Sisal basket",
        "quantity": 2,
        "value": Money(Decimal("60.00"), "EUR"),
        "customs_description": "woven basket, of sisal 100%, for storing things at home",
        "hs_code": "460219",
        "origin": "KE",
        "net_weight_kg": Decimal("1.2"),
        "gross_weight_kg": Decimal("1.6"),
    }
    return DeclarationInput(**(given | changes))


def declared(order: str, seller: Company, *lines: DeclarationInput, **changes: Any) -> Declaration:
    given: dict[str, Any] = {
        "order_number": order,
        "seller": seller,
        "buyer_name": "Clara Whitfield",
        "buyer_kind": "consumer",
        "ship_from": Place("KE", "00100", "Nairobi"),
        "ship_to": Place("GB", "LS1 4AP", "Leeds"),
        "terms": "DDP",
        "mode": "air",
        "currency": "EUR",
        "contact": actions.Contact(street="Elm Street 12", phone="+44 113 000", email="clara@mail.example"),
        "freight": Money(Decimal("8.00"), "EUR"),
        "insurance": Money(Decimal("0.50"), "EUR"),
        "lines": lines or (basket(),),
        "at": NOON,
    }
    return actions.draft_declaration(**(given | changes))
