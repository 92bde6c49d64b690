"""An invented customs case for the style guide: findings of each kind, papers, decisions, history."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from customs.actions.deciding import REASONS
from customs.models import Declaration, DeclarationLine, Finding, Hold, HoldState, Severity

AT = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
UNTIL = datetime(2026, 11, 25, 9, 15, tzinfo=UTC)
SEAL = "9c1f44de03a7"
PARTS = [
    {"field": "name", "ours": "Viktor Maldoni", "theirs": "Viktor Maldonis", "verdict": "near"},
    {"field": "country", "ours": "DE", "theirs": "PA", "verdict": "different"},
]
PRICE = {
    "declared": "4.10", "currency": "EUR", "per_kg": "12.81", "low": "38.20", "middle": "61.40",
    "high": "98.70", "count": 24, "unit": "EUR/kg",
}  # fmt: skip
PAPERS = [{"code": "a", "label": "UN 38.3 test summary"}, {"code": "b", "label": "Safety data sheet"}]
# Icon, tone, rule, how hard it stops, words, evidence, way out.
FOUND: tuple[tuple[str, str, str, Severity, str, dict[str, Any], str], ...] = (
    ("user-search", "bad", "R-SCR-001", Severity.STOP, "The name “Viktor Maldoni” is near a listed name",
     {"percent": 91, "parts": PARTS}, "Compare country, birth year and numbers."),
    ("trending-down", "bad", "R-VAL-003", Severity.STOP, "The declared value is low", PRICE,
     "Ask for proof of the price paid, or correct the value."),
    ("flame", "warn", "R-DG-021", Severity.PAPERS, "Battery papers are missing",
     {"declared": "850760 power bank 37 Wh", "un": "UN3480", "papers": PAPERS},
     "The carrier refuses batteries without these papers."),
    ("text-quote", "warn", "R-DATA-002", Severity.PAPERS, "The description does not say what the goods are",
     {"declared": "daily necessities, boxes", "missing": ["what", "made_of"],
      "example": "woven basket, of sisal 100%, for storing things at home"},
     "Write what it is, what it is made of and what it is used for."),
    ("layers", "warn", "R-SPL-001", Severity.PAPERS, "Several orders together pass the low-value limit",
     {"declared": "98.00", "together": "196.00", "limit": "150.00", "currency": "EUR",
      "orders": ["ORD-000041"]}, "Declare them together, or release when they are separate sales."),
    ("shield-alert", "warn", "R-RISK-001", Severity.PAPERS, "Red lane: 57% of such declarations were wrong",
     {"chance": "57%", "reasons": ["seller COM-X: +1.40", "goods 420221: +0.62"]},
     "Compare papers and goods before you release."),
    ("file-text", "info", "R-DOC-001", Severity.NOTE, "A paper is needed: VI-1 certificate",
     {"declared": "220421 red wine", "found": "VI-1 certificate and analysis report", "confidence": "known",
      "kind": "Certificate"}, "Ask the seller for the paper."),
)  # fmt: skip


def case() -> dict[str, Any]:
    """Give the parts of a case as the console's own page takes them."""
    declaration = Declaration(number="DEC-000012", order_number="ORD-000044", terms="DDP", currency="EUR")
    line = DeclarationLine(
        declaration=declaration, position=1, description="Kiondo basket M", hs_code="460219", origin="KE",
        customs_description="hand-coiled basket of sisal fibre", quantity=2, value_amount=Decimal("8.20"),
        currency="EUR", net_weight_kg=Decimal("0.64"),
    )  # fmt: skip
    return {
        "declaration": declaration,
        "hold": _hold(HoldState.OPEN, two=False),
        "lines": [line],
        "findings": [_finding(*row) for row in FOUND],
        "papers": _papers(),
        "decisions": _decisions(),
        "log": _log(),
        "whole": {"is_whole": True, "entries": 5},
        "broken": {"is_whole": False, "entries": 5, "broken_at": 3},
        "ask": [
            {"party": "seller", "code": "price", "label": "Proof of the price paid", "wanted": "1"},
            {"party": "seller", "code": "invoice", "label": "Commercial invoice", "asked": "1"},
        ],
        "letters": [
            {"party": "seller", "who": "seller", "language": "es", "named": "español", "text": "Hola:"},
            {"party": "buyer", "who": "buyer", "language": "en", "named": "English", "text": ""},
        ],
        "letter_kinds": {"papers": "Papers", "value": "Price"},
        "letter": "papers",
        "reasons": REASONS,
        "panels": [(words, _hold(state, two=two), extra) for words, state, two, extra in _PANELS],
    }


