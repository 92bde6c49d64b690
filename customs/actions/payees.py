"""Whoever is paid is compared with the lists in force, and again once a list has changed."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from customs import grounds
from customs.actions.hits import record_hit, remember_parties
from customs.models import ScreenedParty, ScreeningHit
from customs.screening import HOLD_FROM, Party


@transaction.atomic
def screen_payee(party: Party, *, about: str, at: datetime) -> list[ScreeningHit]:
    """Give the near names that stop a payment to this party; it is compared once for each state of the lists.

    `about` says to the desk what waits. A pair that was cleared stays cleared until a side changes.
    """
    lists = grounds.lists_in_force()
    fingerprint = party.fingerprint()
    if not ScreenedParty.objects.filter(fingerprint=fingerprint, compared_with=lists).exists():
        for match in grounds.index().near(party)[:3]:
            if match.score.total >= HOLD_FROM:
                record_hit(party, match, at=at, about=about)
        remember_parties([party], fresh=not grounds.stale_lists(at.date()), at=at, lists=lists)
    found = stopping(party, at.date())
    ScreeningHit.objects.filter(pk__in=[hit.pk for hit in found], about="").update(about=about)
    return found


def stopping(party: Party, on: date) -> list[ScreeningHit]:
    """Give the near names of this party that nobody has cleared; nothing is compared or written."""
    return list(ScreeningHit.objects.stopping(party.fingerprint(), on))
