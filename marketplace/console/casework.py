"""What the case page shows beside the rows: icons, words of events, papers to ask for, the file."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customs.actions.deciding import REASONS, history
from customs.models import Hold, HoldPaper

ICONS: Final = {
    "R-DATA": "text-quote",
    "R-EMB": "ban",
    "R-LANE": "ban",
    "R-DOC": "file-text",
    "R-DG": "flame",
    "R-SCR": "user-search",
    "R-VAL": "trending-down",
    "R-SPL": "layers",
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
    "CustomsAnswered": ("landmark", gettext_lazy("The customs authority answered")),
}
USUAL_PAPERS: Final = (
    ("proof-of-price", gettext_lazy("Proof of the price paid")),
    ("invoice", gettext_lazy("Commercial invoice")),
    ("photo-of-label", gettext_lazy("Photo of the label")),
)


def findings(hold: Hold) -> list[dict[str, Any]]:
    """Give each finding its icon and tone."""
    shown = []
    for finding in hold.findings.select_related("line"):
        family = "-".join(finding.rule.split("-")[:2])
        tone = {3: "bad", 2: "warn"}.get(finding.severity, "info")
        shown.append(
            {"row": finding, "icon": ICONS.get(family, "circle-alert"), "tone": tone, "family": family}
        )
    return shown


def log(hold: Hold) -> list[dict[str, Any]]:
    """Tell the history, newest first, each entry with its seal."""
    entries = []
    for entry in reversed(history(hold)):
        event, seal = entry["event"], entry["seal"]
        icon, words = EVENTS.get(event.name, ("circle-dashed", event.name))
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
                "seal": f"{seal[:4]}…{seal[-2:]}",
            }
        )
    return entries


def papers_to_ask(hold: Hold) -> list[dict[str, str]]:
    """Name the papers that the findings want, then the usual ones; each once."""
    asked = {(paper.code, paper.party) for paper in hold.papers.all() if paper.received_at is None}
    wanted: dict[str, dict[str, str]] = {}
    for finding in hold.findings.all():
        for paper in finding.evidence.get("papers", []):
            wanted.setdefault(paper["code"], {**paper, "wanted": "1"})
    for code, label in USUAL_PAPERS:
        wanted.setdefault(code, {"code": code, "label": str(label), "party": "seller", "wanted": ""})
    return [
        paper | {"asked": "1" if (paper["code"], paper.get("party", "seller")) in asked else ""}
        for paper in wanted.values()
    ]


def message_for(hold: Hold, at: datetime) -> str:
    """Write the first draft of the message; the operator changes it as needed."""
    until = at + timedelta(days=3)
    return _(
        "Your parcel %(order)s waits for customs papers. Please upload them by %(day)s, 18:00 UTC. "
        "We send the parcel on as soon as they are here."
    ) % {"order": hold.declaration.order_number, "day": f"{until:%d %b %Y}"}


def reasons() -> dict[str, dict[str, str]]:
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


def as_file(hold: Hold) -> bytes:
    """Write the whole case as one JSON file: declaration, findings, papers, decisions, sealed history."""
    declaration = hold.declaration
    case = {
        "hold": _plain(hold),
        "declaration": _plain(declaration),
        "seller": {"number": declaration.seller.number, "name": declaration.seller.name},
        "lines": [_plain(line) for line in declaration.lines.all()],
        "findings": [_plain(finding) for finding in hold.findings.all()],
        "papers": [
            _plain(paper)
            | {"versions": [_plain(v, leave={"content"}) for v in paper.versions.defer("content")]}
            for paper in HoldPaper.objects.filter(hold=hold).prefetch_related("versions")
        ],
        "decisions": [_plain(decision) for decision in hold.decisions.all()],
        "history": [
            {
                "event": entry["event"].name,
                "at": entry["event"].happened_at.isoformat(),
                "payload": entry["event"].payload,
                "seal": entry["seal"],
            }
            for entry in history(hold)
        ],
    }
    return json.dumps(case, indent=1, ensure_ascii=False, default=str).encode()


def _plain(row: Any, leave: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields  # noqa: SLF001
        if field.attname not in leave
    }
