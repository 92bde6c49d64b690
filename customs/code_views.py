"""The maker's page for the customs code: search, questions, the walk down the tree, the choice."""

from __future__ import annotations

from typing import Final, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Product
from customs import actions, origin
from customs.codes import search, tree, walk
from customs.models import CodeQuestion, ConfirmedCode
from customs.preflight import preflight
from marketplace.accounts.models import User
from marketplace.accounts.roles import needs


def _own(request: HttpRequest, number: str) -> Product:
    found = Product.objects.owned_by(request.user).select_related("category", "seller")
    return get_object_or_404(found, number=number)


def _asked(request: HttpRequest, product: Product) -> dict[str, str]:
    given = request.POST if request.method == "POST" else request.GET
    what = given.get("q", "").strip()
    defaults = {
        "q": what or str(product.changes.get("title", product.title)),
        "material": given.get("material", "" if what else product.materials).strip(),
        "use": given.get("use", "").strip(),
        "category": str(product.category) if product.category else "",
    }
    return {name: value.replace("\x00", "")[:300] for name, value in defaults.items()}


def _found(asked: dict[str, str]) -> search.Suggestion:
    return search.suggest(
        asked["q"], category=asked["category"], material=asked["material"], use=asked["use"]
    )


MARKETS: Final = ("DE", "FR", "GB", "US", "CA", "AU", "CN", "SG", "MY", "JP")


@never_cache
@needs("catalogue", seller=True)
@require_safe
def markets(request: HttpRequest, number: str) -> HttpResponse:
    """Show one verdict per market, by the rules of checkout and hold; where a proof of origin may save."""
    product, on = _own(request, number), timezone.localdate()
    ready = preflight(product, MARKETS, on)
    ways = {market: origin.agreements_for(product.origin, market, on) for market in MARKETS}
    rows = [
        (market, [need for need in market.needs if need not in ready.gaps], ways[market.destination])
        for market in ready.markets
    ]
    context = {"product": product, "ready": ready, "rows": rows, "on": on}
    page = "customs/_markets.html" if request.headers.get("HX-Request") == "true" else "customs/markets.html"
    return render(request, page, context)


@never_cache
@needs("catalogue", seller=True)
@require_safe
def find_code(request: HttpRequest, number: str) -> HttpResponse:
    """Show codes for the product's words, or one step of the tree with `under` in the address."""
    product = _own(request, number)
    asked = _asked(request, product)
    found = _found(asked)
    walking = "under" in request.GET
    questions = CodeQuestion.objects.filter(company=product.seller, product_number=number)
    context = {
        "product": product,
        "asked": asked,
        "found": found,
        "step": walk.step(request.GET.get("under", ""), found.query) if walking else None,
        "now": str(product.changes.get("hs_code", product.hs_code)),
        "now_path": tree.path(tree.texts(), str(product.changes.get("hs_code", product.hs_code))[:6]),
        "confirmed": ConfirmedCode.objects.filter(product_number=number, is_withdrawn=False).first(),
        "open_question": questions.open().first(),
        "answer": questions.exclude(answered_at=None).order_by("-answered_at").first(),
    }
    return render(request, "customs/find_code.html", context)


@needs("catalogue", seller=True)
@require_POST
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """Take the maker's choice; what was shown is worked out again here, not believed."""
    product = _own(request, number)
    asked = _asked(request, product)
    found = _found(asked)
    code = request.POST.get("code", "").strip()
    way = "search" if code in {one.code for one in found.codes} else "walk"
    actions.confirm_code(
        seller=product.seller,
        number=number,
        code=code,
        words=found.query,
        evidence=actions.evidence_of(found, way=way),
        by=cast("User", request.user),
        at=timezone.now(),
    )
    messages.success(request, _("The code %(code)s is on your product.") % {"code": code})
    return redirect(product.desk_url())


@needs("catalogue", seller=True)
@require_POST
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Hand the question to a person of the customs desk."""
    product = _own(request, number)
    found = _found(_asked(request, product))
    actions.ask_person(
        seller=product.seller,
        number=number,
        query=found.query,
        shown=[{"code": one.code, "share": one.share} for one in found.codes],
        by=cast("User", request.user),
        at=timezone.now(),
    )
    messages.success(request, _("We asked a person. You get a message, mostly within one working day."))
    return redirect("customs:find_code", number=number)
