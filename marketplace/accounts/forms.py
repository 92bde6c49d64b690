"""Forms about people and companies."""

from __future__ import annotations

import zoneinfo
from typing import Any

from babel import Locale
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import postal
from marketplace.accounts.models import Address, Company, Membership, User

CURRENCIES = """ARS AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW MXN MYR NOK NZD
    PEN PHP PLN RON SEK SGD THB TRY USD VND ZAR""".split()  # noqa: SIM905
ZONES = [(zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones()) if "/" in zone]
FAULTS = {
    ("postal_code", "needed"): _("This country needs a postcode, for example {example}."),
    ("postal_code", "form"): _("A postcode of this country looks like {example}."),
    ("region", "needed"): _("This country needs a state or province."),
    ("town", "needed"): _("Write the town."),
}


def currency_choices() -> list[tuple[str, str]]:
    """List the currencies that a company may keep its prices in, by code and name."""
    names = Locale.parse((get_language() or "en").replace("-", "_")).currencies
    return [(code, f"{code}, {names.get(code, code)}") for code in CURRENCIES]


def country_choices() -> list[tuple[str, str]]:
    """List the countries with a postal rule first, then all others, by name in the reader's language."""
    # Babel's stubs give one type to every table of a locale; territories are codes and names.
    names = {
        str(code): str(name)
        for code, name in Locale.parse((get_language() or "en").replace("-", "_")).territories.items()
    }
    codes = [
        code for code in names if len(code) == 2 and code.isalpha() and code not in {"ZZ", "EU", "UN", "EZ"}
    ]
    return sorted(
        ((code, names[code]) for code in codes), key=lambda pair: (pair[0] not in postal.RULES, pair[1])
    )


class PlaceMixin(forms.ModelForm):  # type: ignore[type-arg]
    """Checks the parts of an address by the rule of its country."""

    def place_fields(self) -> None:
        self.fields["country"] = forms.ChoiceField(label=_("Country"), choices=country_choices)
        for name, hint in {
            "street": "street-address",
            "town": "address-level2",
            "region": "address-level1",
            "postal_code": "postal-code",
            "country": "country",
        }.items():
            self.fields[name].widget.attrs["autocomplete"] = hint

    def check_place(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Add an error for each part that the country needs or writes in another way."""
        country = cleaned.get("country") or ""
        cleaned["postal_code"] = postal.tidy(country, cleaned.get("postal_code") or "")
        found = postal.faults(
            country,
            postal_code=cleaned["postal_code"],
            region=cleaned.get("region") or "",
            town=cleaned.get("town") or "",
        )
        example = postal.rule(country).example
        for field, fault in found.items():
            if not self.has_error(field):
                self.add_error(field, str(FAULTS[field, fault]).format(example=example))
        return cleaned


class AddressForm(PlaceMixin):
    class Meta:
        model = Address
        fields = (
            "country", "name", "street", "street2", "town", "region", "postal_code", "phone", "is_default",
        )  # fmt: skip
        labels = {
            "name": _("Name"),
            "street": _("Street and number"),
            "street2": _("Flat, floor, building"),
            "town": _("Town"),
            "region": _("State or province"),
            "postal_code": _("Postcode"),
            "phone": _("Telephone, for the driver"),
            "is_default": _("Send things here unless I say otherwise"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place_fields()
        self.fields["town"].required = False

    def clean(self) -> dict[str, Any]:
        return self.check_place(super().clean() or {})


class CompanyForm(PlaceMixin):
    currency = forms.ChoiceField(label=_("Your money"), choices=currency_choices)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=ZONES, required=False)

    class Meta:
        model = Company
        fields = (
            "kind",
            "name",
            "country",
            "street",
            "town",
            "region",
            "postal_code",
            "currency",
            "timezone",
        )
        labels = {
            "kind": _("You are"),
            "name": _("Name"),
            "street": _("Street and number"),
            "town": _("Town"),
            "region": _("State or province"),
            "postal_code": _("Postcode"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place_fields()

    def clean_timezone(self) -> str:
        return self.cleaned_data["timezone"] or "UTC"

    def clean(self) -> dict[str, Any]:
        return self.check_place(super().clean() or {})


NUMBERS = ("eori", "vat", "tin", "ioss")


class SellingForm(forms.ModelForm):  # type: ignore[type-arg]
    """What buyers and customs read about a seller."""

    eori = forms.CharField(label=_("EORI or customs number"), max_length=20, required=False)
    vat = forms.CharField(label=_("VAT number"), max_length=20, required=False)
    tin = forms.CharField(label=_("Tax number of your firm at home (TIN)"), max_length=30, required=False)
    ioss = forms.CharField(label=_("IOSS number, if you have one"), max_length=20, required=False)

    class Meta:
        model = Company
        fields = ("story", "speciality", "founded", "registration_note")
        labels = {
            "story": _("Who you are and what you make"),
            "speciality": _("What you are best at"),
            "founded": _("Since which year"),
            "registration_note": _("Register and number of your firm"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = self.instance.tax_ids or {}
        for name in NUMBERS:
            self.fields[name].initial = ids.get(name.upper(), "")

    def tax_ids(self) -> dict[str, str]:
        """Gather the numbers that were given, leaving other numbers as they are."""
        asked = {name.upper() for name in NUMBERS}
        kept = {k: v for k, v in (self.instance.tax_ids or {}).items() if k not in asked}
        given = {name.upper(): self.cleaned_data[name].strip() for name in NUMBERS}
        return kept | {name: value for name, value in given.items() if value}


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("Email"))
    role = forms.ChoiceField(label=_("What they may do"), choices=Membership.Role.choices)


class JoinForm(forms.Form):
    """Name and password of an invited person; the address is the invitation's."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        """Refuse a password that is easy to guess."""
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password
