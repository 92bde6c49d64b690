"""The people and firms of the demo world: invented names in real towns."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from marketplace.accounts.models import Address, Company, Membership, User

DATA: Final = Path(__file__).parent / "data"
PASSWORD: Final = "sampan-demo"  # noqa: S105 - printed on the screen, for demo worlds only
CURRENCY: Final = {"AR": "ARS", "MY": "MYR", "KE": "KES", "VN": "VND", "CN": "CNY", "TR": "TRY", "PE": "PEN"}
TIMEZONE: Final = {
    "AR": "America/Argentina/Buenos_Aires",
    "MY": "Asia/Kuala_Lumpur",
    "KE": "Africa/Nairobi",
    "VN": "Asia/Ho_Chi_Minh",
    "CN": "Asia/Shanghai",
    "TR": "Europe/Istanbul",
    "PE": "America/Lima",
}
LANGUAGES: Final = {
    "AR": ["es", "en"],
    "MY": ["ms", "en", "zh"],
    "KE": ["sw", "en"],
    "VN": ["vi", "en"],
    "CN": ["zh", "en"],
    "TR": ["tr", "en"],
    "PE": ["es", "en"],
}
STAFF: Final = {
    "customs@demo.sampan.example": ("Ines Aguirre", User.Desk.CUSTOMS),
    "customs2@demo.sampan.example": ("Jonas Berg", User.Desk.CUSTOMS),
    "finance@demo.sampan.example": ("Mei Ling Ong", User.Desk.FINANCE),
    "finance2@demo.sampan.example": ("Samuel Otieno", User.Desk.FINANCE),
    "trust@demo.sampan.example": ("Leyla Kaya", User.Desk.TRUST),
    "admin@demo.sampan.example": ("Rosa Quispe", User.Desk.ADMIN),
}


def rows(name: str) -> Iterator[dict[str, str]]:
    """Read one of the demo tables."""
    with (DATA / name).open(encoding="utf-8", newline="") as table:
        yield from csv.DictReader(table)


def seller_email(firm_id: str) -> str:
    return f"{firm_id.lower()}@demo.sampan.example"


def load() -> None:
    """Create or refresh staff, makers and buyers; running it again changes nothing."""
    for email, (name, desk) in STAFF.items():
        _person(email, name, None, desk=desk)
    for row in rows("firms.csv"):
        _maker(row)
    for number, row in enumerate(rows("people.csv"), start=1):
        _buyer(number, row)


def _person(email: str, name: str, company: Company | None, *, desk: str = "", **more: str) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create(
            email=email,
            password=_hashed(),
            name=name,
            company=company,
            desk=desk,
            is_staff=bool(desk),
            **more,
        )
    _verified(user)
    if company is not None:
        Membership.objects.get_or_create(user=user, company=company)
    return user


@cache
def _hashed() -> str:
    """Hash the one password of all once; that is meant to take long."""
    return make_password(PASSWORD)


def _verified(user: User) -> None:
    from allauth.account.models import EmailAddress

    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def _maker(row: dict[str, str]) -> None:
    country = row["country"]
    company, _ = Company.objects.update_or_create(
        number=f"COM-{row['firm_id']}",
        defaults={
            "slug": slugify(row["name"]),
            "name": row["name"],
            "kind": Company.Kind.BUSINESS,
            "is_seller": True,
            "state": Company.State.APPROVED,
            "country": country,
            "town": row["town"],
            "postal_code": row["postcode"],
            "region": row["province"],
            "street": row["street"],
            "currency": CURRENCY[country],
            "timezone": TIMEZONE[country],
            "languages": LANGUAGES[country],
            "founded": int(row["founded"]),
            "speciality": row["speciality"],
            "story": _story(row),
            "registration_note": row["registration_note"],
        },
    )
    _person(
        seller_email(row["firm_id"]),
        row["name"],
        company,
        timezone=TIMEZONE[country],
        language="en",
    )
    _address(company, row["name"], row["street"], row["town"], row["province"], row["postcode"], country)


def _story(row: dict[str, str]) -> str:
    return (
        f"We are {row['staff']} people in {row['town']}. Since {row['founded']} we make {row['speciality']}. "
        f"We have sold abroad since {row['exporting_since']}."
    )


def _buyer(number: int, row: dict[str, str]) -> None:
    company, _ = Company.objects.update_or_create(
        number=f"COM-B{number:02}",
        defaults={
            "slug": f"buyer-{number:02}",
            "name": row["company"] or row["name"],
            "kind": row["kind"],
            "state": Company.State.APPROVED,
            "country": row["country"],
            "town": row["town"],
            "postal_code": row["postal_code"],
            "region": row["region"],
            "street": row["street"],
            "currency": row["currency"],
            "timezone": row["timezone"],
            "languages": [row["language"]],
        },
    )
    _person(row["email"], row["name"], company, timezone=row["timezone"], language=row["language"])
    _address(
        company, row["name"], row["street"], row["town"], row["region"], row["postal_code"], row["country"]
    )


def _address(
    company: Company, name: str, street: str, town: str, region: str, postal_code: str, country: str
) -> None:
    Address.objects.get_or_create(
        company=company,
        is_default=True,
        defaults={
            "name": name,
            "street": street,
            "town": town,
            "region": region,
            "postal_code": postal_code,
            "country": country,
        },
    )
