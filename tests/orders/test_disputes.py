"""Disputes: one case per problem, both sides heard, money of one order waits, one decision by a person."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from marketplace.accounts.models import Company, Membership, User
from marketplace.documents.models import Document
from marketplace.events.models import Event
from marketplace.kit.money import Money
from marketplace.notifications.models import Notice
from orders import actions, notices, tasks
from orders.actions import deciding, disputing
from orders.actions.progress import TooLateToReport
from orders.models import Dispute, Order, OrderState
from orders.payments import actions as payments
from orders.payments import books
from orders.payments.gateways.base import DisputeNews
from orders.payments.models import Earning, Freeze, Payment
from tests.orders import world
from tests.orders.test_placing import placed
from tests.orders.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(django_capture_on_commit_callbacks) -> Iterator[Order]:
    """Two baskets to London for GBP 78.17, paid by bank transfer, shipped and delivered."""
    world.load(skus=("BASKET",))
    group = placed(2)
    Payment.objects.create(
        reference=group.number, amount=group.total_amount, charged_amount=group.total_amount,
        currency=group.currency, success_url="http://x.example/", cancel_url="http://x.example/",
        expires_at=group.pay_until, page_expires_at=group.pay_until, created_at=NOW,
    )  # fmt: skip
    payments.record_offline_capture(reference=group.number, amount=group.total, at=NOW)
    actions.mark_paid(group_number=group.number, captured=group.total, at=NOW)
    [made] = group.orders.all()
    actions.mark_delivered(number=made.number, at=timezone.now())
    made.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        yield made
    for law in books.prove():
        assert law.holds, (law.law, law.broken)


def buyer(order: Order) -> Client:
    client = Client()
    client.get(order.signed_link)
    return client


def seller(order: Order) -> Client:
    user = User.objects.create_user("maker@kiondo.example", name="Mbali", company=order.seller)
    Membership.objects.create(user=user, company=order.seller)
    return signed_in(user)


def staff(desk: str = "trust", name: str = "Amina") -> User:
    return User.objects.create_user(f"{name}-{desk}@sampan.example", is_staff=True, desk=desk, name=name)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def photo() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "brown").save(content, "JPEG")
    return SimpleUploadedFile("crack.jpg", content.getvalue(), "image/jpeg")


def reported(order: Order) -> Dispute:
    actions.report_problem(
        number=order.number, reason="The handle is torn", cause="broken", at=timezone.now()
    )
    return Dispute.objects.get()


def frozen(order: Order) -> bool:
    return Freeze.objects.filter(order_number=order.number, lifted_at=None).exists()


def test_a_reported_problem_is_a_case_that_an_operator_can_decide(order: Order) -> None:
    """The defect: a report froze the seller's money and no operator ever saw a case."""
    form = {"cause": "broken", "reason": "The handle is torn <b>badly</b> 🧺", "file": photo()}

    assert buyer(order).post(f"/orders/{order.number}/problem/", form).status_code == 302
    assert buyer(order).post(f"/orders/{order.number}/problem/", {"reason": "Still torn"}).status_code == 302

    case = Dispute.objects.get()
    assert (case.state, case.cause, f"{case.stake.rounded()}") == ("OPEN", "broken", "GBP 78.17")
    assert case.answer_by - case.opened_at == timedelta(days=3)
    assert case.deadline - case.opened_at == timedelta(days=5)
    assert [m.paper is not None for m in case.messages.all()] == [True, False]
    assert Freeze.objects.get().reason == f"dispute {case.number}"
    desk = signed_in(staff())
    assert case.number in desk.get("/console/disputes/").content.decode()
    page = desk.get(f"/console/disputes/{case.number}/").content.decode()
    assert "&lt;b&gt;badly&lt;/b&gt; 🧺" in page
    assert "crack.jpg" in page


