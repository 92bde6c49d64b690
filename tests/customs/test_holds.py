"""A declaration is checked; findings open one hold; people decide it once."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from customs import actions, tasks
from customs.actions import PaperAsked
from customs.actions.history import Proof
from customs.models import CatalogueTask, Declaration, Finding, Hold, HoldState
from customs.refusals import (
    AlreadyDecided,
    CaseChanged,
    CorrectionMissing,
    CorrectionWrong,
    DeclarationDiffers,
    NotAskedOfYou,
    NotYourDesk,
    ReasonMissing,
    SamePerson,
    WaitsForSecond,
)
from marketplace.accounts.models import User
from marketplace.celery import app
from marketplace.documents.uploads import FileRefused
from marketplace.events import bus
from marketplace.events.models import Event
from marketplace.kit.money import Money
from marketplace.notifications.models import Notice
from tests.customs.world import NOON, basket, company, declared, operator, person

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def held(order: str = "ORD-000001", **line: object) -> Hold:
    seller = company("COM-000001", "Kiondo Weavers")
    declared(order, seller, basket(hs_code="", **line))
    hold = actions.check_clearance(order_number=order, at=NOON)
    assert hold is not None
    return hold


def state_of_all() -> tuple[object, ...]:
    return (
        list(Hold.objects.values_list("number", "state", "version", "owner")),
        list(Declaration.objects.values_list("number", "state", "value_amount")),
        Event.objects.count(),
    )


def test_a_clean_parcel_passes_and_is_told_once() -> None:
    seller = company("COM-000001", "Kiondo Weavers")
    declared("ORD-000001", seller)

    for _ in range(2):
        assert actions.check_clearance(order_number="ORD-000001", at=NOON) is None

    assert [e.name for e in Event.objects.about("ORD-000001")] == ["DeclarationDrafted", "ClearancePassed"]
    assert Declaration.objects.get().state == "CHECKED"
    assert {check["result"] for check in Declaration.objects.get().checks} == {"passed"}


def test_an_order_is_drafted_once_and_other_goods_are_refused() -> None:
    seller = company("COM-000001", "Kiondo Weavers")
    first = declared("ORD-000001", seller)

    assert declared("ORD-000001", seller) == first
    with pytest.raises(DeclarationDiffers):
        declared("ORD-000001", seller, basket(value=Money(Decimal(61), "EUR")))

    assert Declaration.objects.count() == 1
    assert first.value == Money(Decimal("60.00"), "EUR")


def test_findings_open_exactly_one_hold_with_rule_and_evidence() -> None:
    hold = held()

    assert actions.check_clearance(order_number="ORD-000001", at=NOON) == hold
    finding = Finding.objects.get()
    assert (finding.rule, finding.severity) == ("R-DATA-001", 2)
    assert finding.evidence["missing"] == ["customs code with at least 6 digits"]
    assert hold.deadline == NOON + timedelta(hours=48)
    assert [e.name for e in Event.objects.about("ORD-000001")] == ["DeclarationDrafted", "HoldOpened"]
    assert hold.declaration.state == "HELD"


@pytest.mark.parametrize("words", ["gift", "sample goods", "electronic accessories parts", "", "x"])
def test_a_vague_description_is_held(words: str) -> None:
    seller = company("COM-000001", "Kiondo Weavers")
    declared("ORD-000001", seller, basket(customs_description=words, description=words))

    hold = actions.check_clearance(order_number="ORD-000001", at=NOON)

    assert hold is not None
    assert hold.findings.get().rule == "R-DATA-002"


def test_batteries_wait_for_their_papers_until_they_are_on_file() -> None:
    seller = company("COM-000001", "Brightcell", "CN")
    bank = basket(
        description="Power bank",
        customs_description="power bank with lithium-ion battery, of plastic, for charging phones",
        hs_code="850760",
        origin="CN",
    )
    declared("ORD-000001", seller, bank)
    hold = actions.check_clearance(order_number="ORD-000001", at=NOON)
    assert hold is not None
    papers = [paper["code"] for paper in hold.findings.get(rule="R-DG-021").evidence["papers"]]
    assert papers == ["un38-3-test-summary", "safety-data-sheet"]

    for code in papers:
        actions.keep_paper(company=seller, code=code, label=code, at=NOON, hs_prefix="8507")
    declared("ORD-000002", seller, bank, buyer_name="Someone Else", at=NOON)

    assert actions.check_clearance(order_number="ORD-000002", at=NOON) is None


def test_release_moves_the_declaration_and_is_decided_once() -> None:
    hold, amina, omar = held(), operator(), operator("omar@sampan.example")

    actions.release(hold_number=hold.number, by=amina, version=1, reason="false-alarm", at=NOON)

    before = state_of_all()
    with pytest.raises(AlreadyDecided, match=r"Amina decided HLD-\d+ on 24 Nov 2026, 12:00 UTC: Release"):
        actions.reject(hold_number=hold.number, by=omar, version=1, reason="prohibited", at=NOON)
    assert state_of_all() == before
    assert Declaration.objects.get().state == "CHECKED"
    assert [event.name for event in Event.objects.about("ORD-000001")][-1] == "HoldReleased"


def _correct(number: str, by: User, *corrections: dict[str, str]) -> Hold:
    return actions.release_with_corrections(
        hold_number=number, by=by, version=1, reason="wrong-code", corrections=corrections, at=NOON
    )


def test_a_refused_decision_leaves_everything_as_it_was() -> None:
    number, amina, stranger = held().number, operator(), person("someone@example.com")
    before = state_of_all()

    with pytest.raises(NotYourDesk):
        actions.release(hold_number=number, by=stranger, version=1, reason="papers-good", at=NOON)
    with pytest.raises(ReasonMissing):
        actions.release(hold_number=number, by=amina, version=1, reason="why", at=NOON)
    with pytest.raises(CaseChanged):
        actions.release(hold_number=number, by=amina, version=7, reason="papers-good", at=NOON)
    with pytest.raises(CorrectionMissing):
        _correct(number, amina)
    with pytest.raises(CorrectionWrong):
        _correct(number, amina, {"line": "1", "value_amount": "-1"})

    assert state_of_all() == before


def test_corrections_keep_the_sellers_words() -> None:
    hold = held()

    actions.release_with_corrections(
        hold_number=hold.number,
        by=operator(),
        version=1,
        reason="wrong-code",
        corrections=[{"line": "1", "hs_code": "4602 19", "value_amount": "80.00"}],
        at=NOON,
    )

    line = hold.declaration.lines.get()
    assert (line.hs_code, line.value_amount, line.declared) == (
        "460219",
        Decimal("80.0000"),
        {"hs_code": "", "value_amount": "60.0000"},
    )
    assert Declaration.objects.get().value_amount == Decimal("80.0000")


def test_above_the_limit_two_different_people_decide() -> None:
    hold = held(value=Money(Decimal(9000), "EUR"))
    amina, omar = operator(), operator("omar@sampan.example")
    assert hold.needs_second

    actions.release(hold_number=hold.number, by=amina, version=1, reason="papers-good", at=NOON)
    with pytest.raises(SamePerson):
        actions.agree(hold_number=hold.number, by=amina, version=2, at=NOON)
    with pytest.raises(WaitsForSecond):
        actions.release(hold_number=hold.number, by=omar, version=2, reason="papers-good", at=NOON)
    assert Declaration.objects.get().state == "HELD"
    actions.agree(hold_number=hold.number, by=omar, version=2, at=NOON)

    decision = hold.decisions.get()
    assert (decision.by, decision.second, decision.state) == (amina, omar, "DONE")
    assert len(decision.seal) == 64
    assert Hold.objects.get().state == HoldState.RELEASED


def test_the_second_person_may_send_it_back() -> None:
    hold = held(value=Money(Decimal(9000), "EUR"))
    actions.reject(hold_number=hold.number, by=operator(), version=1, reason="prohibited", at=NOON)

    actions.disagree(
        hold_number=hold.number, by=operator("omar@sampan.example"), version=2, note="Not proven", at=NOON
    )

    assert Hold.objects.get().state == HoldState.OPEN
    assert Declaration.objects.get().state == "HELD"


def test_papers_are_asked_uploaded_in_versions_and_arrive() -> None:
    hold, amina = held(), operator()
    maker = person("maker@example.com", company=hold.declaration.seller)
    other = person("other@example.com", company=company("COM-000009", "Other firm"))
    actions.ask_for_papers(
        hold_number=hold.number,
        by=amina,
        version=1,
        papers=[PaperAsked(code="invoice", label="Invoice")],
        message="Please send it.",
        wanted_by=NOON + timedelta(days=3),
        at=NOON,
    )
    paper = hold.papers.get()

    with pytest.raises(NotAskedOfYou):
        actions.upload_paper(paper_id=paper.pk, by=other, filename="a.pdf", content=PDF, at=NOON)
    with pytest.raises(FileRefused, match="PDF, JPEG and PNG"):
        actions.upload_paper(paper_id=paper.pk, by=maker, filename="a.exe", content=b"MZ", at=NOON)
    for content in (PDF, PDF, PDF + b"%%EOF\n"):
        actions.upload_paper(paper_id=paper.pk, by=maker, filename="a.pdf", content=content, at=NOON)

    assert [version.version for version in paper.versions.all()] == [2, 1]
    assert Hold.objects.get().state == HoldState.ARRIVED


def test_each_party_gets_its_letter_and_a_notice_in_its_language(django_capture_on_commit_callbacks) -> None:
    seller = company("COM-000001", "Viñas del Sol", "AR", languages=["es"])
    declared("ORD-000001", seller, basket(hs_code=""), buyer=company("COM-000002", "Clara", "GB"))
    hold = actions.check_clearance(order_number="ORD-000001", at=NOON)
    assert hold is not None
    with django_capture_on_commit_callbacks(execute=True):
        actions.ask_for_papers(
            hold_number=hold.number, by=operator(), version=1,
            papers=[PaperAsked(code="invoice", label="Commercial invoice"),
                    PaperAsked(code="identity", label="Passport", party="buyer")],
            message="", messages={"seller": "Hola, falta la factura."},
            wanted_by=NOON + timedelta(days=3), at=NOON,
        )  # fmt: skip

    told = dict(Notice.objects.filter(kind="papers-asked").values_list("company__number", "body"))
    assert told["COM-000001"] == "Hola, falta la factura."
    assert (
        "We need: Copy of a passport or identity card. Please upload them by 27 November 2026"
        in (told["COM-000002"])
        or "November 27, 2026" in told["COM-000002"]
    )


def test_the_clock_reminds_the_owner_and_those_who_owe_papers(django_capture_on_commit_callbacks) -> None:
    hold, amina = held(), operator()
    actions.take(hold_number=hold.number, by=amina)
    actions.ask_for_papers(
        hold_number=hold.number, by=amina, version=1, papers=[PaperAsked(code="invoice", label="Invoice")],
        message="", wanted_by=NOON, at=NOON,
    )  # fmt: skip
    Hold.objects.update(
        opened_at=timezone.now() - timedelta(hours=25), deadline=timezone.now() + timedelta(hours=23)
    )

    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.remind_of_deadlines()

    assert app.conf.beat_schedule["hold-deadlines"]["task"] == tasks.remind_of_deadlines.name
    mine = Notice.objects.filter(kind="hold-deadline")
    assert [(notice.user, notice.title) for notice in mine] == [
        (amina, f"{hold.number}: 50% of the time has passed")
    ]
    owed = Notice.objects.get(kind="papers-asked", title__startswith="Reminder")
    assert (owed.company, owed.title) == (hold.declaration.seller, "Reminder: papers for order ORD-000001")


def test_a_cause_that_comes_back_becomes_one_task_until_the_goods_pass(
    django_capture_on_commit_callbacks, monkeypatch
) -> None:
    monkeypatch.setitem(bus._subscribers, "HoldOpened", ())  # nobody upstairs knows these orders
    monkeypatch.setitem(bus._subscribers, "DeclarationDrafted", ())
    seller = company("COM-000001", "Kiondo Weavers")
    for n in (1, 2, 3):
        declared(f"ORD-00000{n}", seller, basket(hs_code="", sku="BAS-1"), buyer_name=f"Buyer {n}")
        with django_capture_on_commit_callbacks(execute=True):
            actions.check_clearance(order_number=f"ORD-00000{n}", at=NOON)

    task = CatalogueTask.objects.get()
    assert (task.sku, task.rule, task.times, task.done_at) == ("BAS-1", "R-DATA-001", 3, None)
    assert task.words == "Customs data is missing: customs code with at least 6 digits"
    told = Notice.objects.get(kind="catalogue-task")
    assert (told.company, told.title) == (seller, "Put this right in your catalogue: Sisal basket")

    declared("ORD-000004", seller, basket(sku="BAS-1"), buyer_name="Buyer 4")
    assert actions.check_clearance(order_number="ORD-000004", at=NOON) is None
    assert CatalogueTask.objects.get().done_at == NOON


def test_the_history_is_chained_and_a_changed_or_lost_entry_is_found() -> None:
    hold, amina = held(), operator()
    actions.take(hold_number=hold.number, by=amina)
    actions.release(hold_number=hold.number, by=amina, version=1, reason="false-alarm", at=NOON)
    assert actions.verify(hold) == Proof(4, None)
    assert hold.decisions.get().seal in set(hold.sealed.values_list("seal", flat=True))

    taken = Event.objects.get(name="HoldTaken")
    Event.objects.filter(pk=taken.pk).update(payload=taken.payload | {"by": "Somebody else"})
    assert actions.verify(hold) == Proof(4, 3)
    Event.objects.filter(pk=taken.pk).update(payload=taken.payload)
    assert actions.verify(hold).is_whole
    Event.objects.filter(name="HoldReleased").delete()

    assert actions.verify(hold) == Proof(4, 4)


def test_reminders_go_out_at_half_four_fifths_and_the_end() -> None:
    held()

    sent = [actions.remind(at=NOON + timedelta(hours=hours)) for hours in (23, 24, 25, 39, 39, 48, 60)]

    assert sent == [0, 1, 0, 1, 0, 1, 0]
    shares = [e.payload["share"] for e in Event.objects.filter(name="HoldReminder").order_by("pk")]
    assert shares == ["50%", "80%", "100%"]


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_at_once_one_decides_and_the_other_reads_it(monkeypatch) -> None:
    monkeypatch.setattr(bus, "_subscribers", {})  # nobody upstairs knows this order
    hold, amina, omar = held(), operator(), operator("omar@sampan.example")
    start, answers = threading.Barrier(2), []

    def decide(by, act, reason) -> None:
        start.wait()
        try:
            act(hold_number=hold.number, by=by, version=1, reason=reason, at=NOON)
            answers.append("done")
        except AlreadyDecided as refusal:
            answers.append(str(refusal))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=(amina, actions.release, "papers-good")),
        threading.Thread(target=decide, args=(omar, actions.reject, "prohibited")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers)[1] == "done"
    assert "decided HLD-" in min(answers)
    assert hold.decisions.count() == 1
