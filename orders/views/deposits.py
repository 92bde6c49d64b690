"""Paying in two steps: the seller's terms, the seller's call for the balance, the buyer's payment of it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.models import Company
from marketplace.accounts.roles import needs
from marketplace.http import SignedInRequest, countries
from marketplace.kit.money import Money
from orders import actions
from orders.actions import depositing
from orders.actions.depositing import BadRule
from orders.forms import by_name
from orders.models import DepositRule
from orders.views.buying import mine
from orders.views.selling import own


def _seller(request: HttpRequest) -> Company:
    return cast("Company", cast("SignedInRequest", request).user.company)


def _number(text: str, problem: str) -> Decimal:
    try:
        found = Decimal(text.strip().replace(",", ".") or "0")
    except InvalidOperation:
        raise BadRule(problem=problem) from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 12:
        raise BadRule(problem=problem)
    return found


@needs("finance", seller=True)
@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """Show for which orders buyers may pay a deposit first."""
    seller = _seller(request)
    rules = list(DepositRule.objects.filter(seller=seller))
    return render(
        request, "orders/deposits.html", {"rules": rules, "countries": by_name(), "currency": seller.currency}
    )


@needs("finance", seller=True)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the terms for one country of delivery, or for all others; or drop them."""
    seller, said = _seller(request), request.POST
    country = said.get("country", "")
    if country and country not in countries():
        raise BadRule(problem=_("Choose a country from the list."))
    if said.get("act") == "drop":
        depositing.drop_rule(seller=seller, country=country)
        messages.success(
            request, _("Buyers pay the whole price at once again. Placed orders stay as they are.")
        )
        return redirect("orders:deposits")
    whole = _("Write whole numbers, such as 30.")
    days = _number(said.get("days", ""), whole)
    depositing.set_rule(
        seller=seller,
        country=country,
        share=_number(said.get("share", ""), whole) / 100,
        least=Money(_number(said.get("least", ""), _("Write a value, such as 5000.")), seller.currency),
        days=int(days) if days == days.to_integral_value() else 0,
        kept=_number(said.get("kept", ""), whole) / 100,
        by=cast("SignedInRequest", request).user,
        at=timezone.now(),
    )
    messages.success(request, _("Saved. New orders show it at the checkout. Placed orders stay as they are."))
    return redirect("orders:deposits")


@needs("fulfilment", seller=True)
@require_POST
def ready(request: HttpRequest, number: str) -> HttpResponse:
    """Say that the goods are ready: the buyer is asked for the balance."""
    order = own(request, number)
    asked = depositing.ask_balance(number=order.number, at=timezone.now())
    messages.success(request, _("We asked the buyer for %(money)s.") % {"money": asked.balance.rounded()})
    return redirect("orders:sale", number=number)


@require_POST
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Open the bank's page for the balance."""
    return redirect(depositing.open_balance(mine(request, number), at=timezone.now()))


@require_POST
def part_here(request: HttpRequest, number: str, parcel: str) -> HttpResponse:
    """Confirm that one parcel of several is here: the maker's money for it is free."""
    order = mine(request, number)
    actions.confirm_part(number=order.number, parcel=parcel, at=timezone.now())
    return redirect(order)
