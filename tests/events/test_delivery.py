"""News arrives: once in effect, though the bell may ring never, late or twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from marketplace.events import bus
from marketplace.events.bus import Fact, publish, subscriber
from marketplace.events.models import PATIENCE, Delivery, Event
from marketplace.events.tasks import sweep

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, kw_only=True)
class BellTested(Fact):
    """A fact of these tests."""


mood = {"broken": 0}


@subscriber
def write_it_down(event: Event) -> None:
    """Leave an effect behind, then stumble when told to."""
    Event.objects.create(name="Effect", subject=event.subject, payload={})
    if mood["broken"] > 0:
        mood["broken"] -= 1
        raise ValueError("the pen broke")


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    bus.subscribe({BellTested: [write_it_down]})
    yield
    bus._subscribers.pop("BellTested")
    mood["broken"] = 0


def effects() -> int:
    return Event.objects.filter(name="Effect").count()


def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(write_it_down, "delay", away)


def test_a_fact_has_its_effect_after_the_commit() -> None:
    with transaction.atomic():
        publish(BellTested(subject="X-1"))
        assert effects() == 0

    assert effects() == 1
    assert Delivery.objects.get().done_at is not None


def test_a_fact_of_a_failed_transaction_never_happened() -> None:
    with transaction.atomic():
        publish(BellTested(subject="X-1"))
        transaction.set_rollback(True)

    assert (Event.objects.count(), Delivery.objects.count()) == (0, 0)


def test_a_bell_that_rings_five_times_has_one_effect() -> None:
    publish(BellTested(subject="X-1"))

    for _ in range(4):
        write_it_down.delay(delivery_id=Delivery.objects.get().pk)

    assert effects() == 1


def test_a_missing_broker_fails_no_request_and_the_sweeper_rings_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        silent(patch)
        publish(BellTested(subject="X-1"))
    assert (effects(), sweep()) == (0, 0)

    Delivery.objects.update(due_at=timezone.now())

    assert (sweep(), effects(), sweep()) == (1, 1, 0)


def test_a_lost_bell_of_a_fast_clock_is_rung_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        silent(patch)
        publish(BellTested(subject="X-1"))
    Delivery.objects.update(due_at=timezone.now() + timedelta(minutes=20))

    assert (sweep(), effects()) == (1, 1)


def test_a_failure_undoes_its_effect_and_is_tried_again() -> None:
    mood["broken"] = 1
    with pytest.raises(ValueError, match="the pen broke"):
        publish(BellTested(subject="X-1"))
    delivery = Delivery.objects.get()
    assert (effects(), delivery.attempts, delivery.last_error) == (0, 1, "ValueError: the pen broke")
    assert timedelta(0) < delivery.due_at - timezone.now() <= timedelta(seconds=5)

    Delivery.objects.update(due_at=timezone.now())
    sweep()

    assert effects() == 1


def test_what_fails_too_often_waits_for_a_person() -> None:
    mood["broken"] = PATIENCE
    with pytest.raises(ValueError, match="pen"):
        publish(BellTested(subject="X-1"))
    for _ in range(PATIENCE - 1):
        Delivery.objects.update(due_at=timezone.now())
        with pytest.raises(ValueError, match="pen"):
            sweep()

    assert Delivery.objects.given_up().count() == 1
    assert sweep() == 0
    assert effects() == 0


def test_a_subscriber_that_is_gone_is_noted() -> None:
    event = Event.objects.create(name="Old", subject="X-1", payload={})
    Delivery.objects.create(event=event, subscriber="rooms.gone", due_at=timezone.now())
    assert "rooms.gone" not in current_app.tasks

    sweep()

    assert Delivery.objects.get().last_error == "Nobody answers to rooms.gone."
