"""The money desk: proof of the books, payouts to approve and confirm, rates with their age, exposure."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.models import Company
from marketplace.console import glance
from marketplace.console.access import desk, shell
from marketplace.currency import actions as currency
from marketplace.currency import rates
from marketplace.currency.files import DayOfRates
from marketplace.currency.models import RateSet
from marketplace.http import SignedInRequest, countries
from marketplace.kit.money import CURRENCIES, Money
from orders.payments import actions, books
from orders.payments.gateways import bank
from orders.payments.models import (
    Balance,
    Dispute,
    Mismatch,
    Payout,
    PayoutState,
    PayoutStop,
    Refund,
    RefundState,
)
from orders.payments.statement import cell

ACCOUNTS: Final[dict[str, Any]] = {
    "arriving:bank": _l("On its way to our bank"),
    "bank:main": _l("Our bank account"),
    "fee:commission": _l("Our commission"),
    "fee:service": _l("Our service fee"),
    "fx:position": _l("Open exchange position"),
    "fx:spread": _l("Earned on exchange"),
    "dispute:reserve": _l("Held back by buyers' banks"),
    "insurance:payable": _l("We owe the insurer"),
    "payout:in_flight": _l("Payouts with the bank"),
    "psp:balance": _l("With the card provider"),
    "pspfees:disputes": _l("The provider's fees for disputes"),
    "pspfees:stripe": _l("The provider's fees"),
    "refund:in_flight": _l("Refunds on their way"),
    "shipping:payable": _l("We owe the carriers"),
    "writeoff:differences": _l("Our result from corrected differences"),
    "writeoff:rounding": _l("Our result from rounding"),
}
GROUPS = (
    "psp",
    "bank",
    "refund",
    "payout",
    "guarantee",
    "fx",
    "tax",
    "shipping",
    "carrier",
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


def _by_account(found: list[tuple[str, Money]]) -> list[tuple[str, str, list[Money]]]:
    """Put the currencies of one account on one line: its code, its words, its balances."""
    lines: dict[str, list[Money]] = {}
    for code, money in found:
        lines.setdefault(code, []).append(money)
    return [(code, account_words(code), balances) for code, balances in lines.items()]


def account_words(code: str) -> str:
    """Name one of the house's own accounts; empty where the code says enough."""
    if code.startswith("tax:"):
        country = code.split(":")[1]
        return _("Duty and tax for %(country)s") % {"country": countries().get(country, country)}
    if code.startswith("carrier:"):
        return _("We owe the carrier of %(container)s") % {"container": code.split(":")[1]}
    return str(ACCOUNTS.get(code, ""))


def _payouts(request: SignedInRequest) -> QuerySet[Payout]:
    """Find payouts by state and words in the address; without a state those that wait for a step."""
    state, text = request.GET.get("state", ""), request.GET.get("q", "").replace("\x00", "").strip()[:60]
    found = Payout.objects.order_by("-prepared_at", "-pk")
    if state in PayoutState.values:
        found = found.filter(state=state)
    elif state != "all":
        found = found.exclude(state__in=[PayoutState.PAID, PayoutState.FAILED])
    if text:
        sellers = Company.objects.filter(name__icontains=text).values("number")
        found = found.filter(
            Q(number__icontains=text) | Q(bank_reference__icontains=text) | Q(seller__in=sellers)
        )
    return found


def _stops() -> list[tuple[PayoutStop, str]]:
    """Give the sellers whose payout waits for a decision about a name, with their names here."""
    stops = list(PayoutStop.objects.filter(lifted_at=None).order_by("stopped_at")[:50])
    names = dict(Company.objects.filter(number__in={s.seller for s in stops}).values_list("number", "name"))
    return [(stop, names.get(stop.seller, stop.seller)) for stop in stops]


@desk("finance")
@require_GET
def money(request: SignedInRequest) -> HttpResponse:
    """Show whether the books are right and what waits for a person."""
    found = _balances()
    table = rates.current()
    today = timezone.now().date()
    asked = _payouts(request)
    page = Paginator(asked.select_related("bank_account", "approved_by"), 25).get_page(
        request.GET.get("page")
    )
    sellers = {payout.seller for payout in page}
    names = dict(Company.objects.filter(number__in=sellers).values_list("number", "name"))
    waiting = Payout.objects.exclude(state__in=[PayoutState.PAID, PayoutState.FAILED])
    return render(
        request,
        "console/money.html",
        {
            **shell(request.user),
            "glance": glance.lines(timezone.now(), table),
            "proofs": books.prove(),
            "broken_seals": books.broken_seals(),
            "differences": Mismatch.objects.filter(state=Mismatch.State.OPEN).count(),
            "accounts": _by_account(found),
            "payouts": [(p, names.get(p.seller, p.seller)) for p in page],
            "page": page,
            "states": PayoutState.choices,
            "state": request.GET.get("state", ""),
            "text": request.GET.get("q", "")[:60],
            "to_send": waiting.exists(),
            "stops": _stops(),
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
@require_GET
def payouts_csv(request: SignedInRequest) -> HttpResponse:
    """Give the payouts that the address asks for as a table."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="payouts.csv"'
    sheet = csv.writer(answer)
    sheet.writerow(["payout", "seller", "amount", "currency", "state", "prepared", "paid", "bank reference"])
    for one in _payouts(request).iterator(500):
        paid = f"{one.paid_at:%Y-%m-%d}" if one.paid_at else ""
        sheet.writerow(
            [
                one.number, one.seller, one.amount, one.currency, one.state,
                f"{one.prepared_at:%Y-%m-%d}", paid, cell(one.bank_reference),
            ]
        )  # fmt: skip
    return answer


@desk("finance")
@require_POST
def payout_step(request: SignedInRequest, number: str) -> HttpResponse:
    """Approve, confirm or take back one payout."""
    now, step = timezone.now(), request.POST.get("step", "")
    get_object_or_404(Payout, number=number)
    if step == "approve":
        actions.approve_payout(number=number, by=request.user, at=now)
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
    """Write the bank's file for all approved payouts with a clear name and note that the bank has them."""
    now = timezone.now()
    listed = actions.ready_for_bank(now)
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
    get_object_or_404(RateSet, number=number)
    decide = currency.reject if request.POST.get("step") == "reject" else currency.approve
    decide(number=number, by=request.user, at=timezone.now())
    messages.success(request, _("Decided."))
    return redirect("console:money")
