"""The shop window: home, search, product, maker; live data from every room below."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final, cast
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Avg, Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import kept
from catalog.kept import Listing
from catalog.models import Category, Product, Variant
from catalog.search import SORTS, SearchPage, SearchQuery, search
from catalog.stock import stock_for
from logistics.warehousing.allocation import spots as find_spots
from marketplace.accounts.models import Company
from marketplace.http import CURRENCIES, VisitorRequest, read_place
from marketplace.kit.places import Place
from marketplace.pages.box import Box, box
from marketplace.pages.cards import cards_html
from marketplace.pages.way import way_of
from marketplace.templatetags.ui import country, money
from orders.allocating import cheapest
from orders.asked import QuoteRequest
from orders.landed_cost import LandedCost
from orders.models import Review

MOST_PIECES: Final = 99_999
MORE: Final = 4
SORT_WORDS: Final = {
    "best": gettext_lazy("Best match"),
    "price": gettext_lazy("Delivered price"),
    "price_down": gettext_lazy("Highest price"),
    "fast": gettext_lazy("Arrives first"),
    "new": gettext_lazy("Newest"),
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say the promise with a real price, then show goods and makers."""
    ours = cast("VisitorRequest", request)
    page = search(replace(asked_of(ours), text="", sort="new", page=1))
    here = ours.ship_to.country
    priced = [c for c in page.cards if c.delivered is not None and c.delivered.total_amount is not None]
    priced = [c for c in priced if not stock_for(c.product.stock, here).sold_out]
    worked = next((c for c in priced if c.picture and c.delivered and c.delivered.state == "fixed"), None)
    worked = worked or next((c for c in priced if c.picture), None)
    rest = [c for c in page.cards if c is not worked]
    context = {
        "worked": worked,
        "worked_total": worked.delivered.total_amount * worked.delivered.quantity
        if worked and worked.delivered and worked.delivered.total_amount is not None
        else None,
        "cards": cards_html(rest[:8], destination=here, on=timezone.localdate(), eager=0),
        "makers": makers_by_country(),
    }
    return render(request, "shop/home.html", context)


def makers_by_country() -> list[dict[str, object]]:
    """Count approved makers with goods in the shop, by country; kept for five minutes."""
    known: list[dict[str, object]] | None = cache.get("shop:makers")
    if known is None:
        rows = (
            Company.objects.filter(is_seller=True, products__state="LIVE")
            .values("country")
            .annotate(makers=Count("pk", distinct=True), goods=Count("products", distinct=True))
            .order_by("-makers", "country")
        )
        known = [dict(row) for row in rows]
        cache.set("shop:makers", known, 300)
    return known


