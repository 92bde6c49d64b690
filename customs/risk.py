"""The selectivity score on our own declarations: their parts, the model in force, past outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from customs.models import Decision, Declaration, Hold, HoldState, RiskModel
from customs.screening import normalise
from customs.selectivity import DEFAULT, Outcome, Risk, Weights, judge

_WRONG: Final = frozenset({"prohibited", "listed-party", "wrong-declaration", "wrong-code", "wrong-value"})


def in_force() -> Weights:
    """Give the fitted model that an operator put in force, or the house default."""
    kept = RiskModel.objects.filter(is_active=True).first()
    return Weights.from_json(kept.body) if kept else DEFAULT


def parts_of(declaration: Declaration) -> list[dict[str, str]]:
    """Name the parts of each line of a declaration, as the model knows them."""
    buyer = declaration.buyer.number if declaration.buyer else normalise(declaration.buyer_name)
    return [
        {
            "importer": buyer,
            "seller": declaration.seller.number,
            "goods": line.hs_code[:6],
            "origin": line.origin,
            "departure": declaration.from_country,
        }
        for line in declaration.lines.all()
    ]


def risk_of(declaration: Declaration) -> Risk:
    """Judge a declaration by its worst line."""
    weights = in_force()
    risks = [judge(parts, weights) for parts in parts_of(declaration)] or [judge({}, weights)]
    return max(risks, key=lambda risk: risk.chance)


def own_outcomes() -> Iterator[Outcome]:
    """Turn our own finished declarations into outcomes: corrected or rejected ones were wrong."""
    wrong = set(
        Decision.objects.filter(state=Decision.State.DONE, reason__in=_WRONG).values_list(
            "hold__declaration", flat=True
        )
    )
    waiting = Hold.objects.exclude(state__in=[HoldState.RELEASED, HoldState.REJECTED]).values("declaration")
    rows = Declaration.objects.exclude(checked_at=None).exclude(pk__in=waiting)
    for declaration in (
        rows.select_related("seller", "buyer").prefetch_related("lines").iterator(chunk_size=500)
    ):
        for parts in parts_of(declaration):
            yield Outcome(parts, declaration.pk in wrong)
