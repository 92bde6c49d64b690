"""Product cards: what a list shows of one product, made once per price and kept ready."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalog.cards import Card
from catalog.models import DeliveredPrice, Picture
from catalog.stock import stock_for
from marketplace.kit.kept import Kept
from marketplace.templatetags.ui import bar, country, days, flag, icon, money

MOST: Final = 4_000
# The catalogue keeps a card as long as no row of it changes; the card beside its words keeps its identity.
_drawn: Final = Kept[tuple[str, Card]](MOST)


def cards_html(cards: Iterable[Card], *, destination: str, on: date, eager: int = 4) -> list[SafeString]:
    """Render cards in order; the first `eager` pictures load at once."""
    return [mark_safe(_card(c, destination, on, lazy=n >= eager)) for n, c in enumerate(cards)]  # noqa: S308


def _card(card: Card, destination: str, on: date, *, lazy: bool) -> str:
    key = (id(card), destination, on, get_language(), lazy)
    if known := _drawn.get(key):
        return known[0]
    return _drawn.keep(key, (_render(card, destination, on, lazy=lazy), card))[0]


def _render(card: Card, destination: str, on: date, *, lazy: bool) -> str:
    product, seller = card.product, card.product.seller
    least = card.variant.minimum_quantity if card.variant else 1
    minimum = ngettext("Seller minimum %(n)s piece", "Seller minimum %(n)s pieces", least) % {"n": least}
    where = ", ".join(part for part in (seller.town, country(seller.country)) if part)
    return (
        f'<li class="pc"><a href="{escape(product.get_absolute_url())}">'
        f'<span class="pc-ph">{photo(card.picture, lazy=lazy)}{_stock(card, destination)}</span>'
        f'<span class="pc-n">{escape(product.title)}</span>'
        f"{_price(card, destination, on)}"
        f'<span class="pc-s">{flag(seller.country)}<span><span class="pc-m">{escape(seller.name)}</span>'
        f'<span class="num">{escape(where)}</span><span class="num">{escape(minimum)}</span></span></span>'
        "</a></li>"
    )


def _stock(card: Card, destination: str) -> str:
    """Say on the picture when a product is sold out or nearly."""
    stock = stock_for(card.product.stock, destination)
    if stock.sold_out:
        return f'<span class="chip">{_("Sold out")}</span>'
    if stock.few is None:
        return ""
    words = ngettext("Only %(n)s left", "Only %(n)s left", stock.few) % {"n": stock.few}
    return f'<span class="chip warn">{words}</span>'


def photo(picture: Picture | None, *, lazy: bool, width: int = 480) -> str:
    """Draw one picture as AVIF, else WebP; a sign where there is none."""
    if picture is None or not picture.widths:
        return f'<span class="no-ph">{icon("image")}</span>'
    loading = ' loading="lazy" decoding="async"' if lazy else ""
    sizes = "(max-width:44rem) 50vw, 20rem" if width <= 480 else "(max-width:62rem) 100vw, 44rem"
    return (
        f'<picture><source type="image/avif" srcset="{escape(picture.avif_set)}" sizes="{sizes}">'
        f'<img src="{escape(picture.url(width))}" srcset="{escape(picture.webp_set)}" sizes="{sizes}"'
        f' width="{width}" height="{width}" alt="{escape(picture.alt)}"{loading}></picture>'
    )


def _price(card: Card, destination: str, on: date) -> str:
    """Four rows of a card: price, planks, total, arrival; the same rows whatever the state."""
    price = card.delivered
    if price is None:
        from_maker = card.variant.price if card.variant else None
        shown = f"<b>{money(from_maker)}</b> " if from_maker else ""
        words = _("from the maker, without delivery")
        later = _("Open it to see the price to your door")
        return (
            f'<span class="pc-p num">{shown}{words}</span><span></span>'
            f'<span class="pc-t">{later}</span><span class="pc-a"></span>'
        )
    if price.state == DeliveredPrice.State.NOT_POSSIBLE:
        words = _("Cannot go to %(country)s yet") % {"country": country(destination)}
        return (
            f'<span class="pc-p">{escape(words)}</span><span></span>'
            f'<span class="pc-t">{_("Open it to see why")}</span><span class="pc-a"></span>'
        )
    return _known_price(price, on)


def _known_price(price: DeliveredPrice, on: date) -> str:
    code, quantity = price.currency, price.quantity
    total = price.total_amount or Decimal(0)
    guess = price.state == DeliveredPrice.State.ESTIMATE
    words = _("each, at most") if guess else _("each, delivered")
    if quantity == 1:
        words = _("delivered, at most") if guess else _("delivered")
        sums = _("1 piece, nothing else to pay") if price.nothing_at_the_door else _("1 piece")
    else:
        whole = money(total * quantity, code)
        sums = _("%(n)s pieces: %(total)s in total") % {"n": quantity, "total": whole}
    drawn = bar(
        price.goods_amount or Decimal(0),
        price.transport_amount or Decimal(0),
        price.tax_amount or Decimal(0),
        "mini",
        8,
        hatched=guess,
    )
    return (
        f'<span class="pc-p num"><b>{money(total, code)}</b> {words}</span>{drawn}'
        f'<span class="pc-t num">{sums}</span>'
        f'<span class="pc-a num">{icon("truck", "s")}{_arrival(price, on)}{_mark(price)}</span>'
    )


def _arrival(price: DeliveredPrice, on: date) -> str:
    if price.earliest_days is None or price.latest_days is None:
        return _("Days on the next page")
    first, last = on + timedelta(days=price.earliest_days), on + timedelta(days=price.latest_days)
    return _("Arrives %(days)s") % {"days": days(first, last)}


def _mark(price: DeliveredPrice) -> str:
    if price.state == DeliveredPrice.State.ESTIMATE:
        return f'<span class="chip warn">{_("Estimate")}</span>'
    if price.tax_amount == 0:
        return f'<span class="chip ok">{_("No duty")}</span>'
    return ""