def test_the_seller_answers_with_evidence_and_the_operator_gives_a_part_back(order: Order) -> None:
    case = reported(order)
    maker = seller(order)
    assert "The handle is torn" in maker.get(f"/sell/orders/{order.number}/").content.decode()
    said = {"words": "It was whole when packed", "file": photo()}

    Dispute.objects.update(answer_by=timezone.now() + timedelta(days=1))
    assert maker.post(f"/sell/orders/{order.number}/problem/messages/", said).status_code == 302

    case.refresh_from_db()
    assert case.state == "ANSWERED"
    form = {
        "version": case.version, "verdict": "partial", "reason_partial": "damaged", "amount": "12.50",
        "message": "You keep the baskets and get GBP 12.50 back.", "note": "Photos of both sides seen.",
    }  # fmt: skip
    assert signed_in(staff()).post(f"/console/disputes/{case.number}/decision/", form).status_code == 302

    case.refresh_from_db()
    order.refresh_from_db()
    assert (case.state, case.refunded_amount, str(case.decided_by)) == ("DECIDED", Decimal("12.5"), "Amina")
    assert order.state == OrderState.DELIVERED
    assert f"{payments.refunded(order.number).rounded()}" == "GBP 12.50"
    assert not frozen(order)
    assert Earning.objects.filter(kind="refund").count() == 1
    assert len(case.seal) == 64


def test_one_of_two_pieces_gives_back_its_goods_duty_and_tax(order: Order) -> None:
    """Half of goods 43.08, margin 0.22 and the VAT on them; freight and its VAT stay.

    VAT 12.99 of 64.96 is 8.61 for the goods, half of it 4.31: 21.54 + 0.11 + 4.31 = 25.96.
    """
    case, line = reported(order), order.lines.get()

    actions.decide(
        dispute_number=case.number, by=staff(), version=case.version, verdict="lines", reason="missing",
        pieces={line.pk: 1}, at=timezone.now(),
    )  # fmt: skip

    assert f"{payments.refunded(order.number).rounded()}" == "GBP 25.96"


@pytest.mark.parametrize("desk", ["trust", "finance"])
def test_all_money_back_ends_the_order(order: Order, desk: str) -> None:
    case = reported(order)

    actions.decide(
        dispute_number=case.number, by=staff(desk), version=case.version, verdict="refund",
        reason="unusable", at=timezone.now(),
    )  # fmt: skip

    order.refresh_from_db()
    assert order.state == OrderState.REFUNDED
    assert f"{payments.refunded(order.number).rounded()}" == "GBP 78.17"
    assert not frozen(order)


def test_a_rejected_case_gives_nothing_back_and_frees_the_seller(order: Order) -> None:
    case = reported(order)

    actions.decide(
        dispute_number=case.number, by=staff(), version=case.version, verdict="reject",
        reason="no-evidence", at=timezone.now(),
    )  # fmt: skip

    assert payments.refunded(order.number).amount == 0
    assert not frozen(order)


def test_a_replacement_keeps_the_money_until_the_buyer_has_it(order: Order) -> None:
    case = reported(order)
    operator = staff()

    now = timezone.now()
    case = actions.decide(
        dispute_number=case.number, by=operator, version=case.version, verdict="replace", reason="agreed",
        at=now,
    )  # fmt: skip

    assert (case.state, case.deadline) == ("REPLACING", now + timedelta(days=14))
    assert frozen(order)
    with pytest.raises(deciding.ChooseDecision):
        actions.decide(
            dispute_number=case.number, by=operator, version=case.version, verdict="replace",
            reason="agreed", at=timezone.now(),
        )  # fmt: skip

    assert buyer(order).post(f"/orders/{order.number}/problem/withdrawal/").status_code == 302

    assert Dispute.objects.get().state == "WITHDRAWN"
    assert not frozen(order)


