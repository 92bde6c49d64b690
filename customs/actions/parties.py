"""Denied parties: load a list as a whole, decide near names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from customs.models import ListedParty, PartyList, ScreeningHit
from customs.refusals import NotYourDesk, ReasonMissing
from customs.screening import fingerprint_of
from marketplace.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of an official list as a reader gives it."""

    entry: str
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    born: str = ""
    identifiers: tuple[str, ...] = ()
    programme: str = ""

    def fingerprint(self) -> str:
        """Change when anything that is compared changes."""
        return fingerprint_of(
            [
                self.kind,
                self.name,
                sorted(self.aliases),
                sorted(self.countries),
                self.born,
                sorted(self.identifiers),
            ]
        )


@transaction.atomic
def load_parties(
    *,
    source: str,
    title: str,
    entries: Iterable[Entry],
    listed_on: date | None,
    at: datetime,
    demo: bool = False,
) -> PartyList:
    """Replace a list by its newer version; entries that did not change keep their fingerprints."""
    rows = {entry.entry: entry for entry in entries}
    prints = {key: entry.fingerprint() for key, entry in rows.items()}
    digest = hashlib.sha256("".join(f"{k}{prints[k]}" for k in sorted(prints)).encode()).hexdigest()
    same = PartyList.objects.filter(source=source, is_active=True, digest=digest).first()
    if same is not None:
        return same
    PartyList.objects.filter(source=source, is_active=True).update(is_active=False)
    ListedParty.objects.filter(source=source).exclude(entry__in=rows).update(is_listed=False)
    ListedParty.objects.bulk_create(
        [
            ListedParty(
                source=source,
                entry=entry.entry,
                kind=entry.kind,
                name=entry.name[:300],
                aliases=list(entry.aliases),
                countries=list(entry.countries),
                born=entry.born[:40],
                identifiers=list(entry.identifiers),
                programme=entry.programme[:120],
                fingerprint=prints[entry.entry],
                is_listed=True,
            )
            for entry in rows.values()
        ],
        update_conflicts=True,
        unique_fields=["source", "entry"],
        update_fields=[
            *("kind", "name", "aliases", "countries", "born", "identifiers", "programme"),
            *("fingerprint", "is_listed"),
        ],
        batch_size=2000,
    )  # fmt: skip
    return PartyList.objects.create(
        source=source,
        title=title,
        listed_on=listed_on,
        digest=digest,
        loaded_at=at,
        is_demo=demo,
        entries=len(rows),
    )


@transaction.atomic
def decide_hit(
    *, hit_id: int, by: User, state: str, note: str, at: datetime, expires_on: date | None = None
) -> ScreeningHit:
    """Say whether two parties are the same; a clearing holds until either side changes or it expires."""
    if not by.has_desk(User.Desk.CUSTOMS, User.Desk.TRUST):
        raise NotYourDesk
    hit = ScreeningHit.objects.select_for_update(of=("self",)).get(pk=hit_id)
    if state not in {ScreeningHit.State.CLEARED, ScreeningHit.State.CONFIRMED, ScreeningHit.State.UNSURE}:
        raise ReasonMissing
    hit.state = state
    hit.note = note.strip()[:300]
    hit.decided_by = by
    hit.decided_at = at
    hit.expires_on = expires_on
    hit.save(update_fields=["state", "note", "decided_by", "decided_at", "expires_on"])
    return hit
