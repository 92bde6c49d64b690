"""File declarations and take the authority's answers, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from customs.actions.checking import add_findings
from customs.clearance import Found
from customs.events import CustomsAnswered, DeclarationFiled
from customs.models import Decision, Declaration, DeclarationState, Severity
from marketplace.events.bus import publish

_OPEN: Final = (DeclarationState.CHECKED, DeclarationState.FILED, DeclarationState.HELD)
_INCOMPLETE: Final = _lazy("The declaration cannot be filed: %(what)s")
REJECTED_RULE: Final = "R-AUT-002"
_ASKS: Final = (
    "R-AUT-001", _lazy("The customs authority asks: %(what)s"), _lazy("Answer the authority, then release."),
)  # fmt: skip
# The authority's word: our rule, our words, what the operator can do.
_STOPS: Final = {
    "held": _ASKS,
    "queried": _ASKS,
    "rejected": (
        REJECTED_RULE,
        _lazy("The customs authority rejected the declaration: %(what)s"),
        _lazy("Correct it and release: it is filed again. Or reject: the buyer gets the money back."),
    ),
}  # fmt: skip


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
    """Take the authority's answer: released ends the matter, everything that stops the goods is one hold.

    A rejection is a case for a person too: correct and file again, or reject and give the money back.
    """
    declaration = Declaration.objects.select_for_update().filter(number=number).first()
    if declaration is None or declaration.state not in _OPEN:
        return declaration
    if answer in _STOPS:
        _stop(declaration, answer, reason, at)
    elif answer == "released" and declaration.state == DeclarationState.FILED:
        declaration.move_to(DeclarationState.RELEASED)
        declaration.save(update_fields=["state"])
    elif answer != "accepted":
        return declaration
    publish(
        CustomsAnswered(
            subject=declaration.order_number, declaration=number, answer=answer, note=reason[:300]
        )
    )
    return declaration


def _stop(declaration: Declaration, answer: str, reason: str, at: datetime) -> None:
    """Open one hold, or add the authority's word to the open one; the same word again adds nothing."""
    rule, words, way_out = _STOPS[answer]
    said = reason or answer
    found = Found(
        rule, 1, Severity.STOP, (str(words) % {"what": said})[:200], str(way_out),
        {"declared": declaration.authority_reference, "found": said}, source="customs authority",
    )  # fmt: skip
    add_findings(declaration=declaration, found=[found], at=at)


@transaction.atomic
def refuse_filing(*, number: str, faults: Sequence[str], at: datetime) -> Declaration:
    """Stop a declaration that its data set cannot hold: one case names every field and its reason."""
    declaration = Declaration.objects.select_for_update().get(number=number)
    if declaration.state == DeclarationState.CHECKED:
        found = Found(
            "R-FIL-001", 1, Severity.PAPERS,
            (str(_INCOMPLETE) % {"what": "; ".join(faults)})[:200],
            str(_lazy("Write it in and release with corrections, or ask the seller or buyer for it.")),
            {"faults": list(faults)}, source="field rules of the data set",
        )  # fmt: skip
        add_findings(declaration=declaration, found=[found], at=at)
    return declaration


def filing_key(declaration: Declaration) -> str:
    """Name a filing: a repetition has the same key, one after a rejection or correction a new one."""
    again = declaration.holds.filter(
        Q(findings__rule=REJECTED_RULE) | Q(decisions__kind=Decision.Kind.CORRECT),
        decisions__state=Decision.State.DONE,
    ).distinct()
    rounds = again.count()
    return f"declaration-{declaration.number}" + (f"-{rounds + 1}" if rounds else "")
