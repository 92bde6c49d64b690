"""Work of the border that happens after the commit or by the clock."""

from __future__ import annotations

import logging
from typing import Final

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from customs import actions, notices, shipments
from customs.actions import outcomes, proving
from customs.authorities import house
from customs.authorities.base import AuthoritySilent, send
from customs.clearance import SOLD_INSIDE
from customs.models import (
    AuthorityMessage,
    CatalogueTask,
    CodeQuestion,
    Declaration,
    DeclarationState,
    Hold,
)
from customs.refusals import DeclarationIncomplete
from customs.tariffs import files
from marketplace.events.bus import subscriber
from marketplace.events.models import Event

log: Final = logging.getLogger(__name__)


@subscriber
def check_clearance(event: Event) -> None:
    """Check the declaration that an order drafted; a second run finds the first result."""
    actions.check_clearance(order_number=event.subject, at=timezone.now())


@subscriber
def rescreen(event: Event) -> None:
    """Compare the parties we know with what a newer list changed; a second run finds nothing new."""
    actions.rescreen(version_id=event.payload["version"], at=timezone.now())


@subscriber
def declare_withdrawal(event: Event) -> None:
    """Draft the declaration of goods that somebody wants out of bond."""
    told = event.payload
    actions.declare_withdrawal(
        number=event.subject,
        owner=str(told["owner"]),
        sku=str(told["sku"]),
        quantity=int(told["quantity"]),
        country=str(told["country"]),
        purpose=str(told["purpose"]),
        entry=str(told["entry"]),
        at=timezone.now(),
    )


@shared_task
def remind_of_deadlines() -> int:
    """Announce holds whose time is running out."""
    return actions.remind(at=timezone.now())


@shared_task
def read_authority_message(message_id: int) -> None:
    """Understand one message of the authority; a second run changes nothing."""
    message = AuthorityMessage.objects.get(pk=message_id)
    if message.read_at is None and message.body.get("state") == "assessed":
        outcomes.hear_assessment(number=message.body["reference"], body=message.body, key=message.key)
        message.read_at = timezone.now()
        message.save(update_fields=["read_at"])
    if message.read_at is None:
        actions.record_answer(
            number=message.body["reference"],
            answer=str(message.body.get("state", "")),
            reason=str(message.body.get("reason") or ""),
            at=timezone.now(),
        )
        AuthorityMessage.objects.filter(pk=message_id).update(read_at=timezone.now())


@shared_task
def file_declarations(limit: int = 20) -> int:
    """Send checked declarations to their authority; those that fail are tried in the next round.

    A shipment that is not booked yet is waited for: its numbers belong into the declaration.
    One that lacks a field is not sent: it becomes a case that names the field.
    """
    filed = 0
    checked = Declaration.objects.filter(state=DeclarationState.CHECKED).exclude(
        procedure__in=["", SOLD_INSIDE]
    )
    waiting = checked.exclude(order_number__in=shipments.unbooked()).order_by("pk")
    for declaration in waiting.prefetch_related("lines").select_related("seller")[:limit]:
        try:
            filing = house.filing_of(declaration, callback=f"{settings.SITE_ADDRESS}/customs/authority/")
            answer = send(filing, key=actions.filing_key(declaration))
        except DeclarationIncomplete as refusal:
            actions.refuse_filing(number=declaration.number, faults=refusal.faults, at=timezone.now())
            continue
        except AuthoritySilent as silence:
            log.warning("%s was not filed: %s", declaration.number, silence)
            break
        actions.record_filing(number=declaration.number, mrn=answer.mrn)
        filed += 1
    return filed


@shared_task
def read_lost_messages() -> int:
    """Read messages that were stored and whose task was lost."""
    lost = AuthorityMessage.objects.filter(read_at=None).values_list("pk", flat=True)[:100]
    for pk in lost:
        read_authority_message(message_id=pk)
    return len(lost)


@subscriber
def tell_about_papers(event: Event) -> None:
    """Tell the asked parties which papers we need."""
    notices.papers_asked(_case(event), key=f"papers-{event.pk}")


@subscriber
def remind_people(event: Event) -> None:
    """Remind the owner of the case and those who owe papers."""
    hold = _case(event)
    if hold.is_open:
        notices.deadline_near(hold, share=event.payload["share"], key=f"reminder-{event.pk}")


@subscriber
def tell_about_rejection(event: Event) -> None:
    """Tell seller and buyer why the goods may not cross."""
    notices.rejected(_case(event), key=f"rejected-{event.pk}")


@subscriber
def tell_about_cause(event: Event) -> None:
    """Tell the seller which listing to put right."""
    task = CatalogueTask.objects.select_related("seller").get(pk=event.payload["task"])
    notices.cause_repeated(task, key=f"task-{event.pk}")


def _case(event: Event) -> Hold:
    cases = Hold.objects.select_related("declaration__seller", "declaration__buyer", "owner")
    return cases.get(number=event.payload["hold"])


@shared_task
def read_tariff_file(file_id: int) -> None:
    """Read an uploaded tariff file into a version; a second run finds it read."""
    files.read(file_id=file_id, at=timezone.now())


@subscriber
def tell_about_code(event: Event) -> None:
    """Tell a maker which customs code a person proposes."""
    notices.code_answered(CodeQuestion.objects.select_related("company").get(pk=event.payload["question"]))


@shared_task
def watch_evidence() -> int:
    """Let ended papers of origin go, and tell makers 30 and 7 days before the end; each is told once."""
    now = timezone.now()
    for evidence, days in proving.ending(timezone.localdate()):
        notices.evidence_ends(
            evidence, days=days, key=f"evidence-{evidence.pk}-{evidence.valid_until}-{days}"
        )
    return proving.age_evidence(at=now)
