"""Checkout address, problem and review."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from marketplace.documents.uploads import Upload, checked
from marketplace.http import countries
from orders.actions import Contact
from orders.models import Dispute

NO_POSTCODE = frozenset({"HK", "AE", "QA", "KE", "PA", "BO", "AO", "GH", "UG", "ZW"})
REGION_NEEDED = frozenset({"US", "CA", "AU"})


def _field(kind: type[forms.Field], autocomplete: str, label: Any, **more: Any) -> Any:
    attrs = {"autocomplete": autocomplete, **more.pop("attrs", {})}
    return kind(label=label, widget=more.pop("widget", forms.TextInput)(attrs=attrs), **more)


class CountrySelect(forms.Select):
    """All countries of the world by name; a template for each of 250 options costs more than the page."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002
        return format_html(
            "<select{}>{}</select>",
            flatatt({**self.build_attrs(self.attrs, attrs), "name": name}),
            _options(str(value or "")),
        )

    def use_required_attribute(self, initial: Any) -> bool:  # noqa: ARG002
        return True


class CountryField(forms.ChoiceField):
    """One country of the world."""

    widget = CountrySelect

    def valid_value(self, value: object) -> bool:
        return str(value) in countries()


@lru_cache(maxsize=300)
def _options(chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((code, mark_safe(" selected") if code == chosen else "", name) for code, name in by_name()),
    )


@cache
def by_name() -> list[tuple[str, str]]:
    """Give the countries of the world in the order of their names."""
    return sorted(countries().items(), key=lambda pair: pair[1])


class CheckoutForm(forms.Form):
    """Seven fields for a private buyer; the company's fields stand in a fold."""

    email = _field(
        forms.EmailField, "email", _("Email"), max_length=254, widget=forms.EmailInput,
        help_text=_("We send the papers and the tracking link here"),
    )  # fmt: skip
    country = _field(CountryField, "country", _("Country"), widget=CountrySelect, choices=by_name)
    name = _field(forms.CharField, "name", _("Full name"), max_length=100)
    street = _field(forms.CharField, "street-address", _("Street and house number"), max_length=160)
    postal_code = _field(forms.CharField, "postal-code", _("Postcode"), max_length=12, required=False)
    town = _field(forms.CharField, "address-level2", _("Town or city"), max_length=80)
    region = _field(forms.CharField, "address-level1", _("State or province"), max_length=80, required=False)
    phone = _field(
        forms.CharField, "tel", _("Phone"), max_length=30, required=False,
        help_text=_("Only the driver uses it"),
    )  # fmt: skip
    company_name = _field(forms.CharField, "organization", _("Company"), max_length=120, required=False)
    tax_id = _field(forms.CharField, "off", _("VAT or tax number"), max_length=40, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        country = data.get("country", "")
        if country and country not in NO_POSTCODE and not data.get("postal_code"):
            self.add_error("postal_code", _("Enter the postcode, such as 10115."))
        if country in REGION_NEEDED and not data.get("region"):
            self.add_error("region", _("Enter the state or province."))
        return data

    def contact(self) -> Contact:
        """Return what was entered as one contact."""
        data = self.cleaned_data
        return Contact(**{name: str(data.get(name) or "").strip() for name in self.fields})


class ProblemForm(forms.Form):
    """What went wrong: the kind of problem, the buyer's words, a photo or a paper."""

    cause = forms.ChoiceField(label=_("What is wrong?"), choices=Dispute.Cause.choices, required=False)
    reason = forms.CharField(
        label=_("What happened?"), max_length=500, min_length=5, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(
        label=_("Photo or paper"), required=False, help_text=_("PDF, JPEG or PNG, up to 5 MB"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip

    def upload(self) -> Upload | None:
        """Check the chosen file; none is fine."""
        return evidence(self.cleaned_data.get("file"))


class MessageForm(forms.Form):
    """One side's words in a case, with a photo or a paper."""

    words = forms.CharField(
        label=_("Your message"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(
        label=_("Photo or paper"), required=False, help_text=_("PDF, JPEG or PNG, up to 5 MB"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip

    def upload(self) -> Upload | None:
        """Check the chosen file; none is fine."""
        return evidence(self.cleaned_data.get("file"))


def evidence(file: UploadedFile[bytes] | None) -> Upload | None:
    """Take PDF, JPEG or PNG up to 5 MB whose content is what its name says; refuse anything else."""
    return checked(file.name or "paper", file.read()) if file else None


class ReviewForm(forms.Form):
    """One to five stars and a few words."""

    stars = forms.TypedChoiceField(
        label=_("Stars"), coerce=int, choices=[(n, str(n)) for n in range(5, 0, -1)]
    )
    text = forms.CharField(
        label=_("What do you think?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
