"""The authority's side: signed answers in any order, papers and data sets from frozen rows."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from customs import actions, tasks
from customs.models import AuthorityMessage, Declaration, Hold
from marketplace.events.models import Event
from marketplace.kit.places import Place
from tests.customs.world import NOON, company, declared, operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def filed() -> Declaration:
    seller = company("COM-1", "Kiondo Weavers", tax_ids={"IOSS": "IM3720000000"})
    declaration = declared("ORD-1", seller, ship_to=Place("DE", "10115", "Berlin"))
    actions.check_clearance(order_number="ORD-1", at=NOON)
    return actions.record_filing(number=declaration.number, mrn="26DE00000000000001")


def post(message: object, *, secret: str | None = None, at: float | None = None):
    body = json.dumps(message).encode()
    stamp = int(at or time.time())
    digest = hmac.new(
        (secret or settings.CUSTOMS_SECRET).encode(), f"{stamp}.".encode() + body, hashlib.sha256
    )
    header = f"t={stamp},v1={digest.hexdigest()}"
    return Client().post(
        "/customs/authority/", body, content_type="application/json", headers={"X-Sampan-Signature": header}
    )


def test_a_release_counts_once_and_a_late_acceptance_changes_nothing(filed: Declaration) -> None:
    released = {"id": "m-1", "reference": filed.number, "state": "released", "reason": ""}

    codes = [post(released).status_code, post(released).status_code]
    codes.append(post({"id": "m-0", "reference": filed.number, "state": "accepted"}).status_code)
    tasks.read_lost_messages()

    assert codes == [202, 200, 202]
    filed.refresh_from_db()
    assert filed.state == "RELEASED"
    assert AuthorityMessage.objects.filter(read_at=None).count() == 0
    assert Event.objects.filter(name="CustomsAnswered").count() == 1


def test_a_question_of_the_authority_opens_one_hold(filed: Declaration) -> None:
    post({"id": "m-1", "reference": filed.number, "state": "queried", "reason": "Which fibre?"})
    post({"id": "m-2", "reference": filed.number, "state": "held", "reason": "Which fibre?"})
    tasks.read_lost_messages()

    found = Hold.objects.get().findings.all()
    assert [finding.words for finding in found] == ["The customs authority asks: Which fibre?"]


def test_a_rejection_opens_one_hold_that_a_correction_files_again(filed: Declaration) -> None:
    """The defect: a rejection ended the matter, no person saw a case and no money went back."""
    no = {"id": "m-1", "reference": filed.number, "state": "rejected", "reason": "Origin does not fit"}

    post(no)
    post(no)
    post({**no, "id": "m-2"})
    tasks.read_lost_messages()

    filed.refresh_from_db()
    assert filed.state == "HELD"
    hold = Hold.objects.open().get()
    assert hold.deadline - hold.opened_at == timedelta(hours=24)
    [finding] = hold.findings.all()
    assert finding.words == "The customs authority rejected the declaration: Origin does not fit"
    assert finding.evidence == {"declared": "26DE00000000000001", "found": "Origin does not fit"}
    before = actions.filing_key(filed)

    actions.release_with_corrections(
        hold_number=hold.number, by=operator(), version=hold.version, reason="wrong-code",
        corrections=[{"line": "1", "origin": "TZ"}], at=NOON,
    )  # fmt: skip

    filed.refresh_from_db()
    assert filed.state == "CHECKED"
    assert before == f"declaration-{filed.number}"
    assert actions.filing_key(filed) == f"declaration-{filed.number}-2"


def test_a_second_word_of_the_authority_joins_the_open_case(filed: Declaration) -> None:
    post({"id": "m-1", "reference": filed.number, "state": "queried", "reason": "Which fibre?"})
    tasks.read_lost_messages()
    seen = Hold.objects.get().version

    post({"id": "m-2", "reference": filed.number, "state": "rejected", "reason": "No answer came"})
    tasks.read_lost_messages()

    hold = Hold.objects.get()
    assert [finding.rule for finding in hold.findings.order_by("pk")] == ["R-AUT-001", "R-AUT-002"]
    assert hold.version == seen + 1


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"secret": "wrong"}, {"reference": "DEC-1", "state": "released"}),
        ({"at": 1_000_000}, {"reference": "DEC-1", "state": "released"}),
        ({"at": 9_000_000_000}, {"reference": "DEC-1", "state": "released"}),
        ({}, ["not", "an", "object"]),
        ({}, {"state": "released"}),
    ],
)
def test_forged_old_future_and_broken_messages_are_refused(filed: Declaration, how, message) -> None:
    assert post(message, **how).status_code == 400

    assert AuthorityMessage.objects.count() == 0
