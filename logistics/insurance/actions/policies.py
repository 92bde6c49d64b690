"""Bind, begin, end and cancel cover: it begins with the first carrier scan, never earlier."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from logistics.insurance.actions.products import NARROW, cover_for
from logistics.insurance.events import PolicyBound, PremiumDue
from logistics.insurance.models import CoverRow, Policy
from logistics.insurance.premium import premium, who_insures
from logistics.insurance.refusals import NoCover
from logistics.insurance.serial import serial
from marketplace.accounts.models import Company
from marketplace.events.bus import publish
from marketplace.kit.money import Money


@transaction.atomic
def bind(
    order_number: str,
    *,
    value: Money,
    mode: str,
    goods: str = "general",
    premium_paid: Money | None = None,
    holder: str = "",
    company: Company | None = None,
    terms: str = "",
    region: str = "*",
    clause: str = "",
    at: datetime,
) -> Policy:
    """Bind cover for a paid order, once; `value` is goods with freight before the mark-up.

    Under CIF and CIP the seller must insure, under CIF at least ICC (C), under CIP ICC (A), for 110 %
    (Incoterms 2020): without a clause asked for, the term's own is taken.
    """
    if known := Policy.objects.filter(order_number=order_number).first():
        return known
    duty = who_insures(terms)
    cover = cover_for(mode, goods, at.date(), region=region, clause=clause or _sold(duty.clause, mode))
    if cover is None:
        raise NoCover
    row = CoverRow.objects.filter(code=cover.code, valid_from__lte=at.date()).order_by("-valid_from")[0]
    priced = premium(value, cover, mode)
    policy = Policy.objects.create(
        number=serial("POL"),
        order_number=order_number,
        cover=row,
        holder=holder,
        company=company,
        incoterm=terms,
        must_insure=duty.party,
        insured_amount=priced.insured.amount,
        premium_amount=(premium_paid or priced.amount).amount,
        deductible_amount=priced.deductible.amount,
        currency=value.currency,
        mode=mode,
        terms={
            "label": cover.label,
            "clause": cover.clause,
            "text_version": cover.text_version,
            "insurer": cover.insurer,
            "exclusions": list(cover.exclusions),
            "claim_days": dict(cover.claim_days),
        },
        bound_at=at,
    )
    publish(PolicyBound(subject=order_number, policy=policy.number))
    return policy


def _sold(clause: str, mode: str) -> str:
    """Name the narrow clause that is sold by sea; elsewhere, and for A, the widest is taken."""
    return clause if mode == "sea" and clause in NARROW else ""


@transaction.atomic
def cover_stock(
    transfer_number: str,
    *,
    value: Money,
    mode: str,
    goods: str,
    company: Company,
    region: str = "*",
    at: datetime,
) -> Policy:
    """Cover a seller's own goods between two warehouses, once; the premium comes off the seller's balance."""
    if known := Policy.objects.filter(order_number=transfer_number).first():
        return known
    policy = bind(
        transfer_number, value=value, mode=mode, goods=goods, holder=company.name, company=company,
        region=region, at=at,
    )  # fmt: skip
    publish(
        PremiumDue(
            subject=policy.number,
            seller=company.number,
            amount=str(policy.premium_amount),
            currency=policy.currency,
        )
    )
    return policy


def begin(order_number: str, *, at: datetime) -> bool:
    """Start cover with the first scan; later scans change nothing."""
    return (
        Policy.objects.filter(order_number=order_number, state=Policy.State.BOUND).update(
            state=Policy.State.RUNNING, begins_at=at
        )
        == 1
    )


def end(order_number: str, *, at: datetime) -> bool:
    """End cover with the delivery; claims stay open for their window."""
    running = Policy.objects.filter(order_number=order_number, state=Policy.State.RUNNING)
    return running.update(state=Policy.State.ENDED, ends_at=at) == 1


def cancel(order_number: str) -> bool:
    """Cancel cover that has not begun."""
    bound = Policy.objects.filter(order_number=order_number, state=Policy.State.BOUND)
    return bound.update(state=Policy.State.CANCELLED) == 1
