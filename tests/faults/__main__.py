"""`make faults`: one line for each of the twenty faults, `number words (seconds): held` or `… broken – what`.

`plan.py` numbers them. Every `scenario_*.py` names its scenarios: HOUSE are functions of a running house
(web, worker and outside world as processes that may be killed), SCENARIOS need a database only and run as
tests too, on servers of their own. Words after the command choose by number or by a part of a name.
What a busy machine cannot show is `not judged`, which is no success either.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tests.faults.plan import PLAN, named, number_of

FOLDER = Path(__file__).parent
LOGS: Final = FOLDER.parents[1] / "var" / "faults"  # what the programs of the last run said
TESTS: Final = LOGS / "tests.log"
FIRST: Final = 19  # the load is measured while nothing else runs
LAST: Final = 20  # differences are sought in all that this run did


class Report:
    """What was found; a fault's line is printed when the last of its scenarios is done."""

    def __init__(self, words: list[str]) -> None:
        self.words, self.found = words, dict[str, str]()
        self.seconds, self.bad = dict[int, float](), 0

    def wanted(self, name: str) -> bool:
        """Tell whether the words of the command choose this scenario."""
        number = str(number_of(name))
        return not self.words or any(
            word == number if word.isdigit() else word in named(name) for word in self.words
        )

    def add(self, name: str, problem: str, seconds: float = 0) -> None:
        """Keep one result: what is broken, nothing, or why it was not judged."""
        self.found[name] = problem
        number = number_of(name)
        self.seconds[number] = self.seconds.get(number, 0) + seconds
        self.bad += bool(problem)
        parts = [one for one in PLAN.get(number, ("", (name,)))[1] if self.wanted(one)]
        if all(one in self.found for one in parts):
            self._line(number, PLAN[number][0] if number else named(name), parts)

    def _line(self, number: int, words: str, parts: list[str]) -> None:
        problems = [self.found[one] for one in parts if self.found[one]]
        said = "; ".join(problems) or "held"
        sys.stdout.write(f"{number or '  ':>2} {words} ({self.seconds[number]:.0f} s): {said}\n")
        sys.stdout.flush()

    def close(self) -> int:
        """Say what never ran and where to read on; give the number of scenarios that did not hold."""
        for number, (words, parts) in PLAN.items():
            for name in parts:
                if self.wanted(name) and name not in self.found:
                    self.bad += 1
                    sys.stdout.write(f"{number:>2} {words}: broken – {named(name)} did not run\n")
        if self.bad:
            sys.stdout.write(f"What the programs said lies in {LOGS.relative_to(LOGS.parents[1])}/\n")
        return self.bad


