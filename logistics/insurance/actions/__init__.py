"""Cover and claims. Other rooms call these."""

from __future__ import annotations

from logistics.insurance.actions.claims import (
    add_evidence,
    ask_papers,
    claim,
    decide_claim,
    mark_claim_paid,
    record_recovery,
    send_surveyor,
)
from logistics.insurance.actions.policies import begin, bind, cancel, cover_stock, end
from logistics.insurance.actions.products import (
    Kept,
    cover_for,
    forget,
    goods_class,
    in_force,
    load_products,
    terms_of,
)
from logistics.insurance.refusals import (
    ClaimTooLate,
    EvidenceMissing,
    LossUnclear,
    NoCover,
    NotBegun,
    NoteMissing,
    NotThisStep,
)

__all__ = [
    "ClaimTooLate",
    "EvidenceMissing",
    "Kept",
    "LossUnclear",
    "NoCover",
    "NotBegun",
    "NotThisStep",
    "NoteMissing",
    "add_evidence",
    "ask_papers",
    "begin",
    "bind",
    "cancel",
    "claim",
    "cover_for",
    "cover_stock",
    "decide_claim",
    "end",
    "forget",
    "goods_class",
    "in_force",
    "load_products",
    "mark_claim_paid",
    "record_recovery",
    "send_surveyor",
    "terms_of",
]
