"""Pages of a maker's own goods on their way: send them to another store, see the premium, cover them."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from logistics import sending
from logistics.warehousing import desk
from logistics.warehousing.models import StockBalance, Transfer, Warehouse
from marketplace.accounts.models import Company, User
from marketplace.accounts.roles import needs
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal

stores = needs("fulfilment", seller=True)


class CoverForm(forms.Form):
    """What goods are worth and how they travel: all that cover needs."""

    worth = forms.DecimalField(
        label=gettext_lazy("Worth with freight, USD"), min_value=Decimal(1), max_value=Decimal(9_999_999),
        decimal_places=2, required=False,
    )  # fmt: skip
    mode = forms.ChoiceField(label=gettext_lazy("They travel"), choices=list(sending.MODES.items()))
    frozen = forms.BooleanField(label=gettext_lazy("They must stay frozen"), required=False)

    @property
    def goods(self) -> str:
        """The class of goods that cover is rated by."""
        return "frozen" if self.cleaned_data["frozen"] else "general"

    @property
    def value(self) -> Money | None:
        """The insured goods; nothing means no cover."""
        worth = self.cleaned_data.get("worth")
        return Money(worth, sending.CURRENCY) if worth else None


class SendForm(CoverForm):
    """Which goods go where, covered or not."""

    shelf = forms.ModelChoiceField(
        label=gettext_lazy("Goods"), queryset=StockBalance.objects.none(), empty_label=gettext_lazy("Choose")
    )
    quantity = forms.IntegerField(label=gettext_lazy("Pieces"), min_value=1, max_value=999_999)
    end = forms.ModelChoiceField(
        label=gettext_lazy("To the store"),
        queryset=Warehouse.objects.none(),
        empty_label=gettext_lazy("Choose"),
    )
    insured = forms.BooleanField(label=gettext_lazy("Insure them on the way"), required=False)
    field_order = ["shelf", "quantity", "end", "mode", "insured", "worth", "frozen"]

    def clean(self) -> dict[str, Any]:
        """Cover needs a value."""
        given = super().clean() or {}
        if given.get("insured") and not given.get("worth") and "worth" not in self.errors:
            self.add_error("worth", _("Say what the goods are worth, so that we can cover them."))
        return given


def _label(row: StockBalance) -> str:
    facts = {"sku": row.sku, "house": row.warehouse.name, "n": row.left}
    if row.customs_status == "bonded":
        return _("%(sku)s in %(house)s, bonded: %(n)s free") % facts
    return _("%(sku)s in %(house)s: %(n)s free") % facts


def _form(request: HttpRequest) -> SendForm:
    user = cast("User", request.user)
    form = SendForm(request.POST or None)
    shelves = cast("forms.ModelChoiceField[Any]", form.fields["shelf"])
    shelves.queryset = (
        StockBalance.objects.filter(owner=user.company_id)
        .free()
        .select_related("warehouse")
        .order_by("sku", "pk")
    )
    cast("Any", shelves).label_from_instance = _label
    cast("forms.ModelChoiceField[Any]", form.fields["end"]).queryset = desk.houses(user).order_by("name")
    return form


@stores
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    """Send own goods to another store; with cover, the premium and its exclusions are shown before."""
    user, now = cast("User", request.user), timezone.now()
    form = _form(request)
    page: dict[str, Any] = {"form": form, "key": request.POST.get("key", "")[:40] or secrets.token_hex(8)}
    page["empty"] = not StockBalance.objects.filter(owner=user.company_id).free().exists()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        value = form.value if given["insured"] else None
        try:
            if value is not None and request.POST.get("act") != "send":
                page["cover"], page["premium"] = sending.offer(
                    value=value, mode=given["mode"], goods=form.goods, to=given["end"].country, on=now.date()
                )
                return render(request, "stores/send.html", page)
            made = sending.send(
                balance=given["shelf"], end=given["end"], quantity=given["quantity"],
                company=cast("Company", user.company), key=page["key"], at=now, value=value,
                mode=given["mode"], goods=form.goods,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("stores:transfer", number=made.number)
    return render(request, "stores/send.html", page, status=422 if form.errors else 200)


def _own(request: HttpRequest, number: str) -> Transfer:
    user = cast("User", request.user)
    rows = Transfer.objects.filter(owner=user.company_id) if user.company_id else Transfer.objects.none()
    return get_object_or_404(rows.select_related("start", "end"), number=number)


@stores
@require_http_methods(["GET", "POST"])
def insure(request: HttpRequest, number: str) -> HttpResponse:
    """Cover own goods that were sent without; the premium and its exclusions are shown before."""
    found, now = _own(request, number), timezone.now()
    form = CoverForm(request.POST or None)
    page: dict[str, Any] = {"transfer": found, "form": form, "policy": sending.policy_of(found)}
    if request.method == "POST" and form.is_valid():
        if form.value is None:
            form.add_error("worth", _("Say what the goods are worth, so that we can cover them."))
            return render(request, "stores/insure.html", page, status=422)
        try:
            if request.POST.get("act") != "bind":
                page["cover"], page["premium"] = sending.offer(
                    value=form.value, mode=form.cleaned_data["mode"], goods=form.goods,
                    to=found.end.country, on=now.date(),
                )  # fmt: skip
                return render(request, "stores/insure.html", page)
            sending.cover(
                transfer=found, value=form.value, mode=form.cleaned_data["mode"], goods=form.goods,
                company=cast("Company", cast("User", request.user).company), at=now,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The goods are covered from the carrier's first scan on."))
            return redirect("stores:transfer", number=number)
    return render(request, "stores/insure.html", page, status=422 if form.errors else 200)


@stores
@require_POST
def handover(request: HttpRequest, number: str) -> HttpResponse:
    """Note the carrier's first scan: cover begins."""
    if sending.handed_over(transfer=_own(request, number), at=timezone.now()):
        messages.success(request, _("The cover has begun."))
    return redirect("stores:transfer", number=number)
