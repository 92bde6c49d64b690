"""Checkout, the return from the bank's page, and the buyer's orders."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customs.models import Hold
from marketplace.accounts.models import User
from marketplace.events.models import Event
from marketplace.http import VisitorRequest
from marketplace.kit.places import Place
from orders import actions, live_ways, timeline
from orders.actions import paying
from orders.actions.depositing import look_up_balance
from orders.actions.disputing import can_report
from orders.actions.parts import parcels_here
from orders.actions.placing import (
    KeyMissing,
    KeyReused,
    NoPrice,
    NothingToOrder,
    QuoteDiffers,
    QuoteEnded,
)
from orders.actions.progress import BEFORE_SHIPPING
from orders.buyer_papers import papers
from orders.carts import Buyer, PricedCart, priced
from orders.covers import covers
from orders.deposit_offers import offer_for
from orders.forms import CheckoutForm, MessageForm, ProblemForm, ReviewForm
from orders.models import LINK_SALT, Cart, Dispute, Order, OrderGroup, OrderState, Quote
from orders.payments.standing import standing
from orders.views import basket


def _first_data(request: VisitorRequest) -> dict[str, str]:
    """Fill what we know, so that a returning buyer types little."""
    place = request.ship_to
    data = {"country": place.country, "postal_code": place.postal_code, "region": place.region}
    user = basket.person(request)
    if user is not None:
        data |= {"email": user.email, "name": user.name}
        if user.company and (address := user.company.addresses.first()):
            names = ("name", "street", "town", "region", "postal_code", "country", "phone")
            data |= {name: getattr(address, name) for name in names}
    return data


def checkout(request: HttpRequest) -> HttpResponse:
    """Show one binding price and take the order; a changed price is shown before anything is charged."""
    visitor = cast("VisitorRequest", request)
    cart = basket.current(request)
    if request.method == "POST":
        return _order(visitor, cart)
    if cart is None:
        return redirect("orders:cart")
    form = CheckoutForm(initial=_first_data(visitor))
    return _checkout_page(visitor, cart, form, _place(form.initial), Buyer(), timezone.now())


def _place(data: Mapping[str, str]) -> Place:
    return Place(data.get("country", ""), data.get("postal_code", ""), "", data.get("region", ""))


def _checkout_page(
    request: VisitorRequest,
    cart: Cart,
    form: CheckoutForm,
    place: Place,
    buyer: Buyer,
    now: datetime,
    *,
    status: int = 200,
    before: Quote | None = None,
) -> HttpResponse:
    try:
        quote, view = actions.request_quote(
            cart=cart, ship_to=place, currency=request.currency, buyer=buyer, at=now
        )
    except NothingToOrder:
        return redirect("orders:cart")
    except NoPrice as refusal:
        messages.error(request, str(refusal))
        return redirect("orders:cart")
    asking = live_ways.ask([group.question for group in view.groups if not group.told.asked], now)
    other = _other_ways(cart, view, place, request.currency, buyer, now)
    page = {
        "form": form, "blank": not form.is_bound and basket.person(request) is None,
        "quote": quote, "view": view, "cost": view.cost, "cart": cart, "other": other,
        "key": request.POST.get("key") or secrets.token_urlsafe(16), "before": before,
        "asking": asking or any(group.told.waiting for group in view.groups),
        "covers": covers(view, place.country, now.date()),
        "change": quote.total - before.total if before and before.currency == quote.currency else None,
        "in_two": offer_for(view, place, business=True), "asked_in_two": request.POST.get("steps") == "two",
    }  # fmt: skip
    return render(request, "orders/checkout.html", page, status=status)


def _other_ways(
    cart: Cart, view: PricedCart, place: Place, currency: str, buyer: Buyer, now: datetime
) -> dict[str, PricedCart]:
    """Price what the other choices would cost: duty at the door, no insurance."""
    asked = partial(
        priced, cart, ship_to=place, currency=currency, on=now.date(), buyer=buyer, rows=view.rows,
        spots=view.spots,
    )  # fmt: skip
    return {
        "dap": asked(terms="DAP"),
        "ddp": asked(terms="DDP"),
        "uninsured": asked(insured=False),
        "insured": asked(insured=True),
    }


def _order(request: VisitorRequest, cart: Cart | None) -> HttpResponse:
    key = request.POST.get("key", "")[:60]
    if not key:
        raise KeyMissing
    if cart is None:
        known = OrderGroup.objects.filter(key=key).first()
        if known is None:
            raise NothingToOrder
        return _again(request, known)
    form, now = CheckoutForm(request.POST), timezone.now()
    number = request.POST.get("quote", "")[:24]
    if not form.is_valid():
        place = _place(_first_data(request))
        return _checkout_page(request, cart, form, place, Buyer(), now, status=422)
    try:
        group = actions.place(
            cart_id=cart.pk, key=key, quote_number=number, contact=form.contact(),
            user=basket.person(request), at=now, in_two=request.POST.get("steps") == "two",
        )  # fmt: skip
    except (QuoteEnded, QuoteDiffers):
        quote = cart.quotes.get(number=number)
        return _asked_again(request, cart, form, quote, key, now)
    if group.placed_at != now:
        return _again(request, group)
    basket.count(request, 0)
    return _to_payment(request, group)


def _again(request: VisitorRequest, known: OrderGroup) -> HttpResponse:
    """Go on with what this key ordered before, or refuse when the form says something else now."""
    if any(request.POST.get(name, was).strip() != was for name, was in _sent(known)):
        raise KeyReused
    return _to_payment(request, known)


def _sent(group: OrderGroup) -> list[tuple[str, str]]:
    """Give what the form of a purchase said, to tell a second press from another order."""
    names = ("email", "name", "street", "town", "postal_code", "country", "phone", "company_name", "tax_id")
    return [(name, getattr(group, name)) for name in names]


def _asked_again(
    request: VisitorRequest, cart: Cart, form: CheckoutForm, quote: Quote, key: str, now: datetime
) -> HttpResponse:
    """Take the same price again silently; show a different one beside the old before anything is charged."""
    contact = form.contact()
    fresh, _view = actions.request_quote(
        cart=cart, ship_to=contact.price_place, currency=quote.currency, buyer=contact.buyer, at=now
    )
    if fresh.total == quote.total:
        group = actions.place(
            cart_id=cart.pk, key=key, quote_number=fresh.number, contact=contact,
            user=basket.person(request), at=now, in_two=request.POST.get("steps") == "two",
        )  # fmt: skip
        basket.count(request, 0)
        return _to_payment(request, group)
    return _checkout_page(
        request, cart, form, contact.price_place, contact.buyer, now, status=409, before=quote
    )


def _to_payment(request: HttpRequest, group: OrderGroup) -> HttpResponse:
    _remember(request, group)
    if group.state != "PLACED":
        return redirect("orders:done", group=group.number)
    return redirect(paying.open_payment(group))


def _remember(request: HttpRequest, group: OrderGroup) -> None:
    mine = [*request.session.get("groups", []), group.number]
    request.session["groups"] = list(dict.fromkeys(mine))[-20:]


def _own_group(request: HttpRequest, number: str) -> OrderGroup:
    """Find a purchase of this visitor: by session, or by the acting company."""
    group = OrderGroup.objects.filter(number=number).first()
    user = basket.person(request)
    if group is None or not (
        number in request.session.get("groups", [])
        or (user is not None and user.company_id == group.buyer_id)
    ):
        raise Http404
    return group


@require_GET
def done(request: HttpRequest, group: str) -> HttpResponse:
    """Say how the purchase stands: the bank's message may be here already, come now, or come later."""
    found = _own_group(request, group)
    if found.state == "PLACED":
        paying.look_up(found)
        found.refresh_from_db()
    orders = list(found.orders.select_related("seller").prefetch_related("lines"))
    return render(request, "orders/done.html", {"group": found, "orders": orders})


