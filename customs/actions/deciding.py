"""Decide a held case: one decision wins, two people where much is at stake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from customs import shipments
from customs.actions import correcting
from customs.actions.history import history, seal, tell
from customs.events import (
    DecisionRecommended,
    HoldRejected,
    HoldReleased,
    HoldReminder,
    HoldTaken,
    RecommendationRefused,
)
from customs.models import (
    Decision,
    Declaration,
    DeclarationState,
    Hold,
    HoldState,
)
from customs.refusals import (
    AlreadyDecided,
    CaseChanged,
    NotePlease,
    NothingToAgree,
    NotYourDesk,
    ReasonMissing,
    SamePerson,
    WaitsForSecond,
)
from marketplace.accounts.models import User

REASONS: Final[dict[str, dict[str, object]]] = {
    "release": {
        "papers-good": _lazy("Papers are in order"),
        "false-alarm": _lazy("Rule does not apply"),
        "same-goods": _lazy("Seen before"),
    },
    "correct": {
        "wrong-code": _lazy("Wrong customs code"),
        "wrong-value": _lazy("Wrong value"),
        "wrong-words": _lazy("Description too vague"),
    },
    "papers": {"papers-missing": _lazy("Papers are missing"), "proof-needed": _lazy("Proof is needed")},
    "reject": {
        "prohibited": _lazy("Goods are not allowed there"),
        "listed-party": _lazy("Party is on a list"),
        "no-papers": _lazy("Papers did not come"),
        "wrong-declaration": _lazy("Declaration is false"),
    },
}
SHARES: Final = (Decimal("0.5"), Decimal("0.8"), Decimal(1))


@transaction.atomic
def take(*, hold_number: str, by: User) -> Hold:
    """Put a name on the case; taking it again changes nothing."""
    hold = locked(hold_number, by)
    if hold.is_open and hold.owner_id != by.pk:
        hold.owner = by
        hold.save(update_fields=["owner"])
        tell(hold, HoldTaken(subject=hold.declaration.order_number, hold=hold.number, by=str(by)))
    return hold


@transaction.atomic
def release(*, hold_number: str, by: User, version: int, reason: str, at: datetime, note: str = "") -> Hold:
    """Let the parcel go as declared, or recommend it where a second person must agree."""
    return _decide(hold_number, Decision.Kind.RELEASE, by, version, reason, note, at)


@transaction.atomic
def release_with_corrections(
    *,
    hold_number: str,
    by: User,
    version: int,
    reason: str,
    corrections: Sequence[Mapping[str, str]],
    at: datetime,
    note: str = "",
) -> Hold:
    """Correct lines of the declaration and let the parcel go; the seller's words are kept beside ours."""
    hold = locked(hold_number, by)
    wanted = correcting.checked(hold.declaration, corrections)
    return _decide(hold_number, Decision.Kind.CORRECT, by, version, reason, note, at, corrections=wanted)


@transaction.atomic
def reject(
    *, hold_number: str, by: User, version: int, reason: str, at: datetime, note: str = "", message: str = ""
) -> Hold:
    """Do not let the goods cross: the buyer gets the money back."""
    return _decide(hold_number, Decision.Kind.REJECT, by, version, reason, note, at, message=message)


@transaction.atomic
def agree(*, hold_number: str, by: User, version: int, at: datetime, note: str = "") -> Hold:
    """Agree as the second person; the recommendation then takes effect."""
    hold = locked(hold_number, by)
    decision = _recommendation(hold, by, version)
    decision.state = Decision.State.DONE
    decision.second = by
    decision.second_at = at
    if note:
        decision.note = f"{decision.note}\n{note}".strip()
    _carry_out(hold, decision, at)
    return hold


@transaction.atomic
def disagree(*, hold_number: str, by: User, version: int, at: datetime, note: str) -> Hold:
    """Send the recommendation back; the case is open again."""
    hold = locked(hold_number, by)
    decision = _recommendation(hold, by, version)
    if not note.strip():
        raise NotePlease
    decision.state = Decision.State.REFUSED
    decision.second = by
    decision.second_at = at
    decision.save(update_fields=["state", "second", "second_at"])
    hold.move_to(HoldState.OPEN)
    hold.version += 1
    hold.save(update_fields=["state", "version"])
    tell(
        hold,
        RecommendationRefused(
            subject=hold.declaration.order_number, hold=hold.number, by=str(by), note=note.strip()
        ),
    )
    return hold


