"""Reports for tax offices: tax taken at the sale by scheme and country, sellers' year, our fee invoices."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from marketplace.console.access import desk, shell
from marketplace.console.tariffs import as_csv
from marketplace.documents.models import Document
from marketplace.http import SignedInRequest
from marketplace.kit.refusal import Refusal
from orders import tax_report
from orders.payments import dpi, seller_report
from orders.payments.models import FeeInvoice


class NotReady(Refusal):
    """The message cannot be written while we do not know who we are."""

    words = _("The file needs our own data first. Missing in the settings: {problem}.")


def _year(text: str, now_year: int) -> int:
    return int(text) if text.isdecimal() and 2000 <= int(text) <= now_year else now_year


@desk("finance")
@require_safe
def reports(request: SignedInRequest) -> HttpResponse:
    """Show the month's tax and the year's sellers, each with its file."""
    now = timezone.now()
    start, end = tax_report.month_of(request.GET.get("month", ""), now)
    year = _year(request.GET.get("year", ""), now.year)
    sellers = seller_report.seller_report(year)
    page = Paginator(sellers, 50).get_page(request.GET.get("page"))
    fees = list(FeeInvoice.objects.all()[:50])
    numbers = [fee.number for fee in fees]
    kept = Document.objects.filter(kind="fee-invoice", subject__in=numbers)
    papers = {paper.subject: paper for paper in kept}
    return render(
        request,
        "console/reports.html",
        {
            **shell(request.user),
            "month": f"{start:%Y-%m}",
            "start": start,
            "rows": tax_report.tax_report(start, end),
            "year": year,
            "page": page,
            "to_report": sum(one.reported for one in sellers),
            "waiting": [one for one in sellers if one.tasks],
            "us": dpi.platform(settings.OPERATOR),
            "fees": [(fee, papers.get(fee.number)) for fee in fees],
        },
    )


def _file(rows: Iterator[list[str]], name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(as_csv(rows, numbers=True), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@desk("finance")
@require_safe
def taxes_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """Give the month's tax as a table."""
    start, end = tax_report.month_of(request.GET.get("month", ""), timezone.now())
    return _file(tax_report.as_rows(tax_report.tax_report(start, end)), f"tax-{start:%Y-%m}.csv")


@desk("finance")
@require_safe
def sellers_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """Give the sellers' year as a table."""
    year = _year(request.GET.get("year", ""), timezone.now().year)
    return _file(seller_report.as_rows(seller_report.seller_report(year)), f"sellers-{year}.csv")


@desk("finance")
@require_safe
def sellers_xml(request: SignedInRequest) -> HttpResponse:
    """Give the sellers to report in a year as the message for the tax office (DPI)."""
    now = timezone.now()
    year = _year(request.GET.get("year", ""), now.year)
    us = dpi.platform(settings.OPERATOR)
    if us.missing:
        raise NotReady(problem=", ".join(us.missing))
    content = dpi.message(us, seller_report.seller_report(year), year, now)
    answer = HttpResponse(content, content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="sellers-{year}.xml"'
    return answer
