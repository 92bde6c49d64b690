"""The seller's page of currencies: what a balance becomes in another one today, and the choice."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.models import Company
from marketplace.currency import rates
from marketplace.http import SignedInRequest
from marketplace.kit.money import CURRENCIES, Money
from orders.payments import actions
from orders.payments.actions.exchange import Preview, preview
from orders.payments.models import BankAccount, PayoutChoice, SellerExchange
from orders.payments.statement import balances
from orders.payments.views import own_seller


def _codes() -> list[str]:
    return ["EUR", *sorted(code for code in rates.current().per_euro if code in CURRENCIES)]


def _given(request: HttpRequest, seller: Company) -> tuple[Money, str]:
    """Read what to change into what; the start is the largest ready balance."""
    ready = [b.ready for b in balances(seller.number) if b.ready.amount > 0]
    start = ready[0] if ready else Money(Decimal(1000), seller.currency)
    code = request.GET.get("from", start.currency)
    code = code if code in CURRENCIES else start.currency
    wanted = next((money for money in ready if money.currency == code), Money(Decimal(1000), code))
    try:
        amount = Decimal(request.GET.get("amount", str(wanted.amount)).replace(",", "").replace(" ", ""))
    except InvalidOperation:
        amount = wanted.amount
    if not amount.is_finite() or not 0 < amount < Decimal(10) ** 12:
        amount = wanted.amount
    to = request.GET.get("to", "")
    chosen = PayoutChoice.objects.filter(seller=seller.number).first()
    if to not in CURRENCIES:
        to = chosen.currency if chosen else ("EUR" if code != "EUR" else "USD")
    return Money(amount, code).rounded(), to


@login_required
@require_safe
def currency(request: HttpRequest) -> HttpResponse:
    """Show a balance in another currency: market rate, our margin, what arrives, and the choice."""
    seller = own_seller(request)
    given, to = _given(request, seller)
    problem, shown = "", cast("Preview | None", None)
    if given.currency == to:
        problem = _("Choose two different currencies.")
    else:
        try:
            shown = preview(given, to, on=timezone.now().date())
        except actions.NoRateToday as refusal:
            problem = str(refusal)
    chosen = PayoutChoice.objects.filter(seller=seller.number).first()
    return render(
        request,
        "payments/currency.html",
        {
            "given": given,
            "to": to,
            "codes": _codes(),
            "preview": shown,
            "market": Decimal(f"{shown.market:.6g}") if shown else None,
            "rate": Decimal(f"{shown.rate:.6g}") if shown else None,
            "problem": problem,
            "chosen": chosen,
            "account": BankAccount.objects.filter(
                seller=seller.number, currency=to, replaced_at=None
            ).first(),
            "done": SellerExchange.objects.filter(seller=seller.number)[:12],
        },
    )


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the currency in which the seller wants to be paid."""
    seller = own_seller(request)
    code = request.POST.get("currency", "")
    actions.choose_payout_currency(
        seller=seller.number, currency=code, by=cast("SignedInRequest", request).user, at=timezone.now()
    )
    words = (
        _("From the next payout on you are paid in %(code)s.") % {"code": code}
        if code
        else _("Each balance is paid in its own currency.")
    )
    messages.success(request, words)
    return redirect("payments:currency")
