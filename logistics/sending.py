"""A maker's own goods between two stores, with cover where it is wanted: the stores move, the cover binds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from logistics.insurance import actions as insurance
from logistics.insurance.models import Policy
from logistics.insurance.premium import CoverTerms, Premium, premium
from logistics.insurance.refusals import NoCover
from logistics.warehousing.actions import transfers
from logistics.warehousing.models import StockBalance, Transfer, TransferState, Warehouse
from marketplace.accounts.models import Company
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal

CURRENCY: Final = "USD"  # the terms' own: their smallest premium counts in it
MODES: Final = {
    "sea": _("by sea"), "reefer": _("by sea, frozen"), "air": _("by air"), "road": _("by road"),
}  # fmt: skip


class SamePlace(Refusal):
    words = _("Choose another store than the one where the goods lie.")
    status = 422


class CoveredAlready(Refusal):
    words = _("These goods are covered already. The certificate is with your documents.")


class OnTheWayAlready(Refusal):
    words = _("The carrier has these goods, or they have arrived. Cover is bought before the first scan.")


def offer(*, value: Money, mode: str, goods: str, to: str, on: date) -> tuple[CoverTerms, Premium]:
    """Say what cover would cost and what it leaves out, before anybody pays."""
    cover = insurance.cover_for(mode, goods, on, region=to)
    if cover is None:
        raise NoCover
    return cover, premium(value, cover, mode)


@transaction.atomic
def send(
    *, balance: StockBalance, end: Warehouse, quantity: int, company: Company, key: str, at: datetime,
    value: Money | None = None, mode: str = "sea", goods: str = "general",
) -> Transfer:  # fmt: skip
    """Send goods to another store, once for each key; with a value they are covered before they leave."""
    if balance.warehouse_id == end.pk:
        raise SamePlace
    made = transfers.send(
        start=balance.warehouse, end=end, wanted={balance.sku: quantity}, at=at,
        key=f"{company.number}:{key}", customs_status=balance.customs_status,
    )  # fmt: skip
    if value is not None:
        cover(transfer=made, value=value, mode=mode, goods=goods, company=company, at=at)
    return made


@transaction.atomic
def cover(
    *, transfer: Transfer, value: Money, mode: str, goods: str, company: Company, at: datetime
) -> Policy:
    """Cover goods that were sent and not scanned yet; the premium comes off the maker's balance."""
    if transfer.state != TransferState.IN_TRANSIT:
        raise OnTheWayAlready
    if Policy.objects.filter(order_number=transfer.number).exists():
        raise CoveredAlready
    return insurance.cover_stock(
        transfer.number, value=value, mode=mode, goods=goods, company=company,
        region=transfer.end.country, at=at,
    )  # fmt: skip


def handed_over(*, transfer: Transfer, at: datetime) -> bool:
    """Begin the cover with the carrier's first scan; again changes nothing."""
    return insurance.begin(transfer.number, at=at)


def policy_of(transfer: Transfer) -> Policy | None:
    """Return the cover of a transfer."""
    return Policy.objects.filter(order_number=transfer.number).first()