def test_the_buyer_withdraws_and_only_this_case_lets_go(order: Order) -> None:
    case = reported(order)
    payments.freeze(order.number, "customs hold")

    actions.withdraw(dispute_number=case.number, at=timezone.now())

    assert list(Freeze.objects.filter(lifted_at=None).values_list("reason", flat=True)) == ["customs hold"]
    with pytest.raises(disputing.CaseOver):
        actions.withdraw(dispute_number=case.number, at=timezone.now())


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"verdict": "partial", "reason_partial": "damaged", "amount": "78.18"}, 422),
        ({"verdict": "partial", "reason_partial": "damaged", "amount": "-1"}, 422),
        ({"verdict": "partial", "reason_partial": "damaged", "amount": "NaN"}, 422),
        ({"verdict": "partial", "reason_partial": "damaged", "amount": "1e400"}, 422),
        ({"verdict": "lines", "reason_lines": "missing"}, 422),
        ({"verdict": "lines", "reason_lines": "missing", "pieces_999999": "1"}, 422),
        ({"verdict": "refund", "reason_refund": "I feel so"}, 422),
        ({"verdict": "accept", "reason_accept": "no-proof"}, 422),
        ({"verdict": "refund", "reason_refund": "unusable", "version": "7"}, 409),
        ({"verdict": "refund", "reason_refund": "unusable", "version": "x"}, 409),
        ({}, 422),
    ],
)
def test_a_wrong_decision_is_refused_in_words_and_changes_nothing(
    order: Order, given: dict[str, str], status: int
) -> None:
    case = reported(order)

    answer = signed_in(staff()).post(
        f"/console/disputes/{case.number}/decision/", {"version": case.version, **given}
    )

    assert answer.status_code == status
    assert len(str(answer.context["refusal"])) > 20
    assert Dispute.objects.get().state == "OPEN"
    assert payments.refunded(order.number).amount == 0
    assert frozen(order)


def test_the_second_decision_is_refused(order: Order) -> None:
    case = reported(order)
    once = partial(actions.decide, dispute_number=case.number, by=staff(), version=case.version, at=NOW)
    once(verdict="partial", reason="late", amount=Money(Decimal(5), "GBP"))

    with pytest.raises(disputing.CaseOver):
        once(verdict="refund", reason="unusable")

    assert f"{payments.refunded(order.number).rounded()}" == "GBP 5.00"


def test_a_late_answer_is_refused_and_the_case_can_be_decided_without_it(order: Order) -> None:
    case = reported(order)
    late = case.answer_by + timedelta(minutes=1)

    with pytest.raises(disputing.AnswerTooLate):
        actions.say(
            dispute_number=case.number, side="seller", author="Mbali", company=order.seller,
            words="Sorry", upload=None, at=late,
        )  # fmt: skip

    assert case.messages.count() == 1


@pytest.mark.parametrize("file", [b"MZ a program", b"%PDF-1.4 cut off", b"\xff\xd8\xff broken"])
def test_a_wrong_file_opens_no_case(order: Order, file: bytes) -> None:
    form = {"reason": "It is torn", "file": SimpleUploadedFile("proof.pdf", file)}

    answer = buyer(order).post(f"/orders/{order.number}/problem/", form)

    assert answer.status_code in {400, 409, 415, 422}
    assert not Dispute.objects.exists()
    assert not frozen(order)
    assert not Document.objects.filter(kind="evidence").exists()


def test_too_late_too_early_and_by_a_stranger(order: Order) -> None:
    with pytest.raises(TooLateToReport):
        actions.report_problem(number=order.number, reason="Too late", at=timezone.now() + timedelta(days=31))
    assert Client().post(f"/orders/{order.number}/problem/", {"reason": "Not mine"}).status_code == 404
    Order.objects.update(state=OrderState.PAID)
    assert buyer(order).post(f"/orders/{order.number}/problem/", {"reason": "Early"}).status_code == 409
    assert not Dispute.objects.exists()


@pytest.mark.parametrize("desk", ["customs", ""])
def test_other_desks_may_not_enter(order: Order, desk: str) -> None:
    case = reported(order)
    client = signed_in(staff(desk or "none"))

    codes = {client.get(f"/console/disputes/{tail}").status_code for tail in ("", f"{case.number}/")}
    codes.add(client.post(f"/console/disputes/{case.number}/decision/", {}).status_code)

    assert codes == {403}
    with pytest.raises(disputing.NotYourDesk):
        actions.take(dispute_number=case.number, by=User.objects.get(desk=desk or "none"))


