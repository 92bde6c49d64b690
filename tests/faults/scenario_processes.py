"""Kill worker, broker and database under work: every effect once, nothing acknowledged is lost."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
from django.db import DatabaseError, connection, transaction

from marketplace.events.bus import publish
from marketplace.events.models import Delivery, Event
from orders.models import OrderGroup
from tests.faults.house import Buyer, House, group_of
from tests.faults.stock import goods

FACTS = int(os.environ.get("FAULT_FACTS", "300"))
SEED = 20261126


def _strike(house: House, blow: Callable[[], None], pauses: Sequence[float]) -> None:
    """Publish facts while blows fall; every fact must have left one mark in the end."""
    from tests.faults.work import Struck

    Event.objects.filter(name__in=["Mark", "Struck"]).delete()
    promised: list[str] = []

    def blows() -> int:
        for pause in pauses:
            time.sleep(pause)
            blow()
        return len(pauses)

    with ThreadPoolExecutor(1) as crew:
        fallen = crew.submit(blows)
        for number in range(FACTS):
            name = f"FACT-{number}"
            try:
                with transaction.atomic():
                    publish(Struck(subject=name))
                promised.append(name)
            except DatabaseError:
                connection.close()
            time.sleep(sum(pauses) / FACTS)
            house.watch()
        assert fallen.result() == len(pauses)
    news = Delivery.objects.open().filter(event__name="Struck")
    house.within(lambda: not news.exists(), 60, "not every effect came within 60 seconds of the last blow")
    marks = list(Event.objects.filter(name="Mark").values_list("subject", flat=True))
    facts = set(Event.objects.filter(name="Struck").values_list("subject", flat=True))
    assert not set(promised) - facts, f"{len(set(promised) - facts)} acknowledged facts are gone"
    assert not facts - set(marks), f"{len(facts - set(marks))} of {len(facts)} effects are missing"
    assert len(marks) == len(set(marks)), f"{len(marks) - len(set(marks))} effects happened twice"


def kill_9_of_the_worker_tree_every_three_seconds(house: House) -> None:
    """300 jobs, twenty blows in a minute: 300 effects exactly once (plan 10)."""

    def blow() -> None:
        house.kill("worker")
        house.start("worker")

    _strike(house, blow, [3] * 20)


def kill_9_of_the_broker_ten_times(house: House) -> None:
    """300 jobs, ten blows at random: done within 60 s of the last, none twice (plan 11)."""
    dice = random.Random(SEED)  # noqa: S311 - a repeatable order, not a secret
    _strike(house, lambda: house.strike("valkey"), [dice.uniform(0.2, 4) for _ in range(10)])


def kill_9_of_the_database_under_load(house: House) -> None:
    """Orders that were acknowledged are still there; the web recovers alone within 15 s (plan 12)."""
    goods("COFFEE", 200)
    acknowledged: list[str] = []
    stopping = threading.Event()

    def shop() -> None:
        while not stopping.is_set():
            with contextlib.suppress(AssertionError, httpx.HTTPError):
                buyer = Buyer(house)
                buyer.fill({"COFFEE": 1})
                form = buyer.checkout()
                if buyer.order(form).status_code == 302:
                    acknowledged.append(form["key"])

    crew = [threading.Thread(target=shop) for _ in range(3)]
    for one in crew:
        one.start()
    for blow in range(3):
        house.wait(lambda blow=blow: len(acknowledged) > blow, 30, "no order was placed")  # type: ignore[misc]
        house.strike("postgres")
        house.within(house.well, 15, "the web did not recover within 15 seconds")
    stopping.set()
    for one in crew:
        one.join()
    connection.close()
    assert acknowledged, "no order was placed"
    kept = set(OrderGroup.objects.filter(key__in=acknowledged).values_list("key", flat=True))
    assert kept == set(acknowledged), f"{len(set(acknowledged) - kept)} acknowledged orders are gone"
    for key in acknowledged:
        house.age(group_of(key), 90)


HOUSE = (
    kill_9_of_the_worker_tree_every_three_seconds,
    kill_9_of_the_broker_ten_times,
    kill_9_of_the_database_under_load,
)
