"""Money that waits: clearing accounts with their age, held orders with their clock, the payout job."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.accounts.models import Company
from marketplace.console.access import desk, shell
from marketplace.console.money import account_words
from marketplace.console.tariffs import as_csv
from marketplace.http import SignedInRequest
from orders.payments import held, jobs

AGES = (0, 7, 14, 30, 45, 60)


def _days(request: SignedInRequest) -> int:
    text = request.GET.get("days", "0")
    return int(text) if text.isdecimal() and int(text) in AGES else 0


def _rows(request: SignedInRequest) -> list[held.Held]:
    """Give the held money that the address asks for: so many days old, and paid in two steps where wanted."""
    rows = held.held(timezone.now(), days=_days(request))
    return [row for row in rows if row.in_two] if request.GET.get("paid") == "two" else rows


@desk("finance")
@require_safe
def waiting(request: SignedInRequest) -> HttpResponse:
    """Show what has to come to zero and what has to be decided."""
    now = timezone.now()
    page = Paginator(_rows(request), 50).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    names = dict(Company.objects.filter(number__in={r.seller for r in page}).values_list("number", "name"))
    return render(
        request,
        "console/waiting.html",
        {
            **shell(request.user),
            "clearing": [(row, account_words(row.code) or row.code) for row in held.clearing(now)],
            "page": page,
            "rows": [(row, names.get(row.seller, row.seller)) for row in page],
            "ages": AGES,
            "days": _days(request),
            "paid": request.GET.get("paid", ""),
            "asked": asked.urlencode(),
            "alarm": settings.HELD_ALARM_DAYS,
            "end": settings.HELD_END_DAYS,
            "job": jobs.payout_job(now),
        },
    )


@desk("finance")
@require_safe
def waiting_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """Give the held money that the address asks for as a table."""
    rows = _rows(request)

    def lines() -> Iterator[list[str]]:
        yield ["order", "seller", "amount", "currency", "since", "days", "why", "clock"]
        for row in rows:
            yield [
                row.order_number, row.seller, f"{row.money.rounded().amount:f}", row.money.currency,
                f"{row.since:%Y-%m-%d}", str(row.days), row.why, row.level,
            ]  # fmt: skip

    answer = StreamingHttpResponse(as_csv(lines(), numbers=True), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="held-money.csv"'
    return answer
