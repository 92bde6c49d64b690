"""Can this listing go to that market? One verdict per market, by the same rules as checkout and hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.models import Product
from customs import lanes, stored
from customs.clearance import BATTERY_CODES, UN38_3, code_of
from customs.describing import EXAMPLE, Quality, judge
from customs.grounds import destinations
from customs.models import PaperOnFile, Restriction

_WORTH: Final = {"code": 25, "origin": 15, "description": 25, "weight": 20, "papers": 15}


class Verdict(StrEnum):
    """How a listing stands in a market."""

    SELLABLE = "sellable"
    NEEDS = "needs"
    PROHIBITED = "prohibited"


@dataclass(frozen=True, slots=True)
class Need:
    """What is missing, by which rule, and since when."""

    words: str
    way_out: str
    rule: str
    source: str = ""
    legal_ref: str = ""
    valid_from: dt.date | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Market:
    """The verdict for one destination."""

    destination: str
    verdict: Verdict
    needs: tuple[Need, ...] = ()
    notes: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Readiness:
    """All markets of a listing and how ready its customs data is, 0 to 100."""

    score: int
    description: Quality
    gaps: tuple[Need, ...]
    markets: tuple[Market, ...]


def preflight(product: Product, markets: Sequence[str], on: dt.date) -> Readiness:
    """Judge a listing for these markets; five statements, however many markets."""
    places = {place for market in markets for place in destinations(market)}
    dated = Q(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gte=on))
    found = cast("Iterable[Restriction]", Restriction.objects.filter(dated, destination__in=places))
    origins = frozenset(stored.tariff().origins(product.origin, on))
    rows = [row for row in found if lanes.concerns(row.code, row.origin_area, product.hs_code, origins)]
    on_file = list(
        PaperOnFile.objects.filter(
            Q(valid_until=None) | Q(valid_until__gte=on), company=product.seller_id
        ).values_list("code", "hs_prefix", "destination")
    )
    gaps, quality = _gaps(product)
    battery = _battery_need(product, on_file)
    told = tuple(_market(product, market, rows, on_file, gaps, battery) for market in markets)
    score = sum(_WORTH.values()) - sum(_WORTH[gap.rule] for gap in gaps)
    if any(market.verdict is Verdict.NEEDS and not gaps for market in told):
        score -= _WORTH["papers"]
    return Readiness(max(score, 0), quality, gaps, told)


def _gaps(product: Product) -> tuple[tuple[Need, ...], Quality]:
    gaps = []
    digits = "".join(filter(str.isdigit, product.hs_code))
    if len(digits) < 6:
        gaps.append(
            Need(_("Customs code with at least 6 digits"), _("Choose the code of your goods."), "code")
        )
    if len(product.origin) != 2:
        gaps.append(Need(_("Country of origin"), _("Say where the goods are made."), "origin"))
    quality = judge(product.customs_description)
    if quality.is_vague:
        words = _("Description for customs: what it is, made of what, used for what")
        gaps.append(Need(words, _("For example: %(text)s") % {"text": EXAMPLE}, "description"))
    variants = [variant for variant in product.variants.all() if variant.is_active]
    if not variants or any(not v.net_weight_kg or not v.gross_weight_kg for v in variants):
        gaps.append(
            Need(_("Net and gross weight of each variant"), _("Weigh one piece, with its box."), "weight")
        )
    return tuple(gaps), quality


def _battery_need(product: Product, on_file: Sequence[tuple[str, str, str]]) -> Need | None:
    digits = "".join(filter(str.isdigit, product.hs_code))
    has_battery = digits.startswith(BATTERY_CODES) or any(v.battery_un for v in product.variants.all())
    if not has_battery or any(code == UN38_3 and digits.startswith(prefix) for code, prefix, _to in on_file):
        return None
    words, way_out = _("UN 38.3 test summary of the battery"), _("Upload the test summary of the cell maker.")
    return Need(words, way_out, "R-DG-021", legal_ref="UN Manual of Tests and Criteria 38.3")


def _market(
    product: Product,
    market: str,
    rows: Sequence[Restriction],
    on_file: Sequence[tuple[str, str, str]],
    gaps: tuple[Need, ...],
    battery: Need | None,
) -> Market:
    digits = "".join(filter(str.isdigit, product.hs_code))
    if market in lanes.EMBARGOED:
        closed = Need(_("We do not ship to this country."), _("Choose another market."), "R-EMB-001")
        return Market(market, Verdict.PROHIBITED, (closed,))
    needs, notes, forbidden = list(gaps), [], []
    if battery:
        needs.append(battery)
    places = destinations(market)
    for row in rows:
        if row.destination not in places:
            continue
        code = code_of(row.text)
        rule = "R-DOC-001" if row.kind in lanes.PAPER_KINDS else "R-LANE-001"
        watched = row.kind == lanes.WATCHED
        way_out = "" if watched or row.kind == "prohibition" else _("Upload the paper once; we keep it.")
        need = Need(
            row.text, way_out, rule, row.source, row.legal_ref, row.valid_from,
            str(lanes.KINDS.get(row.kind, row.kind)),
        )  # fmt: skip
        if row.kind == "prohibition":
            forbidden.append(need)
        elif watched:
            notes.append(need)
        elif code == UN38_3 or any(
            kept == code and digits.startswith(prefix) and to in {"", *places} for kept, prefix, to in on_file
        ):
            continue
        elif row.confidence == "read":
            needs.append(need)
        else:
            notes.append(need)
    if forbidden:
        return Market(market, Verdict.PROHIBITED, tuple(forbidden))
    return Market(market, Verdict.NEEDS if needs else Verdict.SELLABLE, tuple(needs), tuple(notes))
