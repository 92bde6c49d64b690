"""What the books must notice or outlive: differences, clocks that disagree, a full disk (plan 20)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from django.db import DatabaseError, connection
from django.utils import timezone

from orders.models import OrderGroup
from orders.payments import actions
from orders.payments.models import Payment, Refund
from tests.faults.house import PHONE, Buyer, House, group_of, pay
from tests.faults.judging import NotJudged
from tests.faults.stock import goods

AHEAD: Final = timedelta(hours=3)
SPARE: Final = 24 * 1024 * 1024


def _differences() -> list[tuple[str, str]]:
    now = timezone.now()
    found = actions.reconcile_provider(since=now - AHEAD, until=now + AHEAD, at=now)
    return sorted((case.kind, case.reference) for case in found)


def six_differences_are_found_and_none_is_invented(house: House) -> None:
    """All that happened in this run fits to the cent; six injected differences are six cases."""
    goods("COFFEE", 60)
    groups = [Buyer(house).buy({"COFFEE": 1}) for _ in range(5)]
    paid = Payment.objects.filter(reference__in=groups, state="PAID")
    taken = OrderGroup.objects.filter(number__in=groups, state="PAID")
    house.wait(lambda: taken.count() == 5, 60, "not every payment was heard of")
    back = OrderGroup.objects.get(number=groups[4]).orders.get().number
    actions.refund(back, None, "test", f"difference-{back}")
    given = Refund.objects.filter(key=f"difference-{back}", state="DONE")
    house.wait(given.exists, 60, "the refund was not heard of")
    house.settle()
    assert _differences() == [], _differences()

    charges = dict(paid.values_list("reference", "charge"))
    injected = [
        ("missing_here", ""),
        ("missing_there", charges[groups[0]]),
        ("amount", charges[groups[1]]),
        ("currency", charges[groups[2]]),
        ("missing_there", charges[groups[3]]),
        ("amount", given.get().provider_refund),
    ]
    for kind, source in injected:
        address = f"{house.outside}/sandbox/difference"
        PHONE.post(address, json={"kind": kind, "source": source}).raise_for_status()

    found = _differences()

    assert found == sorted((kind, source or "ch_of_nobody") for kind, source in injected), found
    assert _differences() == found


def clocks_that_are_ten_minutes_apart(house: House) -> None:
    """Web ten minutes fast and worker ten minutes slow, then the other way: paid, or refused in words."""
    goods("COFFEE", 60)
    try:
        for web, worker in ((600, -600), (-600, 600)):
            house.kill("web")
            house.kill("worker")
            house.skew = {"web": web, "worker": worker}
            house.up()
            buyer = Buyer(house)
            buyer.fill({"COFFEE": 1})
            form = buyer.checkout()
            answer = buyer.order(form)
            assert answer.status_code in {302, 503, 422, 409}, answer.status_code
            if answer.status_code == 302:
                pay(answer.headers["location"])
                paid = OrderGroup.objects.filter(number=group_of(form["key"]), state="PAID")
                house.wait(paid.exists, 60, f"web {web:+} s: the payment was not heard of")
            else:
                assert "payment service" in answer.text, answer.text[:200]
                house.age(group_of(form["key"]), 90)
    finally:
        house.skew = {}
        house.kill("web")
        house.kill("worker")
        house.up()
    house.settle()


def _run(program: str, *words: str) -> bool:
    """Run a program of the system; tell whether it did."""
    found = shutil.which(program)
    return found is not None and subprocess.run([found, *words], check=False).returncode == 0


@contextmanager
def _small_disk(house: House) -> Iterator[Path]:
    """Let the database live on a file system with little left; needs the right to mount."""
    data = house.servers["postgres"].folder / "data"
    aside = data.with_name("data.aside")
    house.servers["postgres"].stop()
    data.rename(aside)
    data.mkdir(mode=0o700)
    owner = aside.stat()
    size = sum(one.stat().st_size for one in aside.rglob("*") if one.is_file()) + SPARE
    options = f"size={size},mode=0700,uid={owner.st_uid},gid={owner.st_gid}"
    mounted = _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(data))
    try:
        if not mounted:
            raise NotJudged("a small file system needs the right to mount one")
        assert _run("cp", "-a", f"{aside}/.", str(data)), "the data did not fit"
        house.servers["postgres"].url()
        yield data
    finally:
        house.servers["postgres"].stop()
        if mounted:
            try:
                (data / "ballast").unlink(missing_ok=True)
                shutil.rmtree(aside)
                _run("cp", "-a", str(data), str(aside))
            finally:
                _run("umount", "-l", str(data))
        data.rmdir()
        aside.rename(data)
        house.servers["postgres"].url()
        connection.close()


def _fill(folder: Path) -> None:
    """Leave no byte free."""
    with suppress(OSError), (folder / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"x" * 65_536)


def a_full_disk(house: House) -> None:
    """With no byte left nobody is told of an order that is not kept; with room again the shop goes on."""
    goods("COFFEE", 400)
    told: list[str] = []
    refused: list[int] = []
    with _small_disk(house) as disk:
        house.wait(house.well, 60, "the house did not come up on the small disk")
        told.append(_order(house, refused))
        _fill(disk)
        for _ in range(40):
            told.append(_order(house, refused))
            if len(refused) >= 3:
                break
        assert refused, "40 orders fitted on a full disk"
        assert set(refused) <= {0, 500, 503}, refused
        (disk / "ballast").unlink()
        house.servers["postgres"].url()
        house.wait(house.well, 60, "the house did not recover when there was room again")
        after = _order(house, [])
        assert after, "no order could be placed when there was room again"
        told.append(after)
        house.settle()
    house.wait(house.well, 60, "the house did not come back to its own disk")
    keys = {key for key in told if key}
    kept = set(OrderGroup.objects.filter(key__in=keys).values_list("key", flat=True))
    assert kept == keys, f"{len(keys - kept)} acknowledged orders are gone"
    for key in keys:
        house.age(group_of(key), 90)


def _order(house: House, refused: list[int]) -> str:
    """Place an order; give its key when it was acknowledged, else note the answer (0: none)."""
    buyer = Buyer(house)
    with buyer.http, suppress(AssertionError, DatabaseError, AttributeError):
        try:
            buyer.fill({"COFFEE": 1})
            form = buyer.checkout()
            answer = buyer.order(form)
        except httpx.HTTPError:
            refused.append(0)
            return ""
        if answer.status_code == 302:
            return form["key"]
        refused.append(answer.status_code)
        return ""
    refused.append(500)
    return ""


HOUSE = (six_differences_are_found_and_none_is_invented, clocks_that_are_ten_minutes_apart, a_full_disk)
