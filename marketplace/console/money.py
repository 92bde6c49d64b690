"""The money desk: proof of the books, payouts to approve and confirm, rates with their age, exposure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.models import Company
from marketplace.console.access import desk, shell
from marketplace.currency import actions as currency
from marketplace.currency import rates
from marketplace.currency.files import DayOfRates
from marketplace.currency.models import RateSet
from marketplace.http import SignedInRequest
from marketplace.kit.money import CURRENCIES, Money
from orders.payments import actions, books
from orders.payments.gateways import bank
from orders.payments.models import Balance, Dispute, Payout, PayoutState, Refund, RefundState

GROUPS = (
    "psp",
    "bank",
    "refund",
    "payout",
    "guarantee",
    "fx",
    "tax",
    "shipping",
    "insurance",
    "writeoff",
    "fee",
)


def _balances() -> list[tuple[str, Money]]:
    """Give the house's own accounts (not those of orders or sellers) with their balances."""
    rows = (
        Balance.objects.exclude(account__code__regex=r"^(order|payment|seller):")
        .values("account__code", "account__currency")
        .annotate(sum=Sum("minor"))
        .order_by("account__code", "account__currency")
    )
    return [(row["account__code"], Money.from_minor(row["sum"], row["account__currency"])) for row in rows]


def _exposure(found: list[tuple[str, Money]]) -> list[tuple[Money, Money]]:
    """Give the open exchange position of each currency and its worth in euro."""
    table = rates.current()
    return [
        (-money, table.convert(-money, "EUR").rounded())
        for code, money in found
        if code == "fx:position" and money and (money.currency == "EUR" or table.has(money.currency))
    ]


@desk("finance")
@require_GET
def money(request: SignedInRequest) -> HttpResponse:
    """Show whether the books are right and what waits for a person."""
    found = _balances()
    table = rates.current()
    today = timezone.now().date()
    waiting = Payout.objects.exclude(state__in=[PayoutState.PAID, PayoutState.FAILED])
    names = dict(Company.objects.filter(number__in=waiting.values("seller")).values_list("number", "name"))
    return render(
        request,
        "console/money.html",
        {
            **shell(request.user),
            "proofs": books.prove(),
            "broken_seals": books.broken_seals(),
            "balances": found,
            "exposure": _exposure(found),
            "payouts": [(p, names.get(p.seller, p.seller)) for p in waiting.select_related("bank_account")],
            "done": Payout.objects.filter(state=PayoutState.PAID)[:10],
            "failed_refunds": Refund.objects.filter(state=RefundState.FAILED)[:50],
            "disputes": Dispute.objects.filter(state=Dispute.State.OPEN)[:50],
            "table": table,
            "rates_age": (today - table.as_of).days,
            "rates": sorted(
                (code, rate, table.day_of(code), code in table.illustrative)
                for code, rate in table.per_euro.items()
            ),
            "drafts": RateSet.objects.filter(state=RateSet.State.DRAFT).prefetch_related("rates"),
        },
    )


@desk("finance")
@require_POST
def payout_step(request: SignedInRequest, number: str) -> HttpResponse:
    """Approve, confirm or take back one payout."""
    now, step = timezone.now(), request.POST.get("step", "")
    if step == "approve":
        actions.approve_payout(number=number, by=request.user)
    elif step == "fail":
        actions.fail_payout(number=number, problem=request.POST.get("problem", ""), by=request.user, at=now)
    else:
        actions.confirm_payout(
            number=number, bank_reference=request.POST.get("bank_reference", ""), by=request.user, at=now
        )
    messages.success(request, _("Payout %(number)s is up to date.") % {"number": number})
    return redirect("console:money")


@desk("finance")
@require_POST
def bank_file(request: SignedInRequest, kind: str) -> HttpResponse:
    """Write the bank's file for all approved payouts and note that they are with the bank."""
    now = timezone.now()
    ready = (
        Payout.objects.filter(state=PayoutState.APPROVED).select_related("bank_account").order_by("number")
    )
    listed = list(ready)
    content = bank.as_csv(listed) if kind == "csv" else bank.pain_001(listed, at=now)
    actions.mark_sent(numbers=[payout.number for payout in listed], by=request.user, at=now)
    answer = HttpResponse(content, content_type="text/csv" if kind == "csv" else "application/xml")
    answer["Content-Disposition"] = f'attachment; filename="payouts-{now:%Y%m%d-%H%M}.{kind}"'
    return answer


@desk("finance")
@require_POST
def enter_rate(request: SignedInRequest) -> HttpResponse:
    """Keep one rate that a person read somewhere, until a second person agrees."""
    code = request.POST.get("currency", "").strip().upper()
    origin = request.POST.get("origin", "").strip()
    per_euro, as_of = Decimal(0), date.max
    try:
        per_euro = Decimal(request.POST.get("per_euro", ""))
        as_of = date.fromisoformat(request.POST.get("as_of", ""))
        fine = (
            per_euro.is_finite() and 0 < per_euro < 10**9 and code in CURRENCIES and code != "EUR" and origin
        )
    except (ArithmeticError, ValueError):
        fine = False
    if not fine or as_of > timezone.now().date():
        messages.error(
            request, _("Write a currency code, a rate above zero, a day that has come, and the source.")
        )
        return redirect("console:money")
    currency.enter(DayOfRates(as_of, {code: per_euro}, origin[:200]), by=request.user, at=timezone.now())
    messages.success(request, _("Kept. Somebody else of the finance desk must approve it."))
    return redirect("console:money")


@desk("finance")
@require_POST
def decide_rate(request: SignedInRequest, number: str) -> HttpResponse:
    """Approve or reject entered rates."""
    decide = currency.reject if request.POST.get("step") == "reject" else currency.approve
    decide(number=number, by=request.user, at=timezone.now())
    messages.success(request, _("Decided."))
    return redirect("console:money")
