"""The fee desk: the rules of our fee with their days, proposals for a second person, and a trial."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Category
from marketplace.accounts.models import Company
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest, countries
from marketplace.kit.money import CURRENCIES, Money
from orders.payments import actions, commission, fees
from orders.payments.actions.fee_rules import BadFeeRule, Wanted
from orders.payments.models import CommissionRule


@desk("finance")
@require_safe
def rules(request: SignedInRequest) -> HttpResponse:
    """Show the rules in force and to come, what waits for a second person, and try them on a sale."""
    today = timezone.now().date()
    rows = CommissionRule.objects.select_related("proposed_by", "agreed_by", "end_proposed_by")
    page = {
        **shell(request.user), "today": today,
        "in_force": rows.in_force(today), "proposals": rows.open_proposals(),
        "coming": rows.filter(valid_from__gt=today).exclude(proposed_by__isnull=False, agreed_by=None),
        "past": rows.filter(valid_to__lt=today)[:30],
        "components": CommissionRule.Component.choices, "tiers": [name for _least, name in commission.TIERS],
        "categories": Category.objects.order_by("slug").values_list("slug", "name"),
        "trial": _trial(request, today), "asked": request.GET,
    }  # fmt: skip
    return render(request, "console/fees.html", page)


def _trial(request: SignedInRequest, today: date) -> commission.Fee | None:
    """Work the fee of a sale out that somebody thinks of."""
    amount, currency = request.GET.get("goods", ""), request.GET.get("currency", "").upper()
    if not amount or currency not in CURRENCIES:
        return None
    try:
        goods = Money(_number(amount) or Decimal(0), currency).rounded()
    except BadFeeRule:
        return None
    sale = commission.Sale(
        goods=goods, paid=goods, category=request.GET.get("category", ""), tier=request.GET.get("tier", ""),
        destination=request.GET.get("destination", "").upper(),
    )  # fmt: skip
    return commission.fee(sale, fees.rules_on(today), usual=fees.usual_rate())


def _number(text: str) -> Decimal | None:
    """Read an amount; empty is none."""
    if not text.strip():
        return None
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise BadFeeRule(problem=_("“%(text)s” is not a number.") % {"text": text[:20]}) from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 12:
        raise BadFeeRule(problem=_("“%(text)s” is not a number.") % {"text": text[:20]})
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadFeeRule(problem=_("Write the day as 2027-01-31.")) from None


def _country(text: str) -> str:
    code = text.strip().upper()
    if code and code not in countries():
        raise BadFeeRule(problem=_("“%(code)s” is not a country.") % {"code": code[:5]})
    return code


@desk("finance")
@require_POST
def propose(request: SignedInRequest) -> HttpResponse:
    """Propose a rule; it counts when another person agrees."""
    said, today = request.POST, timezone.now().date()
    seller = said.get("seller", "").strip()
    if seller and not Company.objects.filter(number=seller, is_seller=True).exists():
        raise BadFeeRule(problem=_("No seller has the number %(number)s.") % {"number": seller[:20]})
    category = said.get("category", "")
    if category and not Category.objects.filter(slug=category).exists():
        raise BadFeeRule(problem=_("Choose a category from the list."))
    wanted = Wanted(
        component=said.get("component", ""), valid_from=_day(said.get("valid_from", "")),
        rate=(_number(said.get("rate", "")) or Decimal(0)) / 100, name=said.get("name", "").strip(),
        category=category, country=_country(said.get("country", "")), seller=seller,
        tier=said.get("tier", ""), destination=_country(said.get("destination", "")),
        currency=said.get("currency", "").strip().upper(), least=_number(said.get("least", "")),
        below=_number(said.get("below", "")), fixed=_number(said.get("fixed", "")),
        floor=_number(said.get("floor", "")), cap=_number(said.get("cap", "")),
        reason=said.get("reason", ""),
    )  # fmt: skip
    actions.propose_fee_rule(wanted=wanted, by=request.user, today=today)
    messages.success(request, _("Proposed. It counts when somebody else agrees."))
    return redirect("console:fees")


@desk("finance")
@require_POST
def decide(request: SignedInRequest, rule: int) -> HttpResponse:
    """Agree to a proposal, drop it, or ask for the end of a rule."""
    act, today = request.POST.get("act", ""), timezone.now().date()
    if act == "end":
        actions.propose_fee_end(
            rule_id=rule, last_day=_day(request.POST.get("last_day", "")), by=request.user, today=today
        )
        messages.success(request, _("The end is proposed. It counts when somebody else agrees."))
    else:
        actions.decide_fee_rule(rule_id=rule, agree=act == "agree", by=request.user, today=today)
        messages.success(request, _("It is agreed.") if act == "agree" else _("The proposal is dropped."))
    return redirect("console:fees")
