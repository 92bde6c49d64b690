"""The sealed history of a case: every event is chained to the one before it when it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from customs.models import Hold, SealedEntry, seal_of
from marketplace.events.bus import Fact, publish
from marketplace.events.models import Event

_ALSO = frozenset({"DeclarationDrafted", "ClearancePassed", "CustomsAnswered", "DeclarationFiled"})


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the stored chain still fits the events: how many entries, and where it breaks."""

    entries: int
    broken_at: int | None

    @property
    def is_whole(self) -> bool:
        """Say whether nothing was changed, added between or taken away."""
        return self.broken_at is None


def tell(hold: Hold, fact: Fact) -> Event:
    """Publish a fact of a case and seal it in the same transaction."""
    event = publish(fact)
    seal(hold)
    return event


def seal(hold: Hold) -> str:
    """Chain all events of the case that are not sealed yet; give the newest seal. Needs the hold's lock."""
    stored = list(hold.sealed.order_by("position"))
    known = {row.event for row in stored}
    fresh = [event for event in _events(hold) if event.pk not in known]
    last = stored[-1].seal if stored else ""
    rows = []
    for position, event in enumerate(fresh, start=len(stored) + 1):
        last = seal_of([_entry(event)], before=last)[0]
        rows.append(SealedEntry(hold=hold, position=position, event=event.pk, seal=last))
    SealedEntry.objects.bulk_create(rows)
    return last


def history(hold: Hold) -> list[dict[str, Any]]:
    """List the events of a case with their seals, in the order of the chain; unsealed ones come last."""
    stored = {row.event: row for row in hold.sealed.all()}
    events = sorted(
        _events(hold),
        key=lambda event: (stored[event.pk].position if event.pk in stored else 10**9, event.pk),
    )
    return [{"event": event, "seal": stored[event.pk].seal if event.pk in stored else ""} for event in events]


def verify(hold: Hold) -> Proof:
    """Compute the chain again from the events as they are now and compare it with the stored seals."""
    events = {event.pk: event for event in _events(hold)}
    before = ""
    stored = list(hold.sealed.order_by("position"))
    for place, row in enumerate(stored, start=1):
        event = events.get(row.event)
        if event is None or row.position != place or seal_of([_entry(event)], before=before)[0] != row.seal:
            return Proof(len(stored), place)
        before = row.seal
    sealed_decisions = hold.decisions.exclude(seal="").values_list("seal", flat=True)
    if not set(sealed_decisions) <= {row.seal for row in stored}:
        return Proof(len(stored), len(stored))
    return Proof(len(stored), None)


def _events(hold: Hold) -> list[Event]:
    number = hold.number
    return [
        event
        for event in Event.objects.about(hold.declaration.order_number)
        if event.payload.get("hold", number) == number and (event.payload.get("hold") or event.name in _ALSO)
    ]


def _entry(event: Event) -> dict[str, Any]:
    return {"id": event.pk, "name": event.name, "payload": event.payload, "at": event.happened_at.isoformat()}
