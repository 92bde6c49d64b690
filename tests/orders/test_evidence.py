"""The answer to a bank: one file of order, way and customs papers, handed over before the deadline."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from marketplace.documents.models import Document
from marketplace.sandbox import money
from marketplace.sandbox.app import Sandbox
from orders import actions, evidence, tasks
from orders.actions import answering
from orders.models import Dispute, Order
from orders.payments import actions as payments
from orders.payments import gateways
from orders.payments.actions.disputes import TooLateForTheBank
from orders.payments.gateways.base import ProviderRefused
from orders.payments.models import Dispute as CardDispute
from orders.payments.models import Payment
from tests.orders.test_disputes import order, signed_in, staff  # noqa: F401 - the fixture
from tests.payments.test_disputes import clock
from tests.payments.test_stripe import opened, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(sandbox: Sandbox, order: Order) -> Dispute:  # noqa: F811
    """A card dispute of a delivered order, known at the payment service."""
    pay(opened("GRP-X", "78.17", "GBP"), "4000000000000259")
    clock(sandbox, 60)
    with sandbox.store.act() as box:
        [row] = box.all("dispute")
    Payment.objects.filter(reference=order.group.number).update(charge=row["charge"])
    payments.look_up_dispute(row["id"])
    found = actions.list_card_dispute(provider_dispute=row["id"])
    assert found is not None
    return found


def at_the_bank(sandbox: Sandbox) -> tuple[str, str]:
    """Read the state of the dispute and the text that arrived."""
    with sandbox.store.act() as box:
        [row] = box.all("dispute")
    return row["status"], row["evidence"].get("uncategorized_text", "")


def decide(case: Dispute, verdict: str, reason: str) -> None:
    form = {"version": case.version, "verdict": verdict, f"reason_{verdict}": reason}
    answer = signed_in(staff("finance")).post(f"/console/disputes/{case.number}/decision/", form)
    assert answer.status_code == 302


def test_the_pack_tells_order_goods_and_address(case: Dispute) -> None:
    made = evidence.pack(case)

    [row] = case.orders.all()
    assert made.content.startswith(b"%PDF")
    assert f"Order {row.number}: " in made.text
    assert "2 x Kiondo basket M (BASKET)" in made.text
    assert "Total: 78.17 GBP" in made.text
    assert "Customs: Declaration" in made.text


def test_a_contested_case_reaches_the_bank_once_with_our_copy_on_the_shelf(
    sandbox: Sandbox, case: Dispute
) -> None:
    assert at_the_bank(sandbox) == ("needs_response", "")

    decide(case, "contest", "proof")
    answering.give_evidence(case.number, at=timezone.now())
    answering.give_evidence(case.number, at=timezone.now())

    status, text = at_the_bank(sandbox)
    assert status == "under_review"
    assert text == evidence.pack(case).text
    paper = Document.objects.filter(subject=case.number, kind="dispute-evidence").order_by("version")[0]
    assert CardDispute.objects.get().evidence_paper == paper.number
    with sandbox.store.act() as box:
        [row] = box.all("dispute")
        assert row["evidence_details"]["submission_count"] == 1


def test_an_accepted_case_is_closed_at_the_bank(sandbox: Sandbox, case: Dispute) -> None:
    assert case.provider_dispute
    for _again in range(2):
        payments.accept_dispute(case.provider_dispute)

    assert at_the_bank(sandbox)[0] == "lost"


def test_before_the_deadline_what_we_have_is_handed_over_by_itself(sandbox: Sandbox, case: Dispute) -> None:
    tasks.mind_bank_deadlines()
    assert at_the_bank(sandbox)[0] == "needs_response"

    Dispute.objects.update(opened_at=timezone.now() - timedelta(days=6))
    Dispute.objects.update(
        answer_by=timezone.now() - timedelta(days=1), deadline=timezone.now() + timedelta(hours=23)
    )
    for _ in range(2):
        tasks.mind_bank_deadlines()

    assert at_the_bank(sandbox)[0] == "under_review"
    assert CardDispute.objects.get().evidence_given_at is not None
    assert answering.due_at_the_bank(timezone.now()) == []


def test_evidence_that_the_bank_has_already_is_not_sent_again(sandbox: Sandbox, case: Dispute) -> None:
    with sandbox.store.act() as box:
        [row] = box.all("dispute")
        money.answer_dispute(box, row, {"evidence": {"uncategorized_text": "heard, the answer was lost"}})

    answering.give_evidence(case.number, at=timezone.now())

    assert at_the_bank(sandbox) == ("under_review", "heard, the answer was lost")
    assert CardDispute.objects.get().evidence_given_at is not None


def files(sandbox: Sandbox) -> list[dict[str, Any]]:
    with sandbox.store.act() as box:
        return list(box.all("file"))


def test_the_paper_itself_lies_at_the_payment_service_once(sandbox: Sandbox, case: Dispute) -> None:
    number = answering.give_evidence(case.number, at=timezone.now())
    answering.give_evidence(case.number, at=timezone.now())

    [kept] = files(sandbox)
    paper = Document.objects.get(number=number)
    assert (kept["purpose"], kept["type"], kept["size"]) == ("dispute_evidence", "pdf", paper.size)
    assert kept["_sha256"] == paper.sha256
    with sandbox.store.act() as box:
        [row] = box.all("dispute")
    assert row["evidence"]["uncategorized_file"] == kept["id"]


@pytest.mark.parametrize("knob", ["lose_answer_next", "fail_next"])
def test_a_lost_answer_sends_no_second_file(sandbox: Sandbox, case: Dispute, knob: str) -> None:
    with sandbox.store.act() as box:
        box.set("knobs", {knob: 1})

    answering.give_evidence(case.number, at=timezone.now())

    assert len(files(sandbox)) == 1
    assert at_the_bank(sandbox)[0] == "under_review"


def test_after_the_banks_deadline_nothing_is_sent(sandbox: Sandbox, case: Dispute) -> None:
    due = CardDispute.objects.get().evidence_due
    assert due is not None

    with pytest.raises(TooLateForTheBank, match="took evidence until"):
        answering.give_evidence(case.number, at=due + timedelta(seconds=1))

    assert (at_the_bank(sandbox), files(sandbox)) == (("needs_response", ""), [])
    assert CardDispute.objects.get().evidence_given_at is None


def test_the_bank_itself_refuses_evidence_that_comes_too_late(sandbox: Sandbox, case: Dispute) -> None:
    with sandbox.store.act() as box:
        [row] = box.all("dispute")
        row["evidence_details"]["due_by"] = box.now() - 1
        box.save(row)

    with pytest.raises(ProviderRefused, match="deadline"):
        answering.give_evidence(case.number, at=timezone.now())

    assert at_the_bank(sandbox) == ("needs_response", "")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"MZ a program", "PDF, a JPEG or a PNG"), (b"%PDF-1.4" + b"x" * 5_000_000, "larger than 5 MB")],
)
def test_a_file_that_no_bank_reads_is_refused(sandbox: Sandbox, case: Dispute, content: bytes, words: str):
    given = payments.Evidence("text", filename="x.pdf", paper=content)

    with pytest.raises(ProviderRefused, match=words):
        gateways.current().give_evidence(dispute=case.provider_dispute or "", evidence=given)

    assert files(sandbox) == []
    assert at_the_bank(sandbox) == ("needs_response", "")
