"""Rates of storage: a new one from a day on, with its source; what counts already is never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from logistics.warehousing.models import StorageRate, Warehouse
from marketplace.kit.money import CURRENCIES
from marketplace.kit.refusal import Refusal

DEAREST: Final = Decimal(10_000)
LARGEST_FACTOR: Final = Decimal(100)


class BadRate(Refusal):
    words = _("{what}")
    status = 422


class RateCounts(Refusal):
    words = _("This rate counts already, and bills may stand on it. Add another one from a later day.")


@transaction.atomic
def add_rate(
    *, warehouse: Warehouse | None, everywhere: bool, typed: Mapping[str, str], today: date
) -> StorageRate:
    """Take a rate of one warehouse, or of all without their own, from a day on that is not over."""
    if warehouse is None and not everywhere:
        raise BadRate(what=_("Choose a warehouse, or all of them."))
    try:
        since = date.fromisoformat(typed.get("valid_from", "").strip())
    except ValueError as bad:
        raise BadRate(what=_("Give the first day.")) from bad
    if since < today:
        raise BadRate(what=_("The first day is over. Days that passed keep their rate."))
    currency, source = typed.get("currency", "").strip().upper(), typed.get("source", "").strip()
    if currency not in CURRENCIES:
        raise BadRate(what=_("Give the currency as three letters, such as USD."))
    if not source:
        raise BadRate(what=_("Say where the rate comes from."))
    price = _number(typed.get("per_cbm_day", ""), DEAREST, _("Give the price of a cubic metre and day."))
    factor = _number(
        typed.get("aged_factor", "") or "1",
        LARGEST_FACTOR,
        _("The factor for old goods is a number from 0 to 100."),
    )
    days = typed.get("aged_after_days", "").strip() or "181"
    if not days.isdigit() or not 1 <= int(days) <= 3650:
        raise BadRate(what=_("Goods count as old after 1 to 3,650 days."))
    if StorageRate.objects.filter(warehouse=warehouse, valid_from=since).exists():
        raise BadRate(what=_("There is a rate from this day on. Choose another first day."))
    return StorageRate.objects.create(
        warehouse=warehouse, valid_from=since, per_cbm_day=price, currency=currency, source=source[:200],
        aged_after_days=int(days), aged_factor=factor,
        illustrative=typed.get("illustrative", "") == "1",
    )  # fmt: skip


def _number(text: str, most: Decimal, words: object) -> Decimal:
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as bad:
        raise BadRate(what=words) from bad
    if not found.is_finite() or not 0 <= found <= most:
        raise BadRate(what=words)
    return found


@transaction.atomic
def take_back(*, rate_id: int, today: date) -> None:
    """Remove a rate that does not count yet."""
    row = StorageRate.objects.select_for_update(of=("self",)).get(pk=rate_id)
    if row.valid_from <= today:
        raise RateCounts
    row.delete()
