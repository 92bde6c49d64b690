"""Denied parties: load a list as a whole, decide near names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from customs.events import NameDecided, PartyListLoaded
from customs.models import ListedParty, PartyList, RiskModel, ScreeningHit
from customs.refusals import NotYourDesk, ReasonMissing
from customs.screening import fingerprint_of
from customs.selectivity import Weights
from marketplace.accounts.models import User
from marketplace.events.bus import publish


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
    """Replace a list by its newer version; only entries that changed are written, and compared again.

    The same entries with a newer day keep the version and make it younger.
    """
    rows = {entry.entry: entry for entry in entries if entry.name}
    prints = {key: entry.fingerprint() for key, entry in rows.items()}
    digest = hashlib.sha256("".join(f"{k}{prints[k]}" for k in sorted(prints)).encode()).hexdigest()
    active = PartyList.objects.select_for_update().filter(source=source, is_active=True).first()
    if active is not None and active.digest == digest:
        if listed_on is not None and (active.listed_on is None or listed_on > active.listed_on):
            active.listed_on = listed_on
            active.save(update_fields=["listed_on"])
        return active
    PartyList.objects.filter(source=source, is_active=True).update(is_active=False)
    version = PartyList.objects.create(
        source=source,
        title=title,
        listed_on=listed_on,
        digest=digest,
        loaded_at=at,
        is_demo=demo,
        entries=len(rows),
    )
    stored = ListedParty.objects.filter(source=source)
    known = dict(stored.filter(is_listed=True).values_list("entry", "fingerprint"))
    gone = stored.filter(entry__in=known.keys() - rows.keys()).update(is_listed=False)
    changed = [key for key, fingerprint in prints.items() if known.get(key) != fingerprint]
    _write(version, [rows[key] for key in changed], prints)
    publish(PartyListLoaded(subject=source, version=version.pk, changed=len(changed), gone=gone))
    return version


def _write(version: PartyList, entries: Sequence[Entry], prints: dict[str, str]) -> None:
    ListedParty.objects.bulk_create(
        [
            ListedParty(
                source=version.source,
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
                changed_in=version,
            )
            for entry in entries
        ],
        update_conflicts=True,
        unique_fields=["source", "entry"],
        update_fields=[
            *("kind", "name", "aliases", "countries", "born", "identifiers", "programme"),
            *("fingerprint", "is_listed", "changed_in"),
        ],
        batch_size=2000,
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
    publish(NameDecided(subject=f"HIT-{hit.pk}", state=hit.state))
    return hit


@transaction.atomic
def put_risk_model_in_force(*, weights: Weights, outcomes: int, at: datetime) -> RiskModel:
    """Judge declarations by this fitted score from now on; the one before stays for the record."""
    RiskModel.objects.filter(is_active=True).update(is_active=False)
    return RiskModel.objects.create(
        body=weights.as_json(), source=weights.source[:120], outcomes=outcomes, fitted_at=at
    )
