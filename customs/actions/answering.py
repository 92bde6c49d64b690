"""File declarations and take the authority's answers, in whatever order they arrive."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from customs import shipments
from customs.actions.checking import open_hold
from customs.clearance import Found
from customs.events import CustomsAnswered, DeclarationFiled
from customs.models import Declaration, DeclarationState, Severity
from marketplace.events.bus import publish

_OPEN: Final = (DeclarationState.CHECKED, DeclarationState.FILED, DeclarationState.HELD)


@transaction.atomic
def record_filing(*, number: str, mrn: str) -> Declaration:
    """Note that the authority has the declaration; a second report changes nothing."""
    declaration = Declaration.objects.select_for_update().get(number=number)
    if declaration.state == DeclarationState.CHECKED:
        declaration.authority_reference = mrn
        declaration.move_to(DeclarationState.FILED)
        declaration.save(update_fields=["authority_reference", "state"])
        publish(DeclarationFiled(subject=declaration.order_number, declaration=number, reference=mrn))
    return declaration


@transaction.atomic
def record_answer(*, number: str, answer: str, reason: str, at: datetime) -> Declaration | None:
    """Take the authority's answer: held or queried opens a hold, released and rejected end the matter."""
    declaration = Declaration.objects.select_for_update().filter(number=number).first()
    if declaration is None or declaration.state not in _OPEN:
        return declaration
    filed = declaration.state == DeclarationState.FILED
    if answer in {"held", "queried"} and declaration.state != DeclarationState.HELD:
        words = _("The customs authority asks: %(what)s") % {"what": reason or answer}
        found = Found(
            "R-AUT-001", 1, Severity.STOP, words[:200], _("Answer the authority, then release."),
            {"declared": declaration.authority_reference, "found": reason or answer},
            source="customs authority",
        )  # fmt: skip
        open_hold(declaration=declaration, found=[found], at=at)
    elif answer == "released" and filed:
        declaration.move_to(DeclarationState.RELEASED)
        declaration.save(update_fields=["state"])
    elif answer == "rejected" and filed:
        declaration.move_to(DeclarationState.REJECTED)
        declaration.save(update_fields=["state"])
        shipments.hold(declaration.order_number)
    elif answer != "accepted":
        return declaration
    publish(
        CustomsAnswered(
            subject=declaration.order_number, declaration=number, answer=answer, note=reason[:300]
        )
    )
    return declaration
