"""The maker's page for papers of origin: what is kept, until when it counts, the upload, the withdrawal."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models import Product
from customs import actions, origin, origin_verdicts
from customs.models import OriginEvidence
from customs.origin import Material
from customs.refusals import EvidenceRefused, MaterialsRefused
from marketplace.accounts.models import User
from marketplace.accounts.roles import needs
from marketplace.documents.uploads import LARGEST, FileRefused
from marketplace.kit.money import Money

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class EvidenceForm(forms.Form):
    """A paper of origin as it lies before the maker."""

    agreement = forms.ChoiceField(label=gettext_lazy("Trade agreement"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind of paper"), choices=OriginEvidence.Kind.choices)
    reference = forms.CharField(label=gettext_lazy("Number on the paper"), max_length=80)
    valid_from = forms.DateField(label=gettext_lazy("Holds from"), widget=_DAY)
    valid_until = forms.DateField(label=gettext_lazy("Holds until"), widget=_DAY)
    approved = forms.CharField(
        label=gettext_lazy("Your exporter number"), max_length=40, required=False,
        help_text=gettext_lazy("Only if your customs gave you one (REX, approved exporter)"),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("The paper"), help_text=gettext_lazy("PDF, JPEG or PNG, up to 5 MB"),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip

    def __init__(self, *args: Any, made_in: str, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [(one.code, one.name) for one in origin.AGREEMENTS if made_in in one.origins]
        cast("forms.ChoiceField", self.fields["agreement"]).choices = choices


class MaterialsForm(forms.Form):
    """What one piece is made of, as a maker can write it."""

    ex_works = forms.DecimalField(
        label=gettext_lazy("Your price for one piece, without transport"), min_value=Decimal("0.01"),
        max_digits=15, decimal_places=4,
    )  # fmt: skip
    wholly = forms.BooleanField(
        label=gettext_lazy("All of it was grown, caught or mined here"), required=False
    )
    materials = forms.CharField(
        label=gettext_lazy("Materials, one on each line"), required=False, max_length=6000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "Name; customs code; value in one piece; country. For example: cotton yarn; 5205; 3.20; IN"
        ),
    )  # fmt: skip

    def clean_materials(self) -> list[tuple[str, str, Decimal, str]]:
        """Read the lines; a line that cannot be read is named."""
        found = []
        for place, line in enumerate(filter(str.strip, self.cleaned_data["materials"].splitlines()), 1):
            parts = [part.strip() for part in line.split(";")]
            try:
                name, code, value, land = parts
                row = (name[:80], "".join(filter(str.isdigit, code)), Decimal(value), land.upper())
            except (ValueError, InvalidOperation):
                row = ("", "", Decimal(0), "")
            if not row[0] or not re.fullmatch(r"[A-Z]{2}", row[3]) or not row[2].is_finite():
                raise forms.ValidationError(
                    _("Line %(line)s: write name; customs code; value; country, with a semicolon between.")
                    % {"line": place}
                )
            found.append(row)
        return found


def _first(product: Product) -> dict[str, Any]:
    """What the maker said last, as the form shows it."""
    stated = origin_verdicts.made_of(product)
    if stated is None:
        return {}
    lines = [f"{m['name']}; {m['code']}; {m['value']}; {m.get('country', '')}" for m in stated.materials]
    return {
        "ex_works": f"{stated.ex_works_amount.normalize():f}", "wholly": stated.wholly_obtained,
        "materials": "\n".join(lines),
    }  # fmt: skip


def _own(request: HttpRequest, number: str) -> Product:
    found = Product.objects.owned_by(request.user).select_related("seller")
    return get_object_or_404(found, number=number)


@never_cache
@needs("catalogue", seller=True)
@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: HttpRequest, number: str) -> HttpResponse:
    """Show the papers of a product and take another one."""
    return _page(request, _own(request, number), sent=request.method == "POST")


@never_cache
@needs("catalogue", seller=True)
@require_http_methods(["POST"])
def materials(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what a product is made of, and judge its origin by that."""
    product = _own(request, number)
    form = MaterialsForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.state_materials(
                seller=product.seller, number=number, wholly_obtained=given["wholly"],
                ex_works=Money(given["ex_works"], product.seller.currency),
                materials=[
                    Material(name, code, value, land == product.origin, land)
                    for name, code, value, land in given["materials"]
                ],
                by=cast("User", request.user), at=timezone.now(),
            )  # fmt: skip
        except MaterialsRefused as refusal:
            form.add_error("materials", str(refusal))
        else:
            messages.success(request, _("Kept. The rules below are judged by it."))
            return redirect("customs:origin", number=number)
    return _page(request, product, sent=False, made_of=form)


def _page(
    request: HttpRequest, product: Product, *, sent: bool, made_of: MaterialsForm | None = None
) -> HttpResponse:
    today, number = timezone.localdate(), product.number
    first = {"agreement": request.GET.get("agreement", ""), "valid_from": today}
    form = EvidenceForm(
        request.POST if sent else None, request.FILES if sent else None, made_in=product.origin,
        initial=first,
    )  # fmt: skip
    status = 400 if made_of else 200
    if sent:
        if form.is_valid() and _keep(request, product, form):
            messages.success(request, _("The paper is kept. Prices count it from now on."))
            return redirect("customs:origin", number=number)
        status = 400
    rows = OriginEvidence.objects.filter(company=product.seller, product_number=number)
    context = {
        "product": product,
        "form": form,
        "papers": rows.order_by("withdrawn_at", "-valid_until", "pk"),
        "verdicts": origin_verdicts.verdicts(product, today),
        "made_of": made_of or MaterialsForm(initial=_first(product)),
        "currency": product.seller.currency,
        "stated": origin_verdicts.made_of(product),
        "agreements": [one for one in origin.AGREEMENTS if product.origin in one.origins],
        "today": today,
    }
    return render(request, "customs/origin.html", context, status=status)


def _keep(request: HttpRequest, product: Product, form: EvidenceForm) -> bool:
    """Keep the paper; a refusal stands beside its field."""
    given, file = form.cleaned_data, form.cleaned_data["file"]
    if file.size > LARGEST:
        form.add_error("file", _("The file is larger than 5 MB. Make it smaller and try again."))
        return False
    words = ("agreement", "kind", "reference", "valid_from", "valid_until", "approved")
    try:
        actions.keep_evidence(
            seller=product.seller, number=product.number, filename=file.name, content=file.read(),
            by=cast("User", request.user), at=timezone.now(), **{name: given[name] for name in words},
        )  # fmt: skip
    except FileRefused as refusal:
        form.add_error("file", str(refusal))
        return False
    except EvidenceRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@needs("catalogue", seller=True)
@require_POST
def withdraw(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Take a paper back; prices do not count it any more."""
    product = _own(request, number)
    found = get_object_or_404(
        OriginEvidence.objects.filter(company=product.seller, product_number=number), pk=pk
    )
    actions.withdraw_evidence(
        seller=product.seller, evidence_id=found.pk, by=cast("User", request.user), at=timezone.now()
    )
    messages.success(request, _("The paper is withdrawn. Prices do not count it any more."))
    return redirect("customs:origin", number=number)