@require_POST
def pay_again(request: HttpRequest, group: str) -> HttpResponse:
    """Open the bank's page again after a declined card or a closed window."""
    return _to_payment(request, _own_group(request, group))


@login_required
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """List what the person's company bought."""
    user = cast("User", request.user)
    found = Order.objects.bought_by(user).select_related("seller", "group").prefetch_related("lines__variant")
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    return render(request, "orders/list.html", {"orders": page, "page": page})


def mine(request: HttpRequest, number: str) -> Order:
    """Find an order of this visitor: by signed link in the session, purchase in the session, or company."""
    order = get_object_or_404(Order.objects.select_related("group", "seller"), number=number)
    user = basket.person(request)
    known = (
        number in request.session.get("linked", [])
        or order.group.number in request.session.get("groups", [])
        or (user is not None and user.company_id == order.group.buyer_id)
    )
    if not known:
        raise Http404
    return order


@require_GET
def signed(request: HttpRequest, signed: str) -> HttpResponse:
    """Open an order by its signed link, without an account."""
    try:
        number = signing.Signer(salt=LINK_SALT).unsign(signed)
    except signing.BadSignature as forged:
        raise Http404 from forged
    linked = [*request.session.get("linked", []), number]
    request.session["linked"] = list(dict.fromkeys(linked))[-20:]
    return redirect("orders:detail", number=number)


