"""The maker's page for papers of origin: what is kept, until when it counts, the upload, the withdrawal."""

from __future__ import annotations

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
from customs import actions, origin
from customs.models import OriginEvidence
from customs.refusals import EvidenceRefused
from marketplace.accounts.models import User
from marketplace.accounts.roles import needs
from marketplace.documents.uploads import LARGEST, FileRefused

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


def _own(request: HttpRequest, number: str) -> Product:
    found = Product.objects.owned_by(request.user).select_related("seller")
    return get_object_or_404(found, number=number)


@never_cache
@needs("catalogue", seller=True)
@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: HttpRequest, number: str) -> HttpResponse:
    """Show the papers of a product and take another one."""
    product, today = _own(request, number), timezone.localdate()
    sent = request.method == "POST"
    first = {"agreement": request.GET.get("agreement", ""), "valid_from": today}
    form = EvidenceForm(
        request.POST if sent else None, request.FILES if sent else None, made_in=product.origin,
        initial=first,
    )  # fmt: skip
    status = 200
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