def number_of(text: str | None) -> Decimal | None:
    try:
        value = Decimal((text or "").replace(",", ".").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < 10**12 else None


def whole_of(text: str | None, default: int, most: int) -> int:
    try:
        return min(max(int(text or ""), 1), most)
    except ValueError:
        return default


def asked_of(request: VisitorRequest, **fixed: str) -> SearchQuery:
    """Read a search from the address; nonsense counts as not said."""
    given = request.GET
    days = whole_of(given.get("days"), 0, 365) if given.get("days") else None
    query = SearchQuery(
        text=given.get("q", "")[:200].replace("\x00", ""),
        category=given.get("category", "")[:60].replace("\x00", ""),
        origin=tuple(
            code.upper()[:2] for code in given.getlist("origin")[:20] if code.isascii() and code.isalpha()
        ),
        price_min=number_of(given.get("price_min")),
        price_max=number_of(given.get("price_max")),
        days=days or None,
        nothing_at_door=bool(given.get("nothing_at_door")),
        sort=given.get("sort", "best") if given.get("sort", "best") in SORTS else "best",
        page=whole_of(given.get("page"), 1, 100),
        destination=request.ship_to.country,
        currency=request.currency,
    )
    return replace(query, **fixed)  # type: ignore[arg-type]


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Show what was asked for, with filters whose counts stay true."""
    ours = cast("VisitorRequest", request)
    found = search(asked_of(ours))
    category = next((f.label for f in found.facets.category if f.chosen), "")
    return listing(ours, found, heading=found.query.text or category or _("All goods"))


@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one shelf with everything below it."""
    ours = cast("VisitorRequest", request)
    shelf = get_object_or_404(Category, slug=slug)
    return listing(ours, search(asked_of(ours, category=slug)), heading=shelf.name)


@require_safe
def maker(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one seller with its goods."""
    ours = cast("VisitorRequest", request)
    seller = get_object_or_404(Company, slug=slug, is_seller=True)
    if seller.state == Company.State.SUSPENDED:
        return render(request, "shop/maker_gone.html", {"seller": seller}, status=410)
    found = search(asked_of(ours, seller=slug))
    said = Review.objects.filter(line__order__seller=seller).aggregate(stars=Avg("stars"), many=Count("pk"))
    return listing(ours, found, heading=seller.name, seller=seller, said=said)


def listing(request: VisitorRequest, found: SearchPage, heading: str, **more: object) -> HttpResponse:
    """Render one page of cards; htmx gets the results only."""
    chips = active(found, request)
    context = {
        "found": found,
        "query": found.query,
        "heading": heading,
        "chips": chips,
        "sorts": [(code, SORT_WORDS[code]) for code in SORTS],
        "cards": cards_html(
            found.cards, destination=request.ship_to.country, on=timezone.localdate(), eager=6
        ),
        "first": (found.query.page - 1) * 24 + 1,
        "last": (found.query.page - 1) * 24 + len(found.cards),
        **more,
    }
    if not found.total:
        elsewhere = search(
            SearchQuery(sort="new", destination=request.ship_to.country, currency=request.currency)
        )
        on = timezone.localdate()
        context["others"] = cards_html(elsewhere.cards[:4], destination=request.ship_to.country, on=on)
    return render(request, "shop/search.html", context)


def active(found: SearchPage, request: VisitorRequest) -> list[dict[str, object]]:
    """List the filters in use, each with the address that drops it and what that would give."""
    query = found.query
    chips: list[tuple[str, str, str, str]] = []
    if query.category and "category" in request.GET:
        name = next((f.label for f in found.facets.category if f.chosen), query.category)
        chips.append(("category", name, "category", ""))
    chips += [("origin", country(code), "origin", code) for code in query.origin]
    if query.price_min is not None:
        words = _("From %(price)s each") % {"price": money(query.price_min, query.currency)}
        chips.append(("price", words, "price_min", ""))
    if query.price_max is not None:
        words = _("Up to %(price)s each") % {"price": money(query.price_max, query.currency)}
        chips.append(("price", words, "price_max", ""))
    if query.days:
        chips.append(("days", _("In %(n)s days") % {"n": query.days}, "days", ""))
    if query.nothing_at_door:
        chips.append(("nothing_at_door", _("Nothing to pay at the door"), "nothing_at_door", ""))
    made: list[dict[str, object]] = []
    for name, words, parameter, value in chips:
        params = request.GET.copy()
        params.pop("page", None)
        params.setlist(parameter, [v for v in params.getlist(parameter) if value and v.upper() != value])
        address = f"?{params.urlencode()}" if params else request.path
        made.append({"words": words, "href": address, "gives": found.hints.get(name)})
    return made


def priced(
    request: VisitorRequest,
    listing: Listing,
    variant: Variant,
    quantity: int,
    place: Place,
    *,
    option: str = "",
    terms: str = "DDP",
) -> LandedCost:
    """Ask for the delivered price with every way of delivery."""
    asked = QuoteRequest(
        lines=[(variant, quantity)],
        ship_to=place,
        currency=request.currency,
        on=timezone.localdate(),
        terms=terms,
        option_code=option,
        every_option=True,
    )
    shelves = find_spots([variant.sku], destination=place.country)
    return cheapest(asked, shelves, goods=listing.version)[0]


def listing_of(request: HttpRequest, slug: str) -> Listing:
    """Find a product that this visitor may see and that has something to choose."""
    number = Product.objects.visible_to(request.user).filter(slug=slug).values_list("pk", flat=True).first()
    found = kept.listing(number) if number else None
    if found is None or not found.variants:
        raise Http404
    return found


def box_context(request: VisitorRequest, listing: Listing) -> dict[str, object]:
    """Answer the question in the price box's form: which variant, how many, where to, which way."""
    product, variants = listing.product, listing.variants
    given = request.GET
    variant = next((v for v in variants if v.sku == given.get("sku")), None)
    variant = variant or next((v for v in variants if v.pk == product.lead_id), variants[0])
    quantity = whole_of(given.get("quantity"), variant.minimum_quantity, MOST_PIECES)
    place = box_place(request)
    terms = "DAP" if given.get("terms") == "DAP" else "DDP"
    option = given.get("option", "")[:120]
    cost = priced(request, listing, variant, quantity, place, option=option, terms=terms)
    asked = "|".join([variant.sku, str(quantity), str(place), request.currency, terms, option])
    shown = box(cost, asked=asked, seen=given.get("seen", "")[:2000], now=timezone.now())
    return {
        "product": product,
        "variants": variants,
        "variant": variant,
        "others_left": any(
            not stock_for(v.stock, place.country, v.minimum_quantity).sold_out for v in variants
        ),
        "quantity": quantity,
        "place": place,
        "terms": terms,
        "box": shown,
        "tiers": variant.tiers.all(),
        "other_terms": other_terms(shown),
    }


def box_place(request: VisitorRequest) -> Place:
    """Take the box's own country and postcode, else the visitor's place; remember a new one."""
    given = request.GET
    if "country" not in given:
        return request.ship_to
    code = given.get("postal_code", "").strip()[:12]
    try:
        place = read_place(f"{given['country']}-{code}" if code else given["country"])
    except ValueError:
        return request.ship_to
    if request.session.get("ship_to") != str(place):
        request.session["ship_to"] = str(place)
    request.ship_to = place
    return place


def other_terms(shown: Box) -> str:
    return "DDP" if shown.state == "dap" else "DAP"


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one product with its delivered price."""
    ours = cast("VisitorRequest", request)
    listing = listing_of(request, slug)
    found = listing.product
    context = box_context(ours, listing)
    reviews = list(Review.objects.filter(line__variant__product=found).order_by("-written_at")[:6])
    return render(
        request,
        "shop/product.html",
        {
            **context,
            # Called inside the kept piece alone: a page that is shown again draws no map.
            "way": functools.partial(way_of, cast("Box", context["box"]).cost),
            "pictures": listing.pictures,
            "others": others_html(found, ours),
            "reviews": reviews,
            "stars": round(sum(r.stars for r in reviews) / len(reviews), 1) if reviews else None,
            "local_time": local_time(found.seller, timezone.now()),
        },
    )


def others_html(shown: Product, request: VisitorRequest) -> list[SafeString]:
    """Draw four more goods of the same maker; the maker's newest are kept for a minute."""
    where, on = request.ship_to.country, timezone.localdate()
    key = f"shop:more:{shown.seller_id}:{where}:{request.currency}:{on}:{get_language()}"
    known: list[tuple[int, str]] | None = cache.get(key)
    if known is None:
        more = search(SearchQuery(seller=shown.seller.slug, destination=where, currency=request.currency))
        first = more.cards[: MORE + 1]
        drawn = cards_html(first, destination=where, on=on, eager=0)
        known = [(card.product.pk, str(html)) for card, html in zip(first, drawn, strict=True)]
        cache.set(key, known, 60)
    return [mark_safe(html) for number, html in known if number != shown.pk][:MORE]  # noqa: S308


@require_safe
def price(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer the price box alone, for a page that is already open."""
    ours = cast("VisitorRequest", request)
    return render(request, "shop/price_box.html", box_context(ours, listing_of(request, slug)))


def local_time(seller: Company, now: datetime) -> str:
    """Tell what the clock at the maker's shows; templates would turn a moment into the reader's zone."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return f"{now.astimezone(ZoneInfo(seller.timezone)):%H:%M}"
    except (ZoneInfoNotFoundError, ValueError):
        return ""


def remember_place(request: HttpRequest) -> None:
    """Keep the place named by country and postal code for the rest of the visit."""
    code, land = request.GET.get("postal_code", "").strip()[:12], request.GET.get("country", "")
    try:
        request.session["ship_to"] = str(read_place(f"{land}-{code}" if code else land))
    except ValueError:
        return


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Take the question of the home page: what, and where to."""
    remember_place(request)
    return HttpResponseRedirect("/search/?" + urlencode({"q": request.GET.get("q", "")[:200]}))


@require_safe
def destination(request: HttpRequest) -> HttpResponse:
    """Remember where to deliver and which currency to show, and go back to the page."""
    remember_place(request)
    if request.GET.get("currency") in CURRENCIES:
        request.session["currency"] = request.GET["currency"]
    target = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    path, _mark, asked = target.partition("?")
    dropped = ("ship_to=", "currency=", "country=", "postal_code=")
    kept = [p for p in asked.split("&") if p and not p.startswith(dropped)]
    return HttpResponseRedirect(path + ("?" + "&".join(kept) if kept else ""))


@require_safe
def promise(request: HttpRequest) -> HttpResponse:
    """Say what the price promise covers, and what not."""
    return render(request, "shop/promise.html")
