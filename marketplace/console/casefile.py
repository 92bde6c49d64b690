"""A whole case as one ZIP: a readable PDF, the data, the sealed history, the papers, the declarations."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from customs import actions, documents
from customs.models import Hold, HoldPaper, PaperVersion
from customs.refusals import DeclarationIncomplete
from marketplace.console.casework import EVENTS
from marketplace.console.facts import told
from marketplace.documents.pdf import Block, Grid, Line, Pairs, Text, Title, render
from marketplace.events.models import Event

_DAY: Final = "%d %b %Y, %H:%M UTC"


def as_zip(hold: Hold) -> bytes:
    """Write the file; MANIFEST.txt names every part with its SHA-256. The same case gives the same bytes."""
    parts = {
        "case.pdf": as_pdf(hold),
        "case.json": as_json(hold),
        "history.csv": history_csv(hold),
        **_papers(hold),
        **_declarations(hold),
    }
    manifest = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in parts.items())
    out = io.BytesIO()
    made = hold.opened_at.timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, "MANIFEST.txt": manifest.encode()}.items():
            archive.writestr(zipfile.ZipInfo(f"{hold.number}/{name}", made), content)
    return out.getvalue()


def as_json(hold: Hold) -> bytes:
    """Write the case as data: declaration, findings, papers, decisions, sealed history."""
    declaration = hold.declaration
    proof = actions.verify(hold)
    case = {
        "hold": _plain(hold),
        "declaration": _plain(declaration),
        "seller": {"number": declaration.seller.number, "name": declaration.seller.name},
        "lines": [_plain(line) for line in declaration.lines.all()],
        "findings": [_plain(finding) for finding in hold.findings.all()],
        "papers": [
            _plain(paper)
            | {"versions": [_plain(v, leave=frozenset({"content"})) for v in paper.versions.defer("content")]}
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
            for entry in actions.history(hold)
        ],
        "chain": {"entries": proof.entries, "whole": proof.is_whole, "broken_at": proof.broken_at},
    }
    return json.dumps(case, indent=1, ensure_ascii=False, default=str).encode()


def history_csv(hold: Hold) -> bytes:
    """Write the history as a table, oldest first."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["position", "event_id", "event", "happened_at", "payload", "seal"])
    for position, entry in enumerate(actions.history(hold), start=1):
        event = entry["event"]
        payload = json.dumps(event.payload, ensure_ascii=False, sort_keys=True)
        rows.writerow([position, event.pk, event.name, event.happened_at.isoformat(), payload, entry["seal"]])
    return out.getvalue().encode()


def as_pdf(hold: Hold) -> bytes:
    """Print the case for a reader: who, what, why held, papers, decisions, history."""
    declaration = hold.declaration
    proof = actions.verify(hold)
    blocks: list[Block] = [
        Title(f"{hold.number}  {hold.title}"),
        Pairs(
            [
                (_("Order"), declaration.order_number),
                (_("Declaration"), declaration.number),
                (_("State"), str(hold.get_state_display())),
                (_("Value"), str(hold.value.rounded())),
                (_("Seller"), f"{declaration.seller.name}, {declaration.seller.country}"),
                (_("Buyer"), f"{declaration.buyer_name}, {declaration.to_town} {declaration.to_country}"),
                (_("Held"), f"{hold.opened_at:{_DAY}}"),
                (_("Deadline"), f"{hold.deadline:{_DAY}}"),
            ]
        ),
        Line(),
        Title(_("Goods as declared"), 2),
        Grid(
            [_("Goods"), _("Code"), _("Origin"), _("Quantity"), _("Net kg"), _("Value")],
            [
                [
                    line.customs_description or line.description,
                    line.hs_code or "–",
                    line.origin or "–",
                    str(line.quantity),
                    f"{line.net_weight_kg or 0:.3f}",
                    f"{line.value_amount:.2f} {line.currency}",
                ]
                for line in declaration.lines.all()
            ],
            numbers=(3, 4, 5),
            widths=(4, 1.2, 0.8, 1, 1, 1.6),
        ),
        Title(_("Why it is held"), 2),
    ]
    for finding in hold.findings.all():
        blocks.append(Text(f"{finding.rule} v{finding.rule_version}  {finding.words}", bold=True))
        source = " · ".join(filter(None, [finding.legal_ref, finding.source]))
        blocks.append(Text(" ".join(filter(None, [finding.way_out, source])), soft=True))
    blocks += [*_paper_blocks(hold), *_decision_blocks(hold), Title(_("History"), 2)]
    whole = (
        _("The chain of %(n)s seals is whole.")
        if proof.is_whole
        else _("The chain is broken at entry %(at)s.")
    )
    blocks.append(Text(whole % {"n": proof.entries, "at": proof.broken_at}))
    blocks.append(
        Grid(
            [_("When"), _("What"), _("Seal")],
            [
                [f"{one['event'].happened_at:{_DAY}}", _said(one["event"]), one["seal"][:16]]
                for one in actions.history(hold)
            ],
        )
    )
    return render(blocks, title=hold.number, footer=hold.number)


def _said(event: Event) -> str:
    """Say an event in words, with the person where it had one."""
    _icon, words = told(event.name, EVENTS)
    return " ".join(filter(None, [str(event.payload.get("by", "")), str(words)]))


def _paper_blocks(hold: Hold) -> list[Block]:
    rows = [
        [
            paper.label,
            str(paper.get_party_display()),
            version.filename,
            f"v{version.version}",
            version.sha256[:16],
        ]
        for paper in hold.papers.prefetch_related("versions")
        for version in paper.versions.all()
    ]
    header = [_("Paper"), _("Of whom"), _("File"), _("Version"), "SHA-256"]
    return [Title(_("Papers"), 2), Grid(header, rows)] if rows else []


def _decision_blocks(hold: Hold) -> list[Block]:
    rows = [
        [
            f"{one.made_at:{_DAY}}",
            str(one.get_kind_display()),
            one.reason,
            f"{one.by}{f' + {one.second}' if one.second else ''}",
            one.note or "–",
        ]
        for one in hold.decisions.select_related("by", "second")
    ]
    header = [_("When"), _("Decision"), _("Reason"), _("By"), _("Note")]
    return [Title(_("Decisions"), 2), Grid(header, rows)] if rows else []


def _papers(hold: Hold) -> dict[str, bytes]:
    rows = PaperVersion.objects.filter(paper__hold=hold).select_related("paper").order_by("paper", "version")
    return {
        f"papers/{row.paper.party}-{row.paper.code}-v{row.version}-{row.filename}": bytes(row.content)
        for row in rows
    }


def _declarations(hold: Hold) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    for name, (_media, write) in documents.PAPERS.items():
        try:
            parts[f"declaration/{name}"] = write(hold.declaration)
        except DeclarationIncomplete as refusal:
            parts[f"declaration/{name}.missing.txt"] = f"{refusal}\n".encode()
    return parts


def _plain(row: Any, leave: frozenset[str] = frozenset()) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields  # noqa: SLF001
        if field.attname not in leave
    }


def filename(hold: Hold, at: datetime) -> str:
    """Name the file by the case and the day."""
    return f"{hold.number}-{at:%Y-%m-%d}.zip"
