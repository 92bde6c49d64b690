"""A changed list is compared with every party we know, but only its changed entries."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from customs.actions.checking import add_findings
from customs.actions.hits import record_hit
from customs.clearance import Grounds, names
from customs.grounds import list_titles, parties_of
from customs.models import Declaration, DeclarationState, PartyList, ScreenedParty, ScreeningHit
from customs.screening import HOLD_FROM, Index, Match, Party, listed_from

_UNDERWAY: Final = (DeclarationState.CHECKED, DeclarationState.FILED, DeclarationState.HELD)


@transaction.atomic
def rescreen(*, version_id: int, at: datetime) -> int:
    """Compare every party we screened with the entries that this version changed; give the new hits.

    Declarations under way whose party is near a changed entry are held; a second run finds nothing new.
    """
    version = PartyList.objects.get(pk=version_id)
    changed = Index(map(listed_from, version.changed.filter(is_listed=True).iterator()))
    if not version.is_active or not changed.parties:
        return 0
    found: dict[str, list[tuple[Party, Match]]] = {}
    for row in ScreenedParty.objects.iterator(chunk_size=2000):
        party = Party(row.name, row.country, row.born, tuple(row.identifiers), row.firm)
        pairs = [(party, match) for match in changed.near(party)[:3] if match.score.total >= HOLD_FROM]
        if fresh := [pair for pair in pairs if record_hit(*pair, at=at)[1]]:
            found[row.fingerprint] = fresh
    if found:
        _hold_underway(found, at)
    return sum(map(len, found.values()))


def _hold_underway(found: dict[str, list[tuple[Party, Match]]], at: datetime) -> None:
    spoken = {party.name for pairs in found.values() for party, _match in pairs}
    rows = Declaration.objects.filter(
        Q(buyer_name__in=spoken) | Q(seller__name__in=spoken), state__in=_UNDERWAY
    ).select_related("seller")
    for declaration in rows.select_for_update(of=("self",)).order_by("pk"):
        pairs = tuple(
            pair for party in parties_of(declaration) for pair in found.get(party.fingerprint(), ())
        )
        grounds = Grounds(declaration, (), at.date(), matches=pairs, lists_of=list_titles())
        if stops := list(names(grounds)):
            add_findings(declaration=declaration, found=stops, at=at)
            keys = [match.listed.key for _party, match in pairs]
            prints = [party.fingerprint() for party, _match in pairs]
            ScreeningHit.objects.filter(
                declaration=None, listed__in=keys, party_fingerprint__in=prints
            ).update(declaration=declaration)