def test_both_sides_are_told_and_the_evidence_is_only_theirs(
    order: Order, django_capture_on_commit_callbacks
) -> None:
    stranger = Company.objects.create(number="COM-X", slug="x", name="Other", country="KE", currency="KES")
    with django_capture_on_commit_callbacks(execute=True):
        buyer(order).post(f"/orders/{order.number}/problem/", {"reason": "It is torn", "file": photo()})
    for event in Event.objects.filter(name="ProblemReported"):
        notices.tell(event)

    told = Notice.objects.filter(kind="ProblemReported")
    words = {n.company.number: f"{n.title} {n.body}" for n in told if n.company is not None}
    assert len(words) == told.count()
    assert set(words) == {order.seller.number, order.group.buyer.number}
    assert "“It is torn”" in words[order.seller.number]
    assert "UTC" in words[order.group.buyer.number]
    paper = Document.objects.get(kind="evidence").get_absolute_url()
    shown = seller(order).get(paper)
    assert (shown.status_code, shown.getvalue()[:2]) == (200, b"\xff\xd8")
    other = User.objects.create_user("other@x.example", company=stranger)
    assert signed_in(other).get(paper).status_code == 404


def test_a_card_dispute_stands_in_the_same_queue_and_ends_with_the_banks_word(order: Order) -> None:
    """The bank takes GBP 78.17 back for fraud; the seller's money waits; the bank decides for us."""
    Payment.objects.update(charge="ch_1")
    due = timezone.now() + timedelta(days=9)
    stake = Money(Decimal("78.17"), "GBP")
    payments.hear_dispute(DisputeNews("dp_1", "open", "ch_1", stake, "fraudulent", due), at=timezone.now())
    for _ in range(2):
        actions.list_card_dispute(provider_dispute="dp_1")
    other = Dispute.objects.get()
    assert (other.kind, other.deadline, other.provider_reason) == ("card", due, "fraudulent")
    client = signed_in(staff("finance"))
    assert "fraudulent" in client.get("/console/disputes/?kind=card").content.decode()
    form = {"version": other.version, "verdict": "contest", "reason_contest": "proof"}
    assert client.post(f"/console/disputes/{other.number}/decision/", form).status_code == 302
    assert Dispute.objects.get().state == "WITH_BANK"
    assert frozen(order)
    with pytest.raises(disputing.BankDecides):
        actions.withdraw(dispute_number=other.number, at=timezone.now())

    payments.hear_dispute(DisputeNews("dp_1", "won", "ch_1", stake, "fraudulent", due), at=timezone.now())
    actions.end_card_dispute(provider_dispute="dp_1", won=True, at=timezone.now())

    ended = Dispute.objects.get()
    assert (ended.state, ended.verdict, ended.refunded_amount) == ("DECIDED", "contest", Decimal(0))
    assert not frozen(order)
    log = [entry["event"].name for entry in deciding.history(ended)]
    assert log == ["DisputeOpened", "DisputeListed", "DisputeDecided", "DisputeClosed", "DisputeEnded"]


def test_a_changed_history_breaks_its_seal(order: Order) -> None:
    case = reported(order)
    case = actions.decide(
        dispute_number=case.number, by=staff(), version=case.version, verdict="reject",
        reason="as-described", at=timezone.now(),
    )  # fmt: skip
    assert deciding.history(case)[-1]["seal"] == case.seal

    Event.objects.filter(name="ProblemReported").update(payload={"dispute": case.number, "reason": "other"})

    assert deciding.history(case)[-1]["seal"] != case.seal


def test_the_queue_is_sorted_by_deadline_and_open_orders_are_not_completed(order: Order) -> None:
    case = reported(order)
    Order.objects.update(delivered_at=timezone.now() - timedelta(days=20))

    assert tasks.complete_received() == 0

    actions.withdraw(dispute_number=case.number, at=timezone.now())
    assert tasks.complete_received() == 1
    deadlines = list(Dispute.objects.values_list("deadline", flat=True))
    assert deadlines == sorted(deadlines)
