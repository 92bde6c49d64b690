"""Both sides of a dispute: the buyer reports, adds and withdraws; the seller answers with evidence."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.accounts.roles import needs
from orders import actions
from orders.forms import MessageForm, ProblemForm
from orders.models import Dispute, DisputeMessage, Order
from orders.views.buying import mine
from orders.views.selling import own


@require_POST
def problem(request: HttpRequest, number: str) -> HttpResponse:
    """Report a problem; the seller's money of this order waits until a person has decided."""
    order = mine(request, number)
    form = ProblemForm(request.POST, request.FILES)
    if form.is_valid():
        actions.report_problem(
            number=order.number, reason=form.cleaned_data["reason"], at=timezone.now(),
            cause=form.cleaned_data["cause"] or Dispute.Cause.OTHER, upload=form.upload(),
            author=order.group.name,
        )  # fmt: skip
        messages.success(request, _("We read this today and write to you."))
    else:
        messages.error(request, _("Tell us in a few words what happened."))
    return redirect(order)


def _case(order: Order) -> Dispute:
    return get_object_or_404(Dispute.objects.open().about(order)[:1])


@require_POST
def add(request: HttpRequest, number: str) -> HttpResponse:
    """Add the buyer's words or a photo to the open case."""
    order = mine(request, number)
    _said(request, order, DisputeMessage.Side.BUYER)
    return redirect(order)


@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take the problem back: all is well."""
    order = mine(request, number)
    actions.withdraw(dispute_number=_case(order).number, at=timezone.now())
    messages.success(request, _("Thank you. The case is closed."))
    return redirect(order)


@needs("fulfilment", seller=True)
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Answer as the seller, with evidence."""
    order = own(request, number)
    _said(request, order, DisputeMessage.Side.SELLER)
    return redirect("orders:sale", number=number)


def _said(request: HttpRequest, order: Order, side: str) -> None:
    form = MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Write at most 2,000 letters, and choose one file."))
        return
    buyer = side == DisputeMessage.Side.BUYER
    actions.say(
        dispute_number=_case(order).number, side=side, words=form.cleaned_data["words"],
        author=order.group.name if buyer else str(request.user),
        company=order.group.buyer if buyer else order.seller, upload=form.upload(), at=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Your message is in the case. Both sides and we can read it."))
