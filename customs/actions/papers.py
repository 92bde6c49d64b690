"""Papers around a hold: asking for them, receiving them, keeping good ones on file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from customs.actions.deciding import REASONS, locked, ready
from customs.actions.history import tell
from customs.events import PapersAsked, PapersReceived
from customs.models import Decision, Hold, HoldPaper, HoldState, PaperOnFile, PaperVersion
from customs.refusals import NotAskedOfYou, PaperNotNeeded, PapersMissing, ReasonMissing
from marketplace.accounts.models import Company, User
from marketplace.documents.uploads import checked


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperAsked:
    """One paper to ask for, and of whom."""

    code: str
    label: str
    party: str = "seller"


@transaction.atomic
def ask_for_papers(
    *,
    hold_number: str,
    by: User,
    version: int,
    papers: Sequence[PaperAsked],
    message: str,
    wanted_by: datetime,
    at: datetime,
    reason: str = "papers-missing",
    note: str = "",
    messages: Mapping[str, str] | None = None,
) -> Hold:
    """Ask seller or buyer for papers; the case waits until they arrive.

    `messages` holds a letter per party, in the party's language; `message` goes to parties without one.
    """
    letters = {party: text.strip() for party, text in (messages or {}).items() if text.strip()}
    hold = locked(hold_number, by)
    ready(hold, version)
    if not papers:
        raise PapersMissing
    if reason not in REASONS["papers"]:
        raise ReasonMissing
    for paper in papers:
        HoldPaper.objects.update_or_create(
            hold=hold,
            party=paper.party,
            code=paper.code[:40],
            defaults={
                "label": paper.label[:200],
                "message": letters.get(paper.party, message.strip()),
                "asked_at": at,
                "asked_by": by,
                "wanted_by": wanted_by,
                "received_at": None,
            },
        )
    Decision.objects.create(
        hold=hold,
        kind=Decision.Kind.PAPERS,
        reason=reason,
        note=note,
        message="\n\n".join(dict.fromkeys([*letters.values(), message.strip()])).strip(),
        by=by,
        made_at=at,
    )
    hold.move_to(HoldState.WAITING)
    hold.owner = hold.owner or by
    hold.version += 1
    hold.deadline = max(hold.deadline, wanted_by)
    hold.save(update_fields=["state", "owner", "version", "deadline"])
    tell(
        hold,
        PapersAsked(
            subject=hold.declaration.order_number,
            hold=hold.number,
            by=str(by),
            papers=tuple(paper.label for paper in papers),
            parties=tuple(sorted({paper.party for paper in papers})),
            wanted_by=wanted_by.isoformat(),
        ),
    )
    return hold


@transaction.atomic
def upload_paper(*, paper_id: int, by: User, filename: str, content: bytes, at: datetime) -> PaperVersion:
    """Keep an uploaded paper as a new version; the same file again changes nothing."""
    paper = HoldPaper.objects.asked_of(by).filter(pk=paper_id).select_related("hold").first()
    if paper is None:
        raise NotAskedOfYou
    upload = checked(filename, content)
    hold = Hold.objects.select_for_update(of=("self",)).select_related("declaration").get(pk=paper.hold_id)
    if not hold.is_open:
        raise PaperNotNeeded(hold=hold.number)
    newest = paper.versions.order_by("-version").first()
    if newest is not None and newest.sha256 == upload.sha256:
        return newest
    kept = PaperVersion.objects.create(
        paper=paper,
        version=newest.version + 1 if newest else 1,
        filename=upload.filename,
        media_type=upload.media_type,
        size=len(upload.content),
        sha256=upload.sha256,
        content=upload.content,
        uploaded_by=by,
        uploaded_at=at,
    )
    paper.received_at = at
    paper.save(update_fields=["received_at"])
    complete = not hold.papers.filter(received_at=None).exists()
    hold.version += 1
    if complete and hold.state == HoldState.WAITING:
        hold.move_to(HoldState.ARRIVED)
    hold.save(update_fields=["state", "version"])
    tell(
        hold,
        PapersReceived(
            subject=hold.declaration.order_number,
            hold=hold.number,
            paper=paper.label,
            party=paper.party,
            version=kept.version,
            sha256=kept.sha256,
            complete=complete,
        ),
    )
    return kept


def keep_paper(
    *,
    company: Company,
    code: str,
    label: str,
    at: datetime,
    hs_prefix: str = "",
    destination: str = "",
    valid_until: date | None = None,
) -> PaperOnFile:
    """Keep a paper of a seller on file, so that later parcels do not wait for it."""
    kept, _made = PaperOnFile.objects.update_or_create(
        company=company,
        code=code,
        hs_prefix=hs_prefix,
        destination=destination,
        defaults={"label": label[:200], "valid_until": valid_until, "kept_at": at},
    )
    return kept
