"""Near names become hits, kept once per pair; parties that were compared are remembered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from customs.models import Declaration, ListedParty, ScreenedParty, ScreeningHit
from customs.screening import HOLD_FROM, Match, Party


def record_hit(
    party: Party, match: Match, *, at: datetime, declaration: Declaration | None = None, about: str = ""
) -> tuple[ScreeningHit, bool]:
    """Keep a near name once per pair and state of both sides; say whether it is new."""
    listed = ListedParty.objects.get(pk=match.listed.key)
    return ScreeningHit.objects.get_or_create(
        party_fingerprint=party.fingerprint(),
        listed=listed,
        listed_fingerprint=listed.fingerprint,
        defaults={
            "declaration": declaration,
            "about": about,
            "party": {
                "name": party.name,
                "country": party.country,
                "born": party.born,
                "identifiers": list(party.identifiers),
            },
            "listed_snapshot": {
                "name": listed.name,
                "aliases": listed.aliases[:20],
                "countries": listed.countries,
                "born": listed.born,
                "source": listed.source,
                "entry": listed.entry,
            },
            "score": match.score.total,
            "parts": [
                {
                    "field": p.field,
                    "ours": p.ours,
                    "theirs": p.theirs,
                    "verdict": p.verdict,
                    "adds": str(p.adds),
                }
                for p in match.score.parts
            ],
            "found_at": at,
        },
    )


def undecided(
    declaration: Declaration, pairs: Iterable[tuple[Party, Match]], *, at: datetime
) -> tuple[tuple[Party, Match], ...]:
    """Keep the near names that nobody has cleared; a clearing holds until a side changes or it expires."""
    kept = []
    for party, match in pairs:
        if match.score.total < HOLD_FROM:
            continue
        hit, _made = record_hit(party, match, at=at, declaration=declaration)
        expired = hit.expires_on is not None and hit.expires_on < at.date()
        if hit.state != ScreeningHit.State.CLEARED or expired:
            kept.append((party, match))
    return tuple(kept)


def remember_parties(parties: Sequence[Party], *, fresh: bool, at: datetime, lists: str = "") -> None:
    """Note that these parties were compared with the lists in force, and whether those were fresh."""
    ScreenedParty.objects.bulk_create(
        [
            ScreenedParty(
                fingerprint=party.fingerprint(),
                name=party.name[:160],
                country=party.country[:2],
                born=party.born[:10],
                identifiers=list(party.identifiers),
                firm=party.firm,
                fresh=fresh,
                compared_with=lists,
                first_at=at,
                last_at=at,
            )
            for party in {one.fingerprint(): one for one in parties}.values()
        ],
        update_conflicts=True,
        unique_fields=["fingerprint"],
        update_fields=["last_at", *(["fresh"] if fresh else []), *(["compared_with"] if lists else [])],
    )
