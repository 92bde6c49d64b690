"""The exchange desk: what we hold and owe in each currency, what exchange earned, deals at our bank."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.console.access import desk, shell
from marketplace.console.tariffs import as_csv
from marketplace.currency import rates
from marketplace.http import SignedInRequest
from marketplace.kit.money import CURRENCIES, Money
from orders.payments import actions, exposure
from orders.payments.models import BankExchange

COLUMNS = ("captured", "sellers", "held_goods", "others", "net", "unpaid")


@desk("finance")
@require_safe
def exchange(request: SignedInRequest) -> HttpResponse:
    """Show the exposure, its worth and the policy on age and margin."""
    table = rates.current()
    today = timezone.now().date()
    rows = exposure.exposure(table)
    return render(
        request,
        "console/exchange.html",
        {
            **shell(request.user),
            "rows": rows,
            "result": exposure.result(table),
            "net": _sum(rows),
            "table": table,
            "age": (today - table.as_of).days,
            "deals": BankExchange.objects.select_related("entered_by")[:50],
        },
    )


def _sum(rows: list[exposure.Exposure]) -> Money:
    return Money(sum((row.worth.amount for row in rows if row.worth), Decimal(0)), "EUR")


@desk("finance")
@require_safe
def exchange_csv(request: SignedInRequest) -> StreamingHttpResponse:  # noqa: ARG001
    """Give the exposure as a table."""
    rows = exposure.exposure(rates.current())

    def lines() -> Iterator[list[str]]:
        yield ["currency", *COLUMNS, "worth in EUR", "to close"]
        for row in rows:
            amounts = [f"{getattr(row, name).amount:f}" for name in COLUMNS]
            yield [row.currency, *amounts, f"{row.worth.amount:f}" if row.worth else "no rate", row.hint]

    answer = StreamingHttpResponse(as_csv(lines(), numbers=True), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="exchange-exposure.csv"'
    return answer


def _money(request: SignedInRequest, name: str) -> Money | None:
    """Read an amount and its currency from the form; None when one of them is not possible."""
    code = request.POST.get(f"{name}_currency", "").strip().upper()
    try:
        amount = Decimal(request.POST.get(f"{name}_amount", "").replace(" ", ""))
    except InvalidOperation:
        return None
    if code not in CURRENCIES or not amount.is_finite() or not 0 < amount < Decimal(10) ** 12:
        return None
    return Money(amount, code)


@desk("finance")
@require_POST
def record_deal(request: SignedInRequest) -> HttpResponse:
    """Keep a deal that our bank made for us."""
    sold, bought = _money(request, "sold"), _money(request, "bought")
    if sold is None or bought is None:
        messages.error(request, _("Write both amounts as numbers above zero, each with its currency code."))
        return redirect("console:exchange")
    deal = actions.record_bank_exchange(
        reference=request.POST.get("reference", ""), sold=sold, bought=bought, by=request.user,
        at=timezone.now(),
    )  # fmt: skip
    messages.success(
        request,
        _("Booked. Against the market the deal is %(gain)s.") % {"gain": f"{deal.gain.rounded()}"},
    )
    return redirect("console:exchange")
