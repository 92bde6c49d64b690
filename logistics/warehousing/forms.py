"""Forms of the stores, made for a thumb and for a scanner that types like a keyboard."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from logistics.warehousing.models import Warehouse, Withdrawal

SCAN = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "data-scan": ""}


class CodeField(forms.CharField):
    """A code as a scanner types it: without spaces around, never longer than the column."""

    def __init__(self, **given: Any) -> None:
        super().__init__(max_length=60, widget=forms.TextInput(attrs=SCAN), **given)


class AnnounceForm(forms.Form):
    """Tell a warehouse what is coming: one lot."""

    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none())
    sku = CodeField(label=_("Product code"))
    lot_number = CodeField(label=_("Lot"), required=False)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=999_999)
    expires_on = forms.DateField(
        label=_("Best before"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    expected_on = forms.DateField(
        label=_("Comes on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    entry_number = CodeField(
        label=_("Customs entry"), required=False, help_text=_("Only for goods that come into bond.")
    )


class ReceiveForm(forms.Form):
    """What was scanned at the door."""

    sku = CodeField(label=_("Product code"))
    lot_number = CodeField(label=_("Lot"), required=False)
    received = forms.IntegerField(label=_("Whole"), min_value=0, max_value=999_999, initial=1)
    damaged = forms.IntegerField(
        label=_("Damaged"), min_value=0, max_value=999_999, initial=0, required=False
    )
    bin_code = forms.CharField(
        label=_("Bin"), max_length=20, required=False, widget=forms.TextInput(attrs=SCAN)
    )
    expires_on = forms.DateField(
        label=_("Best before, if the lot is new"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip


class PickForm(forms.Form):
    """What was taken from the bin."""

    sku = CodeField(label=_("Scan the product"))
    lot_number = CodeField(label=_("Scan the lot"), required=False)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=999_999)


class CountForm(forms.Form):
    """What lies there. The books are not shown."""

    counted = forms.IntegerField(label=_("How many do you see?"), min_value=0, max_value=999_999)


class WithdrawForm(forms.Form):
    """Take goods out of bond."""

    lot_number = CodeField(label=_("Lot"))
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=999_999)
    purpose = forms.ChoiceField(label=_("What for"), choices=Withdrawal.Purpose)