@require_GET
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show where the order is, what happens next, what was paid, and the papers."""
    order = mine(request, number)
    if order.state == OrderState.DEPOSIT and order.balance_asked_at:
        look_up_balance(order)
        order.refresh_from_db()
    events = list(Event.objects.about(order.number))
    title, words = timeline.headline(order)
    lines = list(order.lines.select_related("variant__product__cover", "review"))
    cases = list(Dispute.objects.about(order).prefetch_related("messages__paper"))
    page = {
        "order": order, "group": order.group, "lines": lines, "title": title, "words": words,
        "steps": timeline.timeline(events, order), "stages": timeline.stages(events, order),
        "map": timeline.way_on_map(order, {event.name for event in events}),
        "holds": Hold.objects.open().filter(declaration__order_number=order.number), "papers": papers(order),
        "problem_form": ProblemForm(), "review_form": ReviewForm(),
        "can_claim": order.insurance_amount > 0 and order.shipped_at is not None,
        "can_return": order.state in {OrderState.DELIVERED, OrderState.COMPLETED},
        "can_cancel": order.state in {OrderState.PLACED, OrderState.DEPOSIT, *BEFORE_SHIPPING},
        "money": standing(order.number), "parcels_here": parcels_here(order),
        "can_confirm": order.state == OrderState.DELIVERED,
        "can_report": can_report(order) and not any(case.is_open for case in cases),
        "cases": cases, "message_form": MessageForm(),
        "talking": next((case for case in cases if case.is_open), None),
        "can_review": order.state in {OrderState.DELIVERED, OrderState.COMPLETED},
        "planks": {
            "goods": order.goods_amount + order.exchange_amount,
            "transport": order.freight_amount + order.insurance_amount,
            "tax": order.duty_amount + order.tax_amount + order.fees_amount,
        },
    }  # fmt: skip
    return render(request, "orders/detail.html", page)


@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Call the order off."""
    order = mine(request, number)
    reason = request.POST.get("reason", "").strip() or _("You cancelled this order.")
    actions.cancel(number=order.number, reason=reason, at=timezone.now())
    return redirect(order)


@require_POST
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """Confirm that the goods are here."""
    order = mine(request, number)
    actions.complete(number=order.number, at=timezone.now())
    return redirect(order)


@require_POST
def review(request: HttpRequest, number: str) -> HttpResponse:
    """Keep the buyer's review of one line."""
    order = mine(request, number)
    form = ReviewForm(request.POST)
    line = request.POST.get("line", "")
    if form.is_valid() and line.isdigit():
        get_object_or_404(order.lines, pk=int(line))
        actions.review(
            line_id=int(line), order_number=order.number, stars=form.cleaned_data["stars"],
            text=form.cleaned_data["text"], author=order.group.name.split(" ")[0], at=timezone.now(),
            language=get_language() or "en",
        )  # fmt: skip
        messages.success(request, _("Thank you. Your words help others."))
    else:
        messages.error(request, _("Choose 1 to 5 stars."))
    return redirect(order)
