"""What a delivered price is asked for: one seller's goods, as freight, insurance and customs see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from catalog.models import Variant
from catalog.pricing import unit_price
from customs import northern, proofs, regimes
from customs.assessment import GoodsLine
from logistics.options import Consignment, GoodsTraits, Piece, RouteOption
from marketplace.currency import rates
from marketplace.kit.money import Money, total
from marketplace.kit.places import Place
from orders.landed_cost import GoodsPart, Start

NOT_SUMMED: Final = frozenset({"alcohol_percent", "sucrose_percent"})


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What is asked: lines of one seller, where to, how. `option_code` empty takes the best way.

    `start` is a store where the goods lie. In bond inside the destination, duty and tax fall due when they
    leave it; in free circulation there, only the tax of a sale inside the country; elsewhere they come in
    from the store's country.
    """

    lines: Sequence[tuple[Variant, int]]
    ship_to: Place
    currency: str
    on: date
    buyer_kind: str = "consumer"
    buyer_tax_id: str = ""
    terms: str = "DDP"
    option_code: str = ""
    insured: bool = True
    every_option: bool = False
    start: Start | None = None
    # Ways of live carriers that were asked before; their prices hold for a while.
    live: tuple[RouteOption, ...] = ()
    # Agreements under which a paper of origin is supposed to be there: what would it save?
    supposed: tuple[str, ...] = ()

    @property
    def is_inside(self) -> bool:
        """The goods lie inside the buyer's customs territory, in bond or free."""
        return self.start is not None and same_territory(self.start.place, self.ship_to)

    @property
    def is_domestic(self) -> bool:
        """The goods lie there in free circulation: nothing crosses a border any more."""
        return self.is_inside and self.start is not None and self.start.customs_status == "free"


def same_territory(one: Place, other: Place) -> bool:
    """Tell whether two places lie in one customs territory; Northern Ireland is one of its own."""
    if northern.is_there(one) != northern.is_there(other):
        return False
    return regimes.plain(one.country).area == regimes.plain(other.country).area


def place_of(variant: Variant) -> Place:
    """Tell where the goods start: the seller's own town."""
    seller = variant.product.seller
    return Place(seller.country, seller.postal_code, seller.town, seller.region)


def traits_of(variant: Variant) -> GoodsTraits:
    """Tell what a carrier must know of the goods."""
    measured, hs = variant.measured or {}, variant.product.hs_code
    return GoodsTraits(
        battery_wh=variant.battery_wh,
        battery_un=variant.battery_un,
        temperature=variant.temperature,
        food="02" <= hs[:2] <= "24" and hs[:2] not in {"05", "06", "13", "14", "23", "24"},
        liquid="litre" in measured,
        alcohol=Decimal(str(measured["alcohol_percent"])) if "alcohol_percent" in measured else None,
    )


def goods_class(lines: Sequence[tuple[Variant, int]]) -> str:
    """Name the class of goods that insurance asks for: frozen or general."""
    cold = any("frozen" in variant.temperature for variant, _quantity in lines)
    return "frozen" if cold else "general"


def consignment_of(request: QuoteRequest, table: rates.RateTable) -> Consignment:
    """Describe the goods, where they start and where they go, as freight sees them."""
    first = request.lines[0][0]
    pieces = tuple(
        Piece(
            sku=variant.sku,
            quantity=quantity,
            gross_weight_kg=variant.gross_weight_kg or Decimal(0),
            size_cm=variant.size_cm or (Decimal(0), Decimal(0), Decimal(0)),
            traits=traits_of(variant),
        )
        for variant, quantity in request.lines
    )
    value = total(
        (
            table.convert(unit_price(v.price, v.tiers.all(), quantity) * quantity, request.currency)
            for v, quantity in request.lines
        ),
        request.currency,
    ).rounded()
    return Consignment(
        origin=request.start.place if request.start else place_of(first),
        destination=request.ship_to,
        pieces=pieces,
        value=value,
        terms=request.terms,
        border=not request.is_domestic,
    )


def goods_lines(
    lines: Sequence[tuple[Variant, int]],
    parts: Sequence[GoodsPart],
    currency: str,
    country: str,
    papers: Sequence[tuple[str, ...]],
) -> tuple[GoodsLine, ...]:
    """Translate lines of the catalogue into goods as customs sees them."""
    return tuple(
        GoodsLine(
            reference=part.reference,
            hs_code=variant.product.code_for(country),
            origin=variant.product.origin,
            description=variant.product.customs_description or variant.product.title,
            quantity=Decimal(quantity),
            value=part.value(currency),
            net_weight_kg=(variant.net_weight_kg or variant.gross_weight_kg or Decimal(0)) * quantity,
            gross_weight_kg=(variant.gross_weight_kg or Decimal(0)) * quantity,
            measured=measured_of(variant, quantity),
            evidence=shown,
        )
        for (variant, quantity), part, shown in zip(lines, parts, papers, strict=True)
    )


def papers_of(
    request: QuoteRequest, parts: Sequence[GoodsPart], table: rates.RateTable
) -> list[tuple[str, ...]]:
    """The papers of origin of each line that count for this parcel on this day."""

    def value_in(currency: str) -> Money:
        whole = total((part.value(request.currency) for part in parts), request.currency)
        return table.convert(whole, currency)

    found = []
    for variant, _quantity in request.lines:
        product, destination = variant.product, request.ship_to.country
        shown: tuple[str, ...] = ()
        if product.origin_papers and came_directly(request, variant):
            shown = proofs.counting(
                product.origin_papers, hs_code=product.hs_code, made_in=product.origin,
                destination=destination, on=request.on, value_in=value_in,
            )  # fmt: skip
        found.append((*shown, *(f"{proofs.MARK}{code}:" for code in request.supposed)))
    return found


def came_directly(request: QuoteRequest, variant: Variant) -> bool:
    """A paper of origin counts for goods on their way from where they were made, not from a third country."""
    if request.start is None or request.is_inside:
        return True
    return request.start.place.country in {variant.product.origin, variant.product.seller.country}


def measured_of(variant: Variant, quantity: int) -> dict[str, Decimal]:
    """Give the measured amounts of the whole line; percentages stay as they are."""
    found = {}
    for name, value in (variant.measured or {}).items():
        amount = Decimal(str(value))
        found[name] = amount if name in NOT_SUMMED else amount * quantity
    found.setdefault("item", Decimal(quantity))
    return found


def sent_from(request: QuoteRequest) -> Place:
    """Where the goods come into the territory from: bonded ones still come from the maker."""
    if request.start is None or (request.is_inside and not request.is_domestic):
        return place_of(request.lines[0][0])
    return request.start.place
