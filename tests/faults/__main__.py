"""`make faults`: one line for each scenario, `name: held` or `name: broken – what`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FACTS = int(os.environ.get("FAULT_FACTS", "120"))
PATIENCE = 150


def main() -> int:
    """Run every scenario on servers of their own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        var = Path(folder)
        var.chmod(0o755)
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ.update(VAR_DIR=folder, DJANGO_SETTINGS_MODULE="marketplace.settings")
        from marketplace import services

        servers = {server.name: server for server in services.embedded(var)}
        try:
            return run(servers)
        finally:
            for server in servers.values():
                server.stop()


def run(servers: dict[str, Any]) -> int:
    """Prepare the database, then try each scenario."""
    from django.core.management import call_command

    from tests.faults import work  # noqa: F401 - sets Django up

    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    scenarios: list[tuple[str, Callable[[Worker], None]]] = [
        ("kill -9 of the worker tree every two seconds", lambda worker: worker.kill()),
        ("kill -9 of the broker every two seconds", lambda _worker: strike(servers["valkey"])),
        ("kill -9 of the database every two seconds", lambda _worker: strike(servers["postgres"])),
    ]
    broken = 0
    for name, blow in scenarios:
        problem = scenario(blow)
        broken += bool(problem)
        print(f"{name}: broken – {problem}" if problem else f"{name}: held", flush=True)
    return 1 if broken + tested() else 0


def tested() -> int:
    """Run the scenarios that need no killing; each is a test of this folder."""
    words = ["-m", "pytest", "tests/faults", "-q", "-rA", "-p", "no:randomly", "--tb=no"]
    said = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False).stdout
    broken = 0
    for state, name, why in re.findall(
        r"^(PASSED|FAILED|ERROR) \S+?(?:\[|::)([\w ]+)\]?(?: - (.*))?$", said, re.MULTILINE
    ):
        broken += state != "PASSED"
        result = "held" if state == "PASSED" else f"broken – {why or 'see make test'}"
        print(f"{name.replace('_', ' ')}: {result}", flush=True)
    return broken


class Worker:
    """A worker and a beat under a simple supervisor."""

    def __init__(self) -> None:
        self.log = Path(os.environ["VAR_DIR"], "worker.log").open("ab")
        self.start()

    def start(self) -> None:
        words = ["-m", "celery", "-A", "tests.faults.work", "worker", "-B", "-c", "2", "-l", "WARNING"]
        schedule = ["-s", str(Path(os.environ["VAR_DIR"], f"beat-{time.monotonic_ns()}"))]
        self.process = subprocess.Popen(
            [sys.executable, *words, *schedule], stdout=self.log, stderr=self.log, start_new_session=True
        )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def watch(self) -> None:
        if self.process.poll() is not None:
            self.start()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self.log.close()


def strike(server: Any) -> None:
    """Kill a server; the supervisor starts it again."""
    os.kill(server._known()[1], signal.SIGKILL)
    time.sleep(0.3)
    server.url()


def scenario(blow: Callable[[Worker], None]) -> str:
    """Publish facts while blows fall; return what is wrong in the end, or nothing."""
    from django.db import DatabaseError, connection, transaction

    from marketplace.events.bus import publish
    from marketplace.events.models import Delivery, Event
    from tests.faults.work import Struck

    Event.objects.all().delete()
    worker = Worker()
    promised: list[str] = []
    try:
        blows, next_blow = 0, time.monotonic() + 6
        for number in range(FACTS):
            name = f"FACT-{number}"
            try:
                with transaction.atomic():
                    publish(Struck(subject=name))
                promised.append(name)
            except DatabaseError:
                connection.close()
            time.sleep(0.1)
            if blows < 4 and time.monotonic() > next_blow:
                blow(worker)
                blows, next_blow = blows + 1, time.monotonic() + 2
            worker.watch()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            worker.watch()
            try:
                if not Delivery.objects.open().exists():
                    break
            except DatabaseError:
                connection.close()
            time.sleep(0.5)
        marks = list(Event.objects.filter(name="Mark").values_list("subject", flat=True))
        facts = set(Event.objects.filter(name="Struck").values_list("subject", flat=True))
    finally:
        worker.stop()
    if lost := set(promised) - facts:
        return f"{len(lost)} acknowledged facts are gone"
    if missing := facts - set(marks):
        return f"{len(missing)} of {len(facts)} effects are missing"
    if len(marks) != len(set(marks)):
        return f"{len(marks) - len(set(marks))} effects happened twice"
    return ""


if __name__ == "__main__":
    sys.exit(main())
