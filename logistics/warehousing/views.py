"""The stores on a phone: receive, pick, count; and the desk pages around them. All work without scripts."""

from __future__ import annotations

import secrets
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from logistics.warehousing import bonded, desk, forms
from logistics.warehousing.actions import counting, inbound, lots, picking, transfers
from logistics.warehousing.actions.inbound import Expected
from logistics.warehousing.models import (
    Count,
    Inbound,
    LotBalance,
    PickLine,
    Transfer,
)
from marketplace.accounts.models import Company, User
from marketplace.accounts.roles import needs
from marketplace.kit.refusal import Refusal

stores = needs("fulfilment", seller=True)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _company(request: HttpRequest) -> Company:
    return cast("Company", _user(request).company)


@stores
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the shelves and the work that waits."""
    now = timezone.now()
    page = {"today": desk.today(_user(request), now.date()), "now": now}
    return render(request, "stores/home.html", page)


@stores
@require_http_methods(["GET", "POST"])
def announce(request: HttpRequest) -> HttpResponse:
    """Announce a delivery of one lot to a warehouse."""
    form = forms.AnnounceForm(request.POST or None)
    form.fields["warehouse"].queryset = desk.houses(_user(request))  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = inbound.announce(
                warehouse=given["warehouse"],
                owner=_company(request),
                lines=[
                    Expected(
                        sku=given["sku"], quantity=given["quantity"], lot_number=given["lot_number"],
                        expires_on=given["expires_on"],
                    )
                ],
                expected_on=given["expected_on"],
                customs_status="bonded" if given["entry_number"] else "free",
                entry_number=given["entry_number"],
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("stores:inbound", number=made.number)
    return render(request, "stores/announce.html", {"form": form}, status=422 if form.errors else 200)


@stores
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, number: str) -> HttpResponse:
    """Receive an announced delivery, scan by scan; each scan carries a key, so a double tap counts once."""
    rows = Inbound.objects.visible_to(_user(request)).select_related("warehouse")
    found = get_object_or_404(rows, number=number)
    form = forms.ReceiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            line = inbound.receive_line(
                number=number,
                sku=given["sku"],
                lot_number=given["lot_number"],
                received=given["received"],
                damaged=given["damaged"] or 0,
                bin_code=given["bin_code"],
                expires_on=given["expires_on"],
                key=request.POST.get("key", "")[:40] or secrets.token_hex(8),
                by=_user(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            said = _("%(line)s: %(n)s of %(all)s are here.")
            facts = {"line": line, "n": line.received + line.damaged, "all": line.expected}
            messages.success(request, said % facts)
            return redirect("stores:inbound", number=number)
    page = {
        "inbound": found, "lines": list(found.lines.all()), "form": form, "key": secrets.token_hex(8),
        "open": found.state in {"ANNOUNCED", "RECEIVING"},
    }  # fmt: skip
    return render(request, "stores/receive.html", page, status=422 if form.errors else 200)


@stores
@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close a delivery; what is missing is short."""
    get_object_or_404(Inbound.objects.visible_to(_user(request)), number=number)
    inbound.close(number=number, at=timezone.now())
    return redirect("stores:inbound", number=number)


@stores
@require_POST
def start_pick(request: HttpRequest) -> HttpResponse:
    """Make the pick list of a sold order."""
    reference = request.POST.get("reference", "")
    if not desk.to_pick(_user(request)).filter(reference=reference).exists():
        raise Http404
    made = picking.start(reference=reference, at=timezone.now())
    return redirect("stores:pick", number=made[0].number)