def main(words: list[str]) -> int:
    """Run every scenario on servers of their own; asked to end, it ends them too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    # What the rooms tell of a blow belongs into a log, not between the lines.
    logging.basicConfig(filename=LOGS / "run.log", format="%(asctime)s %(name)s: %(message)s")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        var = Path(folder)
        var.chmod(0o755)
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ.update(VAR_DIR=folder, DJANGO_SETTINGS_MODULE="marketplace.settings")
        from marketplace import services
        from tests.faults.house import House

        (var / "tests").mkdir(mode=0o755)
        servers = {server.name: server for server in services.embedded(var)}
        house = House(var, servers, LOGS)
        try:
            return run(house, words)
        finally:
            house.stop()
            for server in (*servers.values(), *services.embedded(var / "tests")):
                server.stop()


def uncompressed() -> AbstractContextManager[Any]:
    """Name the static files by their contents as always, but leave the slow compression out."""
    from django.conf import settings
    from django.test.utils import override_settings

    manifest = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    return override_settings(STORAGES={**settings.STORAGES, "staticfiles": manifest})


def prepare(house: Any) -> None:
    """Make the database, the static files and a small world; start the programs once for all scenarios."""
    from django.core.management import call_command

    for server in house.servers.values():
        server.url()
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    with uncompressed():
        call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
    from tests.orders import world

    world.load(stock=0)
    house.up()


def run(house: Any, words: list[str]) -> int:
    """Try each scenario; the laws of the books are the last step of each."""
    from tests.faults import work  # noqa: F401 - sets Django up
    from tests.faults.judging import machine_ticks, others_share

    report, start = Report(words), machine_ticks()
    found: list[Callable[[Any], None]] = []
    for path in sorted(FOLDER.glob("scenario_*.py")):
        found += getattr(import_module(f"tests.faults.{path.stem}"), "HOUSE", ())
    found = [one for one in found if report.wanted(one.__name__)]
    found.sort(key=lambda one: {FIRST: -1, LAST: 99}.get(number_of(one.__name__), number_of(one.__name__)))
    alive = {one.__name__ for one in found}
    short = [name for _words, names in PLAN.values() for name in names if report.wanted(name)]
    short = [name for name in short if name not in alive]
    if found:
        prepare(house)
    tests = None
    for scenario in found:
        quiet = others_share(start, machine_ticks()) < 0.25
        if short and tests is None and quiet and number_of(scenario.__name__) != FIRST:
            tests = short_ones(house.var / "tests", short)  # on a quiet machine beside the house
        started = time.monotonic()
        problem = attempt(house, scenario)
        report.add(scenario.__name__, problem, time.monotonic() - started)
    house.stop()
    if short:
        hear(tests or short_ones(house.var / "tests", short), report)
    return 1 if report.close() else 0


def attempt(house: Any, scenario: Callable[[Any], None]) -> str:
    """Run one scenario of the house; give what is broken, or nothing."""
    from tests.faults.judging import NotJudged

    try:
        house.up()
        scenario(house)
        house.check()
    except NotJudged as reason:
        return f"not judged – {reason}"
    except Exception as trouble:
        if os.environ.get("FAULT_TRACE"):
            traceback.print_exc()
            for log in sorted(house.logs.glob("*.log")):
                last = log.read_text(errors="replace").splitlines()[-60:]
                sys.stdout.write("\n".join([f"--- {log.name}", *last]) + "\n")
        return "broken – " + (" ".join(str(trouble).split())[:900] or type(trouble).__name__)
    return ""


def short_ones(var: Path, names: list[str]) -> subprocess.Popen[bytes]:
    """Start the scenarios that need no killing; each is a test of this folder, on servers of its own."""
    words = ["-m", "pytest", "tests/faults/test_payments.py", "tests/faults/test_machine.py"]
    words += ["-q", "-rA", "-p", "no:randomly", "--tb=short", "--durations=0", "--durations-min=0"]
    words += ["-k", " or ".join(names)]
    rounds = os.environ.get("FAULT_ROUNDS", "50")
    # In a narrow window the summary leaves the reason of a failure out.
    surroundings = {**os.environ, "FAULT_ROUNDS": rounds, "VAR_DIR": str(var), "COLUMNS": "1000"}
    for name in ("SITE_ADDRESS", "SANDBOX_ADDRESS"):
        surroundings.pop(name, None)
    with TESTS.open("wb") as log:
        return subprocess.Popen([sys.executable, *words], stdout=log, stderr=log, env=surroundings)


def hear(tests: subprocess.Popen[bytes], report: Report) -> None:
    """Wait for the short scenarios and keep what they found."""
    tests.wait()
    said = TESTS.read_text(errors="replace")
    took = re.findall(r"^([\d.]+)s call\s+\S+?(?:\[|::)(\w+)\]?$", said, re.MULTILINE)
    seconds = {name.removeprefix("test_"): float(number) for number, name in took}
    for state, full, why in re.findall(
        r"^(PASSED|FAILED|ERROR) \S+?(?:\[|::)(\w+)\]?(?: - (.*))?$", said, re.MULTILINE
    ):
        name = full.removeprefix("test_")
        problem = "" if state == "PASSED" else f"broken – {why[:300] or 'see var/faults/tests.log'}"
        report.add(name, problem, seconds.get(name, 0))
    if tests.returncode not in {0, 1, 5}:
        sys.stdout.write(f"short scenarios: broken – {said[-300:]!r}\n")
        report.bad += 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
