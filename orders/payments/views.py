"""The seller's money page: balances, each line behind them, the statement, the bank account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import cast

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.models import Company, Membership
from marketplace.http import SignedInRequest
from marketplace.kit.money import CURRENCIES
from orders.payments import actions
from orders.payments.documents import statement_pdf
from orders.payments.models import BankAccount, Payout, PayoutPlan, PayoutState, PayoutStop
from orders.payments.statement import Statement, as_csv, balances, statement

View = Callable[[HttpRequest], HttpResponse]
ask_who_it_is: Callable[[View], View] = reauthentication_required


def own_seller(request: HttpRequest) -> Company:
    """Return the seller whose money this person may see: owners and finance only."""
    user = cast("SignedInRequest", request).user
    roles = [Membership.Role.OWNER, Membership.Role.FINANCE]
    if user.company is None or not user.company.is_seller:
        raise PermissionDenied
    if not user.memberships.filter(company=user.company, role__in=roles).exists():
        raise PermissionDenied
    return user.company


def _month(text: str, now: datetime) -> tuple[datetime, datetime]:
    """Read `2026-11`; anything else is the month of now."""
    try:
        start = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (
        start.replace(year=start.year + 1, month=1)
        if start.month == 12
        else start.replace(month=start.month + 1)
    )
    return start, end


def _statement(request: HttpRequest, seller: Company, now: datetime) -> Statement:
    currency = request.GET.get("in", seller.currency)
    if currency not in CURRENCIES:
        raise Http404
    start, end = _month(request.GET.get("month", ""), now)
    return statement(seller.number, currency, start=start, end=end)


def _months(now: datetime) -> list[datetime]:
    """Give the last twelve months, newest first."""
    found, moment = [], now.astimezone(UTC).replace(day=1)
    for _step in range(12):
        found.append(moment)
        moment = (
            moment.replace(year=moment.year - 1, month=12)
            if moment.month == 1
            else moment.replace(month=moment.month - 1)
        )
    return found


@login_required
@require_GET
def payouts(request: HttpRequest) -> HttpResponse:
    """Show what is the seller's, what is on the way, and each line behind it."""
    seller, now = own_seller(request), timezone.now()
    shown = _statement(request, seller, now)
    kind = request.GET.get("kind", "")
    lines = [line for line in shown.lines[::-1] if not kind or line.kind == kind]
    account = BankAccount.objects.filter(
        seller=seller.number, currency=shown.currency, replaced_at=None
    ).first()
    return render(
        request,
        "payments/payouts.html",
        {
            "balances": balances(seller.number),
            "statement": shown,
            "page": Paginator(lines, 25).get_page(request.GET.get("page")),
            "kind": kind,
            "kinds": {"order": _("Sales"), "refund": _("Refunds"), "out": _("Payouts")},
            "months": _months(now),
            "month": f"{shown.start:%Y-%m}",
            "account": account,
            "stopped": PayoutStop.objects.filter(
                seller=seller.number, currency=shown.currency, lifted_at=None
            ).first(),
            "plan": PayoutPlan.objects.filter(seller=seller.number).first(),
            "intervals": PayoutPlan.INTERVALS,
            "least": settings.PAYOUT_MINIMUM_EUR,
            "alarm": settings.HELD_ALARM_DAYS,
            "account_waits": account is not None and account.usable_from > now,
            "open_payouts": Payout.objects.filter(seller=seller.number).exclude(
                state__in=[PayoutState.PAID, PayoutState.FAILED]
            ),
        },
    )


@login_required
@require_GET
def statement_file(request: HttpRequest, kind: str) -> HttpResponse:
    """Download a month as CSV or PDF."""
    seller = own_seller(request)
    shown = _statement(request, seller, timezone.now())
    name = f"statement-{shown.currency}-{shown.start:%Y-%m}.{kind}"
    if kind == "csv":
        answer = HttpResponse(as_csv(shown), content_type="text/csv; charset=utf-8")
    else:
        answer = HttpResponse(statement_pdf(shown, seller.name), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Keep how often and from which worth on the seller is paid."""
    seller = own_seller(request)
    try:
        days = int(request.POST.get("interval_days", ""))
        minimum = Decimal(request.POST.get("minimum_eur", "").strip().replace(",", "."))
    except (ValueError, InvalidOperation):
        days, minimum = 0, Decimal(0)
    actions.choose_payout_plan(
        seller=seller.number,
        interval_days=days,
        minimum_eur=minimum if minimum.is_finite() else Decimal(0),
        by=cast("SignedInRequest", request).user,
        at=timezone.now(),
    )
    messages.success(request, _("Saved. What is not paid now waits for the next time."))
    return redirect("payments:payouts")


@login_required
@require_POST
@ask_who_it_is
def bank_account(request: HttpRequest) -> HttpResponse:
    """Keep the account that payouts go to: asks for the password again, and a changed one waits 48 hours."""
    seller = own_seller(request)
    currency = request.POST.get("currency", seller.currency)
    if currency not in CURRENCIES:
        raise Http404
    kept = actions.change_bank_account(
        company=seller,
        currency=currency,
        holder=request.POST.get("holder", "").strip()[:120] or seller.name,
        account=request.POST.get("account", "")[:60],
        bic=request.POST.get("bic", "").strip().upper()[:11],
        by=cast("SignedInRequest", request).user,
        at=timezone.now(),
    )
    words = (
        _("We pay to the account ending %(ending)s.")
        if kept.usable_from <= timezone.now()
        else _("The account ending %(ending)s is kept. For your safety it waits 48 hours.")
    )
    messages.success(request, words % {"ending": kept.ending})
    return redirect("payments:payouts")
