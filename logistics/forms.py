"""What a packer types in."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from logistics.models import Shipment


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
