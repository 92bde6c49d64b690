"""Forms of the seller's desk."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, Product, Variant
from catalog.pricing import Tier, ladder_fault
from catalog.readiness import LADDER_FAULTS, description_words
from marketplace.kit.money import Money


def origin_choices() -> list[tuple[str, str]]:
    names = Locale.parse((get_language() or "en").replace("-", "_")).territories
    known = [
        (c, str(n))
        for c, n in names.items()
        if len(c) == 2 and c.isalpha() and c not in {"ZZ", "EU", "UN", "EZ"}
    ]
    return [("", str(_("Choose"))), *sorted(known, key=lambda pair: pair[1])]


class NewListingForm(forms.Form):
    title = forms.CharField(label=_("What do you want to sell?"), min_length=3, max_length=120)


class ListingForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, text, origin and customs: a draft may have gaps, so only wrong values are refused."""

    category = forms.ModelChoiceField(
        Category.objects.order_by("path"), label=_("Category"), required=False, to_field_name="slug"
    )
    origin = forms.ChoiceField(label=_("Made in"), choices=origin_choices, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The field speaks of categories by slug, the form's own start value is a primary key.
        self.initial["category"] = self.instance.category

    class Meta:
        model = Product
        fields = ("title", "description", "category", "materials", "origin", "customs_description", "hs_code")
        labels = {
            "title": _("Name"),
            "description": _("What is it? Say it in your words"),
            "materials": _("What is it made of?"),
            "customs_description": _("What customs reads"),
            "hs_code": _("Customs code"),
        }
        help_texts = {
            "customs_description": _("What it is, what it is made of, what it is for."),
            "hs_code": _("6 to 12 digits, for example 460219."),
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
            "customs_description": forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            "hs_code": forms.TextInput(attrs={"inputmode": "numeric"}),
            "title": forms.TextInput(attrs={"dir": "auto"}),
        }

    def clean_hs_code(self) -> str:
        """Read a code as people print it: dots and spaces do not count."""
        code = str(self.cleaned_data["hs_code"]).replace(".", "").replace(" ", "")
        if code and not (code.isascii() and code.isdigit() and 6 <= len(code) <= 12):
            raise forms.ValidationError(_("A customs code has 6 to 12 digits, for example 460219."))
        return code

    def clean_customs_description(self) -> str:
        text = str(self.cleaned_data["customs_description"]).strip()
        if text and (words := description_words(text)):
            raise forms.ValidationError(words)
        return text


class VariantForm(forms.ModelForm):  # type: ignore[type-arg]
    """Price, steps, weight and size of one option."""

    option_name = forms.CharField(label=_("Option, for example Colour"), max_length=40, required=False)
    option_value = forms.CharField(label=_("This one, for example Red"), max_length=60, required=False)
    code = forms.CharField(label=_("Your own code"), max_length=38, required=False)

    class Meta:
        model = Variant
        fields = (
            "price_amount", "minimum_quantity", "net_weight_kg", "gross_weight_kg",
            "length_cm", "width_cm", "height_cm", "temperature",
            "shelf_life_days", "battery_wh", "battery_un",
        )  # fmt: skip
        labels = {
            "price_amount": _("Your price each"),
            "minimum_quantity": _("Smallest order, pieces"),
            "net_weight_kg": _("Weight without packing, kg"),
            "gross_weight_kg": _("Weight packed, kg"),
            "length_cm": _("Length packed, cm"),
            "width_cm": _("Width packed, cm"),
            "height_cm": _("Height packed, cm"),
            "temperature": _("How it must be kept"),
            "shelf_life_days": _("Keeps for, days"),
            "battery_wh": _("Battery, watt-hours"),
            "battery_un": _("Battery UN number"),
        }

    STEPS = (1, 2, 3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ladder = list(self.instance.tiers.all()) if self.instance.pk else []
        for n in self.STEPS:
            step = ladder[n - 1] if n <= len(ladder) else None
            self.fields[f"from_{n}"] = forms.IntegerField(
                label=_("From pieces"), min_value=2, max_value=1_000_000, required=False,
                initial=step.from_quantity if step else None,
            )  # fmt: skip
            self.fields[f"price_{n}"] = forms.DecimalField(
                label=_("Price each"), min_value=Decimal("0.0001"), max_digits=19, decimal_places=4,
                required=False, initial=step.price_amount if step else None,
            )  # fmt: skip
        self.fields["minimum_quantity"].initial = 1
        for name, field in self.fields.items():
            start = self.initial.get(name, field.initial)
            if isinstance(start, Decimal):
                self.initial[name] = f"{start.normalize():f}"
        for name, low in {"price_amount": "0.0001", "minimum_quantity": "1"}.items():
            self.fields[name].widget.attrs["min"] = low
        if self.instance.pk:
            del self.fields["code"]
            name, value = next(iter(self.instance.options.items()), ("", ""))
            self.fields["option_name"].initial, self.fields["option_value"].initial = name, value

    def steps(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Pair the fields of each price step."""
        return [(self[f"from_{n}"], self[f"price_{n}"]) for n in self.STEPS]

    def tiers(self) -> Sequence[Tier]:
        """Read the steps that were filled in."""
        pairs = [
            (self.cleaned_data.get(f"from_{n}"), self.cleaned_data.get(f"price_{n}")) for n in self.STEPS
        ]
        return [Tier(start, price) for start, price in pairs if start and price]

    def options(self) -> dict[str, str]:
        name, value = self.cleaned_data.get("option_name", ""), self.cleaned_data.get("option_value", "")
        return {name or "Option": value} if value else {}

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot be: no price, negative or absurd measures, a ladder that rises."""
        data = super().clean() or {}
        for name in ("net_weight_kg", "gross_weight_kg", "length_cm", "width_cm", "height_cm"):
            value = data.get(name)
            if value is not None and not 0 < value <= (30_000 if name.endswith("kg") else 1_200):
                self.add_error(name, _("Write a number above zero that a carrier can move."))
        if (data.get("minimum_quantity") or 0) > 1_000_000 or data.get("minimum_quantity") == 0:
            self.add_error("minimum_quantity", _("Write a number from 1 to 1,000,000."))
        price = data.get("price_amount")
        if price is not None and price <= 0:
            self.add_error("price_amount", _("A price must be above zero."))
        net, gross = data.get("net_weight_kg"), data.get("gross_weight_kg")
        if net and gross and gross < net:
            self.add_error("gross_weight_kg", _("Packed, it cannot weigh less than without packing."))
        if price and price > 0 and not self.errors:
            fault = ladder_fault(Money(price, "XXX"), self.tiers(), data.get("minimum_quantity") or 1)
            if fault:
                self.add_error("from_1", LADDER_FAULTS[fault])
        return data