@stores
@require_http_methods(["GET", "POST"])
def pick(request: HttpRequest, number: str) -> HttpResponse:
    """Pick line by line; a second picker at the same bin is told who stands there."""
    found = desk.owned_pick(_user(request), number)
    if found is None:
        raise Http404
    lines = list(found.lines.select_related("balance", "lot_balance__lot", "picked_by"))
    now_line = next((line for line in lines if line.picked_at is None), None)
    form = forms.PickForm(request.POST or None, initial={"quantity": now_line.quantity if now_line else 1})
    if request.method == "POST" and form.is_valid():
        line = _line(lines, request.POST.get("line", ""))
        try:
            picking.take(
                line_id=line.pk,
                sku=form.cleaned_data["sku"],
                lot_number=form.cleaned_data["lot_number"],
                quantity=form.cleaned_data["quantity"],
                by=_user(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("stores:pick", number=number)
    page = {"pick": found, "lines": lines, "line": now_line, "form": form}
    return render(request, "stores/pick.html", page, status=422 if form.errors else 200)


def _line(lines: list[PickLine], given: str) -> PickLine:
    found = next((line for line in lines if str(line.pk) == given), None)
    if found is None:
        raise Http404
    return found


@stores
@require_POST
def open_count(request: HttpRequest) -> HttpResponse:
    """Ask for a count of a shelf."""
    given = request.POST.get("shelf", "")
    if given.startswith("lot-") and given[4:].isdigit():
        rows = LotBalance.objects.filter(balance__owner=_company(request)).select_related("balance")
        row = get_object_or_404(rows, pk=int(given[4:]))
        made = counting.open_count(balance=row.balance, lot_balance=row, at=timezone.now())
    else:
        shelf = get_object_or_404(desk.shelves(_company(request)), pk=int(given) if given.isdigit() else 0)
        made = counting.open_count(balance=shelf, at=timezone.now())
    return redirect("stores:count", number=made.number)


@stores
@require_http_methods(["GET", "POST"])
def count(request: HttpRequest, number: str) -> HttpResponse:
    """Count blind: the page never says what the books say before it is decided."""
    rows = Count.objects.visible_to(_user(request)).select_related("balance__warehouse", "lot_balance__lot")
    found = get_object_or_404(rows, number=number)
    form = forms.CountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            counting.enter(
                number=number, counted=form.cleaned_data["counted"], by=_user(request), at=timezone.now()
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("stores:count", number=number)
    user = _user(request)
    page = {
        "count": found, "form": form, "can_count": found.state in {"OPEN", "RECOUNT"},
        "can_decide": found.state == "WAITING" and user.pk not in {found.first_by_id, found.second_by_id},
    }  # fmt: skip
    return render(request, "stores/count.html", page, status=422 if form.errors else 200)


@stores
@require_POST
def decide_count(request: HttpRequest, number: str) -> HttpResponse:
    """Book a difference or refuse it."""
    get_object_or_404(Count.objects.visible_to(_user(request)), number=number)
    counting.decide(
        number=number, approve=request.POST.get("answer") == "book", by=_user(request),
        note=request.POST.get("note", ""), at=timezone.now(),
    )  # fmt: skip
    return redirect("stores:count", number=number)


@stores
@require_GET
def shelf(request: HttpRequest, balance: int) -> HttpResponse:
    """Show one shelf: its lots, its withdrawals from bond, its last moves."""
    found = get_object_or_404(desk.shelves(_company(request)), pk=balance)
    page = {
        "shelf": found,
        "lots": list(found.lots.filter(quantity__gt=0).select_related("lot")),
        "moves": list(found.moves.select_related("lot").order_by("-pk")[:30]),
        "entries": list(found.withdrawals.select_related("lot").order_by("-pk")[:30]),
        "form": forms.WithdrawForm(),
    }
    return render(request, "stores/shelf.html", page)


@stores
@require_POST
def withdraw(request: HttpRequest, balance: int) -> HttpResponse:
    """Ask customs to let goods out of bond."""
    found = get_object_or_404(desk.shelves(_company(request)), pk=balance)
    form = forms.WithdrawForm(request.POST)
    if form.is_valid():
        bonded.ask(
            balance_id=found.pk,
            lot_number=form.cleaned_data["lot_number"],
            quantity=form.cleaned_data["quantity"],
            purpose=form.cleaned_data["purpose"],
            key=request.POST.get("key", "")[:60] or secrets.token_hex(12),
            by=_user(request),
            at=timezone.now(),
        )
        messages.success(request, _("Customs is asked. The goods leave bond when it has said yes."))
    else:
        messages.error(request, _("Enter a lot and how many pieces."))
    return redirect("stores:shelf", balance=found.pk)


@stores
@require_POST
def block(request: HttpRequest) -> HttpResponse:
    """Put a lot in quarantine, recall it, or give it free again; a recall lists the orders that got some."""
    sku, number, step = (request.POST.get(name, "")[:60] for name in ("sku", "lot", "step"))
    if desk.find_lot(_user(request), sku, number) is None:
        raise Http404
    if step == "free":
        said = _("%(n)s pieces are free again.") % {"n": lots.unblock(sku=sku, lot_number=number)}
    else:
        done = lots.block(sku=sku, lot_number=number, state="RECALLED" if step == "recall" else "QUARANTINE")
        said = _("%(n)s pieces are put aside, %(m)s are promised and cannot leave.") % {
            "n": done.put_aside, "m": done.promised,
        }  # fmt: skip
        if done.orders:
            said += " " + _("These orders got some: %(orders)s.") % {"orders": ", ".join(done.orders)}
    messages.success(request, said)
    return redirect("stores:home")


@stores
@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest, number: str) -> HttpResponse:
    """Show a transfer, and take it in at its end."""
    rows = Transfer.objects.visible_to(_user(request)).select_related("start", "end")
    found = get_object_or_404(rows, number=number)
    lines = list(found.lines.select_related("lot", "balance"))
    problem = ""
    if request.method == "POST":
        came = {
            line.pk: (_count(request, f"whole-{line.pk}"), _count(request, f"damaged-{line.pk}"))
            for line in lines
        }
        try:
            transfers.arrive(
                number=number,
                received=came,
                entry_number=request.POST.get("entry", "")[:60],
                at=timezone.now(),
            )
        except Refusal as refusal:
            problem = str(refusal)
        else:
            return redirect("stores:transfer", number=number)
    page = {"transfer": found, "lines": lines, "problem": problem}
    return render(request, "stores/transfer.html", page, status=422 if problem else 200)


def _count(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "0").strip() or "0"
    return int(text) if text.isdigit() and len(text) < 7 else -1
