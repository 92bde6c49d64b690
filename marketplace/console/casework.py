"""What the case page shows beside the rows: icons, words of events, papers to ask for, the file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customs import letters
from customs.actions.deciding import REASONS
from customs.actions.history import history
from customs.models import Hold, HoldPaper, Severity
from marketplace.console.facts import told

ICONS: Final = {
    "R-DATA": "text-quote",
    "R-EMB": "ban",
    "R-LANE": "ban",
    "R-DOC": "file-text",
    "R-DG": "flame",
    "R-SCR": "user-search",
    "R-VAL": "trending-down",
    "R-SPL": "layers",
    "R-RISK": "shield-alert",
    "R-AUT": "landmark",
}
EVENTS: Final = {
    "DeclarationDrafted": ("file-text", gettext_lazy("Goods were written down for customs")),
    "HoldOpened": ("hand", gettext_lazy("Rules held the shipment")),
    "HoldTaken": ("eye", gettext_lazy("took the case")),
    "PapersAsked": ("send", gettext_lazy("asked for papers")),
    "PapersReceived": ("file-check", gettext_lazy("A paper arrived")),
    "DecisionRecommended": ("user-check", gettext_lazy("recommended a decision")),
    "RecommendationRefused": ("undo-2", gettext_lazy("did not agree")),
    "HoldReleased": ("check", gettext_lazy("released the shipment")),
    "HoldRejected": ("x", gettext_lazy("rejected the shipment")),
    "HoldReminder": ("clock-alert", gettext_lazy("Reminder: time is running out")),
    "FindingAdded": ("file-search", gettext_lazy("A later check found more")),
    "DeclarationFiled": ("send", gettext_lazy("The declaration went to customs")),
    "ClearancePassed": ("check", gettext_lazy("Our checks found nothing")),
    "CustomsAnswered": ("landmark", gettext_lazy("The customs authority answered")),
}
LETTERS: Final = {
    "papers": gettext_lazy("Papers"),
    "value": gettext_lazy("Price"),
    "description": gettext_lazy("Description"),
    "batteries": gettext_lazy("Batteries"),
    "person": gettext_lazy("Who receives it"),
}
LANGUAGES: Final = {
    "en": "English",
    "es": "español",
    "de": "Deutsch",
    "fr": "français",
    "zh": "中文",
    "vi": "Tiếng Việt",
    "ms": "Bahasa Melayu",
    "tr": "Türkçe",
}
ANSWER_WITHIN: Final = timedelta(days=3)
USUAL_PAPERS: Final = (
    ("proof-of-price", gettext_lazy("Proof of the price paid")),
    ("invoice", gettext_lazy("Commercial invoice")),
    ("photo-of-label", gettext_lazy("Photo of the label")),
)


def findings(hold: Hold) -> list[dict[str, Any]]:
    """Give each finding its icon, its tone, and a drawing where a price is compared with the usual ones."""
    shown = []
    for finding in hold.findings.select_related("line"):
        family = "-".join(finding.rule.split("-")[:2])
        tone = {3: "bad", 2: "warn"}.get(finding.severity, "info")
        shown.append(
            {
                "row": finding,
                "icon": ICONS.get(family, "circle-alert"),
                "tone": tone,
                "family": family,
                "scale": price_scale(finding.evidence),
            }
        )
    return shown


def price_scale(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Place the declared price and the usual band on a line of 100 steps, on the log scale of the rule."""
    words = [evidence.get(name) for name in ("per_kg", "low", "middle", "high")]
    if not all(words):
        return {}
    price, low, middle, high = (max(float(str(word)), 0.01) for word in words)
    start, end = math.log(min(price, low) * 0.8), math.log(max(price, high) * 1.25)

    def place(value: float) -> str:
        return f"{(math.log(value) - start) / (end - start) * 100:.1f}"

    left, right = place(low), place(high)
    return {
        "price": place(price),
        "low": left,
        "middle": place(middle),
        "width": f"{float(right) - float(left):.1f}",
    }


