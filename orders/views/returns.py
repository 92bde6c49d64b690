"""Pages of a return: the buyer asks and follows it, the maker compares the ways and decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketplace.accounts.models import User
from marketplace.accounts.roles import needs
from marketplace.documents.uploads import checked
from marketplace.kit.refusal import Refusal
from orders import documents
from orders.actions import returns
from orders.models import Return, ReturnLine, ReturnReason, ReturnState
from orders.return_ways import ways
from orders.views.buying import mine


def numbers(given: QueryDict | Mapping[str, str], prefix: str) -> dict[int, int]:
    """Read fields such as `line-12` as {12: pieces}; what is no number counts as more than there is."""
    found = {}
    for name, value in given.items():
        row = name.removeprefix(prefix)
        if name.startswith(prefix) and row.isdigit():
            text = str(value).strip() or "0"
            found[int(row)] = int(text) if text.isdigit() and len(text) < 7 else -1
    return found


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a return of some or all goods of an order."""
    order = mine(request, number)
    if known := order.returns.open().first():
        return redirect(known)
    problem = ""
    if request.method == "POST":
        try:
            files = request.FILES.getlist("photos")[:10]
            made = returns.ask_return(
                number=order.number,
                wanted=numbers(request.POST, "line-"),
                reason=request.POST.get("reason", ""),
                words=request.POST.get("words", ""),
                photos=[checked(file.name or "photo.jpg", file.read()) for file in files],
                at=timezone.now(),
            )
        except Refusal as refusal:
            problem = str(refusal)
        else:
            messages.success(request, _("The maker answers soon. You read it here and by e-mail."))
            return redirect(made)
    page = {
        "order": order, "lines": list(order.lines.all()), "reasons": ReturnReason.choices, "problem": problem,
    }  # fmt: skip
    return render(request, "orders/return_ask.html", page, status=422 if problem else 200)


def _own(request: HttpRequest, number: str) -> Return:
    found = get_object_or_404(Return.objects.select_related("order__group", "order__seller"), number=number)
    mine(request, found.order.number)
    return found


@require_GET
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Show the buyer where the return stands and what to do next."""
    found = _own(request, number)
    page = {"ret": found, "order": found.order, "lines": list(found.lines.select_related("line"))}
    return render(request, "orders/return.html", page)


@require_POST
def sent(request: HttpRequest, number: str) -> HttpResponse:
    """Note that the parcel was given away."""
    found = _own(request, number)
    returns.mark_return_sent(number=found.number)
    return redirect(found)


@login_required
@require_GET
def label(request: HttpRequest, number: str) -> HttpResponse:
    """Print the label of an agreed return, for the buyer and the maker."""
    rows = Return.objects.visible_to(request.user).exclude(label_number="")
    found = get_object_or_404(rows.select_related("order__group", "order__seller"), number=number)
    answer = HttpResponse(documents.return_label(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.number}-label.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@needs("fulfilment", seller=True)
@require_GET
def incoming(request: HttpRequest) -> HttpResponse:
    """List the maker's returns, those that wait first."""
    rows = Return.objects.sold_by(cast("User", request.user)).select_related("order__group")
    waiting = rows.filter(state=ReturnState.ASKED)
    page = {"waiting": waiting, "others": rows.exclude(state=ReturnState.ASKED)[:100]}
    return render(request, "orders/returns.html", page)


@needs("fulfilment", seller=True)
@require_GET
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Show one return to the maker, with every way and its sum."""
    found = _sold(request, number)
    return render(request, "orders/return_case.html", case_page(found))


def case_page(found: Return) -> dict[str, object]:
    """Give what a page needs to decide a return; also for the operator."""
    open_question = found.state in {ReturnState.ASKED, ReturnState.REFUSED}
    return {
        "ret": found,
        "order": found.order,
        "lines": list(found.lines.select_related("line")),
        "ways": ways(found, timezone.now()) if open_question else (),
        "conditions": ReturnLine.Condition.choices,
        "can_receive": found.state in {ReturnState.AGREED, ReturnState.SENT},
    }


def _sold(request: HttpRequest, number: str) -> Return:
    rows = Return.objects.sold_by(cast("User", request.user))
    return get_object_or_404(rows.select_related("order__group", "order__seller"), number=number)


@needs("fulfilment", seller=True)
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Choose a way, or refuse with an answer."""
    found = _sold(request, number)
    returns.decide_return(
        number=found.number, way=request.POST.get("way", ""), by=cast("User", request.user),
        answer=request.POST.get("answer", ""), at=timezone.now(),
    )  # fmt: skip
    return redirect("orders:return_case", number=number)


@needs("fulfilment", seller=True)
@require_POST
def receive(request: HttpRequest, number: str) -> HttpResponse:
    """Take the parcel in, line by line with its condition."""
    found = _sold(request, number)
    arrived = {
        row: returns.Arrived(count, request.POST.get(f"condition-{row}", ""))
        for row, count in numbers(request.POST, "arrived-").items()
    }
    returns.receive_return(number=found.number, arrived=arrived, at=timezone.now())
    messages.success(request, _("Booked. The buyer's money goes back."))
    return redirect("orders:return_case", number=number)
