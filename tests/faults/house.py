"""A whole house for faults: real web, worker and outside world, started, killed and watched by process id."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from marketplace import env
from marketplace.embedded.server import Server
from marketplace.runner import die_with_parent
from tests.faults.judging import judge, machine_ticks, patience

TOKEN: Final = "faultsfaultsfaultsfaultsfaultsfa"
ADDRESS: Final = {
    "email": "jana@mail.example", "name": "Jana Richter", "street": "Main street 14", "country": "DE",
    "postal_code": "10115", "town": "Berlin", "phone": "+49 30 5550 0172",
}  # fmt: skip
SERIAL: Final = itertools.count(1)
GOOD_CARD: Final = "4242424242424242"
# Loaded once: each client would read all the authorities of the world again, though nobody here speaks TLS.
TLS: Final = ssl.create_default_context()
# For single calls: a line of its own for each, as a killed program leaves dead ones behind.
PHONE: Final = httpx.Client(
    verify=TLS, timeout=60, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """The processes of one run; every scenario may kill them, the house starts them again."""

    def __init__(self, var: Path, servers: dict[str, Server], logs: Path) -> None:
        self.var, self.servers, self.logs = var, servers, logs
        self.port, self.outside_port = free_port(), free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.outside = f"http://127.0.0.1:{self.outside_port}"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.guard = threading.Lock()
        self.skew: dict[str, int] = {}  # seconds by which a program's clock is wrong
        os.environ.update(
            SITE_ADDRESS=self.address,
            SANDBOX_ADDRESS=self.outside,
            PAYMENT_SILENCE_SECONDS="4",
            DEMO="1",
            EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        )

    def command(self, name: str) -> list[str]:
        """Give the command of a process."""
        web = ["-m", "gunicorn", "tests.faults.web", "--preload", "--workers", "2", "--threads", "8"]
        beat = str(self.var / f"beat-{time.monotonic_ns()}")
        return [
            sys.executable,
            *{
                "web": [*web, "--bind", f"127.0.0.1:{self.port}", "--backlog", "256", "--timeout", "60"],
                "worker": [
                    *("-m", "celery", "-A", "tests.faults.work", "worker", "-B", "-c", "2"),
                    *("-l", "WARNING", "-s", beat),
                ],
                "sandbox": ["-m", "marketplace.sandbox", "--port", str(self.outside_port)],
            }[name],
        ]

    def start(self, *names: str) -> None:
        """Start processes with a log each; one that runs already stays the only one of its name."""
        with self.guard:
            for name in names:
                if name not in self.running:
                    self._start(name)

    def _start(self, name: str) -> None:
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.command(name),
                stdout=log,
                stderr=log,
                cwd=env.BASE_DIR,
                env={**os.environ, "FAULT_POINTS": "1", "FAULT_SKEW": str(self.skew.get(name, 0))},
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509
            )

    def kill(self, name: str) -> None:
        """Kill a process with its children, at once, and wait until it is gone."""
        with self.guard:
            if process := self.running.pop(name, None):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def strike(self, server: str) -> None:
        """Kill the database or the broker; a supervisor starts it again."""
        known = self.servers[server]._known()
        if known:
            os.kill(known[1], signal.SIGKILL)
        time.sleep(0.3)
        self.servers[server].url()

    def watch(self) -> None:
        """Start again what ended by itself."""
        with self.guard:
            for name, process in list(self.running.items()):
                if process.poll() is not None:
                    self._start(name)

    def up(self) -> None:
        """Have web, worker and outside world answer."""
        self.start("web", "worker", "sandbox")
        self.wait(self.well, 90, "the house did not come up")

    def well(self) -> bool:
        """Tell whether every part answers."""
        self.watch()
        with contextlib.suppress(httpx.HTTPError):
            inside = PHONE.get(f"{self.address}/healthz/", timeout=5).status_code
            return inside == 200 and PHONE.get(f"{self.outside}/sandbox/knobs", timeout=5).status_code == 200
        return False

    def stop(self) -> None:
        """End everything that was started here."""
        for name in list(self.running):
            self.kill(name)

    def wait(self, done: Callable[[], object], seconds: float, problem: str) -> None:
        """Wait until something is so, else say what is not; on a busy machine with more patience."""
        from django.db import DatabaseError, connection

        started, slower = time.monotonic(), patience()
        while time.monotonic() - started < seconds * slower:
            slower = max(slower, patience())
            self.watch()
            try:
                if done():
                    return
            except DatabaseError:
                connection.close()
            time.sleep(0.1)
        raise AssertionError(problem)

    def within(self, done: Callable[[], object], seconds: float, problem: str) -> None:
        """Wait until something is so; later than so many seconds is broken, unless others had the machine."""
        started, before = time.monotonic(), machine_ticks()
        self.wait(done, seconds, problem)
        took = time.monotonic() - started
        if took > seconds:
            judge(before, f"{problem} ({took:.0f} s)")

    def settle(self, seconds: float = 60) -> None:
        """Wait until all news has arrived where it should."""
        from marketplace.events.models import Delivery
        from orders.payments.models import WebhookMessage

        def quiet() -> bool:
            open_news = (
                Delivery.objects.open()
                .exclude(subscriber__contains="customs")
                .exclude(subscriber__contains="logistics")
            )
            return not open_news.exists() and not WebhookMessage.objects.filter(understood_at=None).exists()

        self.wait(quiet, seconds, "the news did not settle")

    def knobs(self, **values: object) -> None:
        """Turn the outside world's knobs."""
        PHONE.post(f"{self.outside}/sandbox/knobs", json=values).raise_for_status()

    def clock(self, seconds: int) -> None:
        """Move the outside world's clock forward."""
        PHONE.post(f"{self.outside}/sandbox/clock", json={"seconds": seconds}).raise_for_status()

    def things(self, kind: str, **where: object) -> list[dict[str, Any]]:
        """Read what the outside world knows, in its own tables."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT body FROM sandbox.thing WHERE kind = %s AND body @> %s::jsonb ORDER BY seq",
                [kind, json.dumps(where)],
            )
            return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]

    def age(self, group: str, minutes: int) -> None:
        """Let time pass for one purchase: its goods, its payment, its page."""
        from django.db import connection

        step = f"interval '{minutes} minutes'"
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE orders_ordergroup SET pay_until = pay_until - {step} WHERE number = %s",  # noqa: S608
                [group],
            )
            cursor.execute(
                f"UPDATE payments_payment SET expires_at = expires_at - {step}, "  # noqa: S608
                f"page_expires_at = page_expires_at - {step}, created_at = created_at - {step}, "
                f"looked_up_at = looked_up_at - {step} WHERE reference = %s",
                [group],
            )
            cursor.execute(
                f"UPDATE warehousing_reservation SET expires_at = expires_at - {step} WHERE reference IN "  # noqa: S608
                "(SELECT o.number FROM orders_order o JOIN orders_ordergroup g ON g.id = o.group_id "
                "WHERE g.number = %s)",
                [group],
            )

    def problems(self) -> list[str]:
        """Ask the books for their laws, and compare every charge and refund with the outside world."""
        from orders.payments import books
        from orders.payments.models import Payment, Refund

        found = [f"{proof.law}: {proof.broken}" for proof in books.prove() if not proof.holds]
        charges = {row["id"] for row in self.things("charge", status="succeeded")}
        known = set(
            Payment.objects.filter(state="PAID", charge__startswith="ch_").values_list("charge", flat=True)
        )
        found += [f"charge {one} is not in our books" for one in sorted(charges - known)[:3]]
        found += [f"charge {one} is unknown to the provider" for one in sorted(known - charges)[:3]]
        given = {row["id"] for row in self.things("refund")}
        told = set(Refund.objects.exclude(provider_refund="").values_list("provider_refund", flat=True))
        found += [f"refund {one} is not in our books" for one in sorted(given - told)[:3]]
        found += [f"refund {one} is unknown to the provider" for one in sorted(told - given)[:3]]
        return found

    def check(self) -> None:
        """Raise AssertionError unless all laws hold and every process is well."""
        self.wait(lambda: not self.problems(), 20, "; ".join(self.problems()) or "the laws held late")
        self.wait(self.well, 30, "a process is not well")


class Buyer:
    """A person with a browser of their own."""

    def __init__(self, house: House) -> None:
        self.house = house
        # A person of her own: many orders of one buyer are held, as if one sale were split under a limit.
        n = next(SERIAL)
        self.address = {**ADDRESS, "email": f"jana{n}@mail.example", "name": f"Jana Richter {n}"}
        self.http = httpx.Client(
            base_url=house.address,
            verify=TLS,
            timeout=60,
            cookies={"csrftoken": TOKEN},
            headers={"X-CSRFToken": TOKEN},
            trust_env=False,
        )

    def fill(self, lines: dict[str, int], *, ship_to: str = "DE-10115", currency: str = "EUR") -> None:
        """Choose where to deliver, and put goods into the cart."""
        self.http.get("/cart/", params={"ship_to": ship_to, "currency": currency})
        for sku, quantity in lines.items():
            answer = self.http.post("/cart/lines/", data={"sku": sku, "quantity": str(quantity)})
            assert answer.status_code == 302, (answer.status_code, answer.text[:200])

    def checkout(self) -> dict[str, str]:
        """Open the checkout and read what its form sends."""
        page = self.http.get("/checkout/")
        assert page.status_code == 200, page.status_code
        fields = {}
        for name in ("key", "quote"):
            tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page.text)
            value = tag and re.search(r'value="([^"]*)"', tag.group(0))
            assert value, f"no field {name}"
            fields[name] = value.group(1)
        return {**self.address, **fields}

    def order(self, form: dict[str, str]) -> httpx.Response:
        """Press the order button."""
        return self.http.post("/checkout/", data=form)

    def buy(self, lines: dict[str, int], card: str = GOOD_CARD) -> str:
        """Go the whole way and give the purchase's number."""
        self.fill(lines)
        form = self.checkout()
        page = self.order(form)
        assert page.status_code == 302, page.status_code
        pay(page.headers["location"], card)
        return group_of(form["key"])


def group_of(key: str) -> str:
    """Give the number of the purchase that a checkout's key made."""
    from orders.models import OrderGroup

    return OrderGroup.objects.get(key=key).number


def pay(page: str, card: str = GOOD_CARD, **more: str) -> httpx.Response:
    """Type a card on the provider's page."""
    return PHONE.post(page, data={"card": card, **more}, timeout=30)


def together(works: Sequence[Callable[[], Any]], threads: int) -> list[Any]:
    """Do all works from so many threads; give results in their order, exceptions as they are."""
    from django.db import connection

    results: list[Any] = [None] * len(works)
    numbers: Iterator[int] = iter(range(len(works)))
    guard = threading.Lock()

    def run() -> None:
        while True:
            with guard:
                number = next(numbers, None)
            if number is None:
                break
            try:
                results[number] = works[number]()
            except Exception as problem:
                results[number] = problem
        connection.close()

    crew = [threading.Thread(target=run) for _ in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    return results
