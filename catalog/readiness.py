"""What a listing still lacks before it may be submitted, one sentence per field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import wording
from catalog.models import Picture, Product, Variant
from catalog.pricing import ladder_fault

DESCRIPTION_FAULTS = {
    "empty": gettext_lazy("Write what it is, what it is made of and what it is for."),
    "reference": gettext_lazy(
        "This looks like a number. Write what it is, what it is made of and what it is for."
    ),
    "vague": gettext_lazy(
        "Customs stops words like this. Write what it is, what it is made of and what it is for."
    ),
    "short": gettext_lazy("Say a little more: what it is, what it is made of and what it is for."),
}
LADDER_FAULTS = {
    "quantity": gettext_lazy(
        "Each step must start at more pieces than the one before, and above the smallest order."
    ),
    "price": gettext_lazy("A step for more pieces must not cost more than the step before."),
    "zero": gettext_lazy("A price must be above zero."),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """One missing thing: the field it belongs to, what to do, how many points it is worth."""

    field: str
    words: str
    points: int
    needed: bool = True


def description_words(text: str) -> str:
    """Say what is wrong with a customs description, with an example; nothing when it is good."""
    fault = wording.description_fault(text)
    if not fault:
        return ""
    example = _("Example: “Basket woven by hand from sisal fibre, with leather handles, for the market”.")
    return f"{DESCRIPTION_FAULTS[fault]} {example}"


def gaps(product: Product, variants: Sequence[Variant], pictures: Sequence[Picture]) -> list[Gap]:
    """List everything that keeps a listing from being complete; variants come with their tiers."""
    found: list[Gap] = []

    def miss(field: str, words: str, points: int, *, needed: bool = True) -> None:
        found.append(Gap(field, words, points, needed))

    if len(product.title.strip()) < 3:
        miss("title", _("Give the product a name."), 5)
    if len(product.description.strip()) < 20:
        miss("description", _("Describe it in one or two sentences."), 10)
    if product.category_id is None:
        miss("category", _("Choose a category."), 10)
    if not any(picture.state != Picture.State.BROKEN for picture in pictures):
        miss("pictures", _("Add at least one photo."), 15)
    if not product.origin:
        miss("origin", _("Say in which country it is made."), 15)
    if words := description_words(product.customs_description):
        miss("customs_description", words, 15)
    if not (product.hs_code.isdigit() and 6 <= len(product.hs_code) <= 12):
        miss(
            "hs_code",
            _("Choose a customs code of 6 digits. Without it no price abroad can be promised."),
            15,
            needed=False,
        )
    if not variants:
        miss("price_amount", _("Set a price."), 10)
    found.extend(_variant_gaps(variants))
    return found


def _variant_gaps(variants: Sequence[Variant]) -> list[Gap]:
    found: list[Gap] = []
    for variant in variants:
        if variant.gross_weight_kg is None or variant.net_weight_kg is None:
            found.append(
                Gap("gross_weight_kg", _("Give the weight of one piece, with and without packing."), 10)
            )
        if variant.size_cm is None:
            found.append(Gap("size_cm", _("Give length, width and height of one packed piece."), 5))
        if fault := ladder_fault(variant.price, variant.tiers.all(), variant.minimum_quantity):
            found.append(Gap("tiers", str(LADDER_FAULTS[fault]), 5))
    unique: dict[str, Gap] = {}
    for gap in found:
        unique.setdefault(gap.field, gap)
    return list(unique.values())


def score(missing: Sequence[Gap]) -> int:
    """Turn the gaps into points out of 100."""
    return max(0, 100 - sum(gap.points for gap in missing))
