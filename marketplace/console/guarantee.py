"""Quoted against actual: how near our promises were, by chapter and lane, and what the pool holds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customs.actions.outcomes import Accuracy, accuracy
from customs.models import DutyOutcome
from marketplace.console.access import desk, shell
from marketplace.console.tariffs import as_csv
from marketplace.http import SignedInRequest
from marketplace.kit.money import CURRENCIES, Money
from orders.actions.guarantee import record_duty
from orders.payments.actions.guarantee import POOL, pool


@desk("customs", "finance")
@require_safe
def guarantee(request: SignedInRequest) -> HttpResponse:
    """Show quoted and actual duty by chapter and lane, the last reports, and the pool."""
    rows = accuracy()
    currencies = dict.fromkeys(row.quoted.currency for row in rows)
    last = DutyOutcome.objects.select_related("recorded_by")
    return render(
        request,
        "console/guarantee.html",
        {
            **shell(request.user),
            "page": Paginator(rows, 50).get_page(request.GET.get("page")),
            "bars": list(_bars(rows[:50])),
            "outcomes": last[:20],
            "count": last.count(),
            "pool": [pool(currency) for currency in currencies],
            "account": POOL,
        },
    )


def _bars(rows: list[Accuracy]) -> Iterator[dict[str, Any]]:
    """Each lane's difference as a share of the largest one, for the chart."""
    most = max((abs(row.difference.amount) for row in rows), default=Decimal(0))
    for row in rows[:12]:
        size = abs(row.difference.amount) * 100 / most if most else Decimal(0)
        yield {"row": row, "size": int(size), "more": row.difference.amount < 0}


@desk("customs", "finance")
@require_safe
def guarantee_csv(request: SignedInRequest) -> StreamingHttpResponse:  # noqa: ARG001
    """The same table as CSV."""

    def lines() -> Iterator[list[str]]:
        yield ["chapter", "from", "to", "orders", "currency", "quoted", "actual", "difference"]
        for row in accuracy():
            yield [
                row.chapter, row.from_country, row.to_country, str(row.orders), row.quoted.currency,
                f"{row.quoted.amount:f}", f"{row.actual.amount:f}", f"{row.difference.amount:f}",
            ]  # fmt: skip

    answer = StreamingHttpResponse(as_csv(lines(), numbers=True), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="quoted-and-actual-duty.csv"'
    return answer


@desk("customs")
@require_POST
def record(request: SignedInRequest) -> HttpResponse:
    """Keep the duty and tax that customs took for one order."""
    words = {
        name: request.POST.get(name, "").strip() for name in ("order", "amount", "currency", "reference")
    }
    currency = words["currency"].upper()
    try:
        amount = Decimal(words["amount"].replace(" ", ""))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount < Decimal(10) ** 12 or currency not in CURRENCIES:
        messages.error(request, _("Write the amount as a number such as 12.50, and a currency code."))
        return redirect("console:guarantee")
    if not words["reference"]:
        messages.error(request, _("Write the number of the customs bill."))
        return redirect("console:guarantee")
    outcome = record_duty(
        order_number=words["order"].upper(), actual=Money(amount, currency), by=request.user,
        key=f"bill-{words['order'].upper()}-{words['reference']}"[:80], reference=words["reference"],
        at=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Kept for order %(number)s.") % {"number": outcome.order_number})
    return redirect("console:guarantee")
