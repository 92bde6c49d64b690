"""The papers of an order that its buyer can have now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.documents.models import Document
from orders import deposit_receipts, documents
from orders.models import Order

KEPT: Final = {
    deposit_receipts.KIND: _("Receipt of the deposit"),
    "invoice": _("Invoice with tax"),
    "invoice-ubl": _("Invoice for programs, UBL"),
    "insurance-certificate": _("Insurance certificate"),
}
# An order may have many of these; each stands in the list with its number.
MANY: Final = {
    "credit-note": _("Credit note"),
    "credit-note-ubl": _("Credit note for programs, UBL"),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One row of the list: what it is, the file's name, where it is."""

    name: str | Promise
    filename: str
    url: str
    kept: Document | None = None


def papers(order: Order) -> list[Paper]:
    """List what the buyer can have now: receipts and invoices, the cover, and what comes with packing."""
    found = []
    if order.packed_at is not None:
        found += [
            Paper(name, f"{order.number}-{kind}.pdf", _address(order, kind))
            for kind, name in documents.KINDS.items()
        ]
    mine = Document.objects.about(order.number).filter(companies=order.group.buyer_id)
    newest = {paper.kind: paper for paper in reversed(mine.filter(kind__in=KEPT))}
    found += [
        Paper(KEPT[kind], paper.filename, _address(order, kind), paper) for kind, paper in newest.items()
    ]
    return found + [
        Paper(MANY[paper.kind], paper.filename, _address(order, paper.number), paper)
        for paper in reversed(mine.filter(kind__in=MANY))
    ]


def _address(order: Order, kind: str) -> str:
    return reverse("orders:buyer_paper", args=[order.number, kind])