_RECOMMENDED: dict[str, Any] = {
    "by": "Ines Aguirre", "get_kind_display": "Release with corrections",
    "note": "The invoice shows another weight.", "corrections": [{"line": "1", "net_weight_kg": "0.7"}],
}  # fmt: skip
_PANELS: tuple[tuple[str, str, bool, dict[str, Any]], ...] = (
    ("To decide by one person", HoldState.OPEN, False, {}),
    ("To decide by two people", HoldState.OPEN, True, {}),
    ("The second person agrees or not", HoldState.SECOND, True,
     {"recommended": _RECOMMENDED, "may_agree": True}),
    ("The first person waits", HoldState.SECOND, True, {"recommended": _RECOMMENDED, "may_agree": False}),
    ("Decided", HoldState.RELEASED, False, {}),
)  # fmt: skip


def _hold(state: str, *, two: bool) -> Hold:
    decided = AT if state == HoldState.RELEASED else None
    return Hold(
        number="HLD-000012", state=state, needs_second=two, opened_at=AT, deadline=UNTIL, decided_at=decided,
        value_amount=Decimal("8.20"), currency="EUR",
    )  # fmt: skip


def _finding(
    icon: str, tone: str, rule: str, severity: Severity, words: str, evidence: dict[str, Any], way_out: str
) -> dict[str, Any]:
    row = Finding(
        rule=rule, severity=severity, words=words, evidence=evidence, way_out=way_out, currency="EUR",
        source="sample", legal_ref="Regulation (EU) 2026/0000",
    )  # fmt: skip
    scale = {"price": "8.0", "low": "45.0", "middle": "62.0", "width": "40.0"} if "per_kg" in evidence else {}
    return {"row": row, "icon": icon, "tone": tone, "scale": scale}


def _papers() -> list[dict[str, Any]]:
    version = {"pk": 1, "version": 2, "filename": "price.pdf"}
    return [
        {"label": "Proof of the price paid", "received_at": AT, "get_party_display": "seller",
         "versions": {"all": [version]}},
        {"label": "Copy of an identity card", "received_at": None, "get_party_display": "buyer",
         "versions": {"all": []}},
    ]  # fmt: skip


def _decisions() -> list[dict[str, Any]]:
    return [
        {"made_at": AT, "by": "Ines Aguirre", "get_kind_display": "Ask for papers",
         "get_state_display": "done", "second": None, "note": "The price is far below the listing.",
         "seal": SEAL},
        {"made_at": AT, "by": "Ines Aguirre", "get_kind_display": "Release",
         "get_state_display": "done", "second": "Jonas Berg", "note": "", "seal": SEAL},
    ]  # fmt: skip


def _log() -> list[dict[str, Any]]:
    told = (
        ("check", "Ines Aguirre", "released the shipment", ""),
        ("file-check", "", "A paper arrived", "Proof of the price paid"),
        ("send", "Ines Aguirre", "asked for papers", "Proof of the price paid"),
        ("hand", "", "Rules held the shipment", "R-VAL-003"),
    )
    return [
        {"at": AT, "icon": icon, "who": who, "words": words, "details": details, "seal": "9c1f…a7"}
        for icon, who, words, details in told
    ]