def log(hold: Hold) -> list[dict[str, Any]]:
    """Tell the history, newest first, each entry with its seal."""
    entries = []
    for entry in reversed(history(hold)):
        event, seal = entry["event"], entry["seal"]
        icon, words = told(event.name, EVENTS)
        payload = event.payload
        details = (
            payload.get("papers")
            or payload.get("rules")
            or [payload.get("paper") or payload.get("note") or ""]
        )
        entries.append(
            {
                "at": event.happened_at,
                "icon": icon,
                "who": payload.get("by", ""),
                "words": words,
                "details": ", ".join(str(one) for one in details if one),
                "seal": f"{seal[:4]}…{seal[-2:]}" if seal else "",
            }
        )
    return entries


def papers_to_ask(hold: Hold) -> list[dict[str, str]]:
    """Name the papers that the findings want, then the usual ones; each once."""
    asked = {(paper.code, paper.party) for paper in hold.papers.all() if paper.received_at is None}
    wanted: dict[str, dict[str, str]] = {}
    for finding in hold.findings.all():
        for paper in finding.evidence.get("papers", []):
            needed = "1" if finding.severity > Severity.NOTE else ""
            wanted.setdefault(paper["code"], {**paper, "wanted": needed})
    near_a_listed_name = any(finding.rule == "R-SCR-001" for finding in hold.findings.all())
    if near_a_listed_name:
        label = _("Copy of a passport or identity card")
        wanted.setdefault("identity", {"code": "identity", "label": label, "party": "buyer", "wanted": "1"})
    for code, usual in USUAL_PAPERS:
        wanted.setdefault(code, {"code": code, "label": str(usual), "party": "seller", "wanted": ""})
    return [
        paper | {"asked": "1" if (paper["code"], paper.get("party", "seller")) in asked else ""}
        for paper in wanted.values()
    ]


def drafts(hold: Hold, kind: str, at: datetime) -> list[dict[str, str]]:
    """Draft the letter to the seller and to the buyer, each in their language; the operator may change it.

    A buyer of whom nothing is asked gets no draft.
    """
    until = (at + ANSWER_WITHIN).date()
    found = []
    for party in HoldPaper.Party:
        if letters.party_of(hold, party.value) is None:
            continue
        papers = {
            paper["code"]: paper["label"]
            for paper in papers_to_ask(hold)
            if paper["wanted"] and paper.get("party", "seller") == party.value
        }
        language, _subject, body = letters.draft(hold, party.value, kind, papers, until)
        unasked = party == HoldPaper.Party.BUYER and not papers
        found.append(
            {
                "party": party.value,
                "who": str(party.label),
                "language": language,
                "named": LANGUAGES.get(language, language),
                "text": "" if unasked else body,
            }
        )
    return found


def letter_kind(hold: Hold, asked: str) -> str:
    """Take the letter that was asked for, or the one that fits the findings."""
    rules = list(hold.findings.values_list("rule", flat=True))
    return asked if asked in letters.KINDS else letters.kind_for(rules)


def reasons() -> dict[str, dict[str, object]]:
    """List the reasons of each kind of decision."""
    return REASONS


def stages(hold: Hold) -> list[dict[str, str]]:
    """Draw where the shipment stands."""
    declaration = hold.declaration
    opened, drafted = f"{hold.opened_at:%d %b}", f"{declaration.drafted_at:%d %b}"
    done = not hold.is_open
    return [
        {"title": _("Paid"), "when": drafted, "state": "done"},
        {"title": _("Checked"), "when": opened, "state": "done"},
        {"title": _("Held"), "when": declaration.from_town or opened, "state": "done" if done else "now"},
        {
            "title": _("Decided"),
            "when": f"{hold.decided_at:%d %b}" if hold.decided_at else "",
            "state": "done" if done else "",
        },
        {"title": _("Customs"), "when": declaration.to_country, "state": ""},
        {"title": _("Delivery"), "when": declaration.to_town, "state": ""},
    ]