def remind(*, at: datetime) -> int:
    """Announce holds whose half, four fifths or all of the time has passed; return how many."""
    sent = 0
    waiting = Hold.objects.open().filter(reminded__lt=len(SHARES)).select_related("declaration")
    for number in list(waiting.values_list("number", flat=True)):
        with transaction.atomic():
            hold = waiting.select_for_update(of=("self",), skip_locked=True).filter(number=number).first()
            if hold is None:
                continue
            due = sum(1 for share in SHARES if hold.moment(share) <= at)
            if due <= hold.reminded:
                continue
            hold.reminded = due
            hold.save(update_fields=["reminded"])
            share = f"{SHARES[due - 1]:.0%}"
            subject = hold.declaration.order_number
            tell(
                hold,
                HoldReminder(
                    subject=subject, hold=hold.number, share=share, deadline=hold.deadline.isoformat()
                ),
            )
            sent += 1
    return sent


def locked(hold_number: str, by: User) -> Hold:
    """Lock the declaration, then its hold; only the customs desk may."""
    if not by.has_desk(User.Desk.CUSTOMS):
        raise NotYourDesk
    Declaration.objects.select_for_update(of=("self",)).get(holds__number=hold_number)
    return Hold.objects.select_for_update(of=("self",)).select_related("declaration").get(number=hold_number)


def ready(hold: Hold, version: int) -> None:
    """Refuse when somebody decided first, when a second person is waited for, or when the case changed."""
    last = hold.decisions.select_related("by", "second").order_by("pk").last()
    if not hold.is_open and last is not None:
        who = f"{last.by} + {last.second}" if last.second else str(last.by)
        when = f"{hold.decided_at:%d %b %Y, %H:%M} UTC" if hold.decided_at else ""
        raise AlreadyDecided(hold=hold.number, who=who, when=when, what=last.get_kind_display())
    if hold.state == HoldState.SECOND and last is not None:
        raise WaitsForSecond(who=last.by, what=last.get_kind_display())
    if hold.version != version:
        entries = history(hold)
        what = entries[-1]["event"].name if entries else _("another operator changed it")
        raise CaseChanged(hold=hold.number, what=what)


def _decide(
    hold_number: str,
    kind: Decision.Kind,
    by: User,
    version: int,
    reason: str,
    note: str,
    at: datetime,
    *,
    corrections: list[dict[str, str]] | None = None,
    message: str = "",
) -> Hold:
    hold = locked(hold_number, by)
    ready(hold, version)
    if reason not in REASONS[kind.value]:
        raise ReasonMissing
    decision = Decision(
        hold=hold,
        kind=kind,
        reason=reason,
        note=note.strip(),
        message=message.strip(),
        corrections=corrections or [],
        by=by,
        made_at=at,
    )
    if not hold.needs_second:
        _carry_out(hold, decision, at)
        return hold
    decision.state = Decision.State.RECOMMENDED
    decision.save()
    hold.move_to(HoldState.SECOND)
    hold.owner = hold.owner or by
    hold.version += 1
    hold.save(update_fields=["state", "owner", "version"])
    tell(
        hold,
        DecisionRecommended(
            subject=hold.declaration.order_number,
            hold=hold.number,
            by=str(by),
            kind=kind.value,
            reason=reason,
        ),
    )
    return hold


def _recommendation(hold: Hold, by: User, version: int) -> Decision:
    decision = hold.decisions.filter(state=Decision.State.RECOMMENDED).first()
    if decision is None:
        ready(hold, version)
        raise NothingToAgree(hold=hold.number)
    if decision.by_id == by.pk:
        raise SamePerson
    if hold.version != version:
        raise CaseChanged(hold=hold.number, what=decision.get_kind_display())
    return decision


def _carry_out(hold: Hold, decision: Decision, at: datetime) -> None:
    declaration = hold.declaration
    rejected = decision.kind == Decision.Kind.REJECT
    head: list[str] = []
    if decision.kind == Decision.Kind.CORRECT:
        head = correcting.apply(declaration, decision.corrections)
    decision.seal = seal(hold)
    decision.save()
    hold.move_to(HoldState.REJECTED if rejected else HoldState.RELEASED)
    hold.owner = hold.owner or decision.by
    hold.decided_at = at
    hold.version += 1
    hold.save(update_fields=["state", "owner", "decided_at", "version"])
    declaration.move_to(DeclarationState.REJECTED if rejected else DeclarationState.CHECKED)
    declaration.save(update_fields=["state", "value_amount", *head])
    second = str(decision.second) if decision.second else ""
    if rejected:
        shipments.cancel(declaration.order_number)
        tell(
            hold,
            HoldRejected(
                subject=declaration.order_number,
                hold=hold.number,
                declaration=declaration.number,
                by=str(decision.by),
                second=second,
                reason=decision.reason,
            ),
        )
        return
    shipments.resume(declaration.order_number)
    tell(
        hold,
        HoldReleased(
            subject=declaration.order_number,
            hold=hold.number,
            declaration=declaration.number,
            by=str(decision.by),
            second=second,
            reason=decision.reason,
            corrections=tuple(decision.corrections),
            effect=str(hold.effect_amount),
            currency=hold.currency,
        ),
    )
