"""Papers of origin that a maker keeps with us: counted in prices, withdrawn, watched until their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from catalog import actions as catalog
from catalog.models import Product
from customs import proofs
from customs.events import EvidenceChanged
from customs.models import OriginEvidence
from customs.refusals import EvidenceRefused
from marketplace.accounts.models import Company, User
from marketplace.documents.actions import store
from marketplace.documents.uploads import checked
from marketplace.events.bus import publish

# The longest paper of origin that we know: a long-term supplier's declaration of two years.
LONGEST: Final = timedelta(days=731)
# How many days before its end the maker is told.
TOLD: Final = (7, 30)


@transaction.atomic
def keep_evidence(
    *,
    seller: Company,
    number: str,
    agreement: str,
    kind: str,
    reference: str,
    valid_from: date,
    valid_until: date,
    filename: str,
    content: bytes,
    by: User,
    at: datetime,
    approved: str = "",
) -> OriginEvidence:
    """Keep a paper of origin for a product; from the next price on it counts. The same paper again is one.

    `approved` is the exporter's number at its own customs; above the agreement's limit a maker's own
    statement counts only with it.
    """
    product = Product.objects.select_for_update(of=("self",)).get(number=number, seller=seller)
    reference = " ".join(reference.split())[:80]
    _fitting(product, agreement, kind, reference, valid_from, valid_until, at.date())
    upload = checked(filename, content)
    kept = store("origin-evidence", number, upload.filename, upload.content, upload.media_type, [seller])
    facts = {
        "hs6": _digits(product.hs_code)[:6],
        "approved": " ".join(approved.split())[:40],
        "sha256": upload.sha256,
    }
    evidence, _made = OriginEvidence.objects.update_or_create(
        company=seller,
        product_number=number,
        agreement=agreement,
        reference=reference,
        defaults={
            "kind": kind,
            "document_number": kept.number,
            "facts": facts,
            "valid_from": valid_from,
            "valid_until": valid_until,
            "kept_by": by,
            "kept_at": at,
            "withdrawn_by": None,
            "withdrawn_at": None,
        },
    )
    _count(number, at.date())
    return evidence


def _digits(code: str) -> str:
    return "".join(filter(str.isdigit, code))


def _fitting(
    product: Product, agreement: str, kind: str, reference: str, since: date, until: date, today: date
) -> None:
    """Refuse a paper that no price could rest on."""
    known = proofs.BY_CODE.get(agreement)
    if len(_digits(product.hs_code)) < 6 or len(product.origin) != 2:
        raise EvidenceRefused(what=_("give the customs code and the country of origin of the product first."))
    if known is None or product.origin not in known.origins:
        raise EvidenceRefused(what=_("choose an agreement that your country of origin has."))
    if kind not in OriginEvidence.Kind.values:
        raise EvidenceRefused(what=_("choose what kind of paper it is."))
    if not known.wording and kind != proofs.CERTIFICATE:
        words = _("this agreement needs the %(proof)s of your authority. Upload that certificate.")
        raise EvidenceRefused(what=words % {"proof": known.proof})
    if not reference or not reference.isprintable():
        raise EvidenceRefused(what=_("write the number that stands on the paper."))
    if until < since:
        raise EvidenceRefused(what=_("the last day is before the first day. Check the days."))
    if until < today:
        raise EvidenceRefused(what=_("this paper is over. Upload a paper that still holds."))
    if until - since > LONGEST:
        raise EvidenceRefused(what=_("no paper of origin holds longer than two years. Check the days."))


@transaction.atomic
def withdraw_evidence(*, seller: Company, evidence_id: int, by: User, at: datetime) -> OriginEvidence:
    """Take a paper back: no price counts it any more. A second time changes nothing."""
    evidence = OriginEvidence.objects.select_for_update(of=("self",)).get(pk=evidence_id, company=seller)
    if evidence.withdrawn_at is None:
        evidence.withdrawn_at, evidence.withdrawn_by = at, by
        evidence.save(update_fields=["withdrawn_at", "withdrawn_by"])
        _count(evidence.product_number, at.date())
    return evidence


def _count(number: str, today: date) -> None:
    """Write on the product which papers count, and tell the house when they are others than before."""
    rows = OriginEvidence.objects.filter(product_number=number).to_come(today).order_by("pk")
    if catalog.record_origin_papers(number, [proofs.written(proof_of(row)) for row in rows]):
        publish(EvidenceChanged(subject=number))


def proof_of(row: OriginEvidence) -> proofs.Proof:
    """The paper as prices and declarations see it."""
    return proofs.Proof(
        row.agreement, str(row.kind), row.reference, str(row.facts.get("hs6", "")), row.valid_from,
        row.valid_until, str(row.facts.get("approved", "")),
    )  # fmt: skip


def age_evidence(*, at: datetime) -> int:
    """Let ended papers go, and ask for new prices on the first day of a paper; says how many products."""
    today = at.date()
    begun = OriginEvidence.objects.holds_on(today).filter(valid_from=today)
    begins = set(begun.values_list("product_number", flat=True))
    carrying = Product.objects.exclude(origin_papers=[]).order_by("pk")
    ended = {
        number
        for number, rows in carrying.values_list("number", "origin_papers")
        if any(proof.valid_until < today for proof in proofs.read(rows))
    }
    for number in sorted(ended):
        with transaction.atomic():
            _count(number, today)
    for number in sorted(begins - ended):
        with transaction.atomic():
            publish(EvidenceChanged(subject=number))
    return len(ended | begins)


def ending(on: date) -> Iterator[tuple[OriginEvidence, int]]:
    """The papers of which the maker must be told, with the number of days of the notice: 30, then 7."""
    rows = OriginEvidence.objects.holds_on(on).filter(valid_until__lte=on + timedelta(days=max(TOLD)))
    for row in rows.select_related("company"):
        left = (row.valid_until - on).days
        yield row, next(days for days in TOLD if left <= days)
