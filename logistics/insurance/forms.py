"""Forms of a claim."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from logistics.insurance.models import Claim


class ClaimForm(forms.Form):
    """What happened, how much was lost, and what shows it."""

    cause = forms.ChoiceField(label=_("What happened?"), choices=Claim.Cause)
    claimed = forms.DecimalField(
        label=_("How much was lost?"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2
    )
    words = forms.CharField(
        label=_("What did you see?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("When did you notice it, what does the parcel look like, what did the driver say?"),
    )
