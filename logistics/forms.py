"""What a packer types in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from logistics.freight import Sent, trial
from logistics.models import Shipment
from logistics.options import Consignment, Piece
from marketplace.accounts.forms import country_choices
from marketplace.accounts.models import Company
from marketplace.kit.money import Money
from marketplace.kit.places import Place


class PackForm(forms.Form):
    """One weight for each parcel."""

    def __init__(self, *args: object, shipment: Shipment, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for parcel in shipment.parcels.all():
            self.fields[parcel.number] = forms.DecimalField(
                label=_("Weight of %(parcel)s in kg, with packing") % {"parcel": parcel.number},
                min_value=Decimal("0.001"),
                max_value=Decimal(1000),
                max_digits=10,
                decimal_places=3,
                initial=parcel.gross_weight_kg,
            )

    @property
    def weights(self) -> dict[str, Decimal]:
        """The typed weights by parcel number."""
        return dict(self.cleaned_data)


class FreightForm(forms.Form):
    """A trial: one kind of parcel, how many a week, and where they go."""

    kg = forms.DecimalField(
        label=_("Weight of a parcel, kg"), min_value=Decimal("0.01"), max_value=Decimal(1000)
    )
    length = forms.DecimalField(
        label=_("Length, cm"), min_value=Decimal(1), max_value=Decimal(300), initial=40
    )
    width = forms.DecimalField(label=_("Width, cm"), min_value=Decimal(1), max_value=Decimal(300), initial=30)
    height = forms.DecimalField(
        label=_("Height, cm"), min_value=Decimal(1), max_value=Decimal(300), initial=20
    )
    country = forms.ChoiceField(
        label=_("To country"), choices=lambda: [("", _("Choose")), *country_choices()]
    )
    weekly = forms.IntegerField(label=_("Parcels a week"), min_value=1, max_value=50, initial=5)
    code = forms.ChoiceField(
        label=_("Promise"),
        choices=[("economy", _("economy")), ("standard", _("standard")), ("express", _("express"))],
        initial="standard",
    )

    def sent(self, company: Company, today: date) -> list[Sent]:
        """Four weeks of such parcels from the maker's own door."""
        given = self.cleaned_data
        sides = (given["length"], given["width"], given["height"])
        piece = Piece("parcel", 1, given["kg"], sides)
        start = Place(company.country, company.postal_code, company.town)
        asked = Consignment(start, Place(given["country"]), (piece,), Money(Decimal(0), "USD"))
        return trial(asked, piece, code=given["code"], weekly=given["weekly"], on=today)
