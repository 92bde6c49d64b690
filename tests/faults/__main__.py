"""`make faults`: one line for each scenario, `name: held` or `name: broken – what`.

Every `scenario_*.py` names its scenarios: HOUSE are functions of a running house (web, worker and outside
world as processes that may be killed), SCENARIOS need a database only and run as tests too. Words after the
command choose scenarios by a part of their name.
"""

from __future__ import annotations

import os
import re
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
from typing import Any

FOLDER = Path(__file__).parent


def main(words: list[str]) -> int:
    """Run every scenario on servers of their own; asked to end, it ends them too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        var = Path(folder)
        var.chmod(0o755)
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ.update(VAR_DIR=folder, DJANGO_SETTINGS_MODULE="marketplace.settings")
        from marketplace import services
        from tests.faults.house import House

        servers = {server.name: server for server in services.embedded(var)}
        house = House(var, servers)
        try:
            return run(house, words)
        finally:
            house.stop()
            for server in servers.values():
                server.stop()


def named(scenario: Callable[..., object]) -> str:
    return scenario.__name__.replace("_", " ")


def uncompressed() -> AbstractContextManager[Any]:
    """Name the static files by their contents as always, but leave the slow compression out."""
    from django.conf import settings
    from django.test.utils import override_settings

    manifest = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    return override_settings(STORAGES={**settings.STORAGES, "staticfiles": manifest})


def run(house: object, words: list[str]) -> int:
    """Prepare the database, then try each scenario; the laws of the books are the last step of each."""
    from django.core.management import call_command

    from tests.faults import work  # noqa: F401 - sets Django up
    from tests.faults.house import House

    assert isinstance(house, House)
    for server in house.servers.values():
        server.url()
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    with uncompressed():
        call_command("collectstatic", verbosity=0, interactive=False, skip_checks=True)
    found: list[Callable[[House], None]] = []
    for path in sorted(FOLDER.glob("scenario_*.py")):
        found += getattr(import_module(f"tests.faults.{path.stem}"), "HOUSE", ())
    wanted = [one for one in found if not words or any(word in named(one) for word in words)]
    if wanted:
        from tests.orders import world

        world.load(stock=0)
        house.up()
    broken = 0
    for scenario in wanted:
        started, problem = time.monotonic(), ""
        try:
            house.up()
            scenario(house)
            house.check()
        except Exception as trouble:
            problem = " ".join(str(trouble).split())[:300] or type(trouble).__name__
            if os.environ.get("FAULT_TRACE"):
                traceback.print_exc()
                print("\n".join((house.var / "web.log").read_text(errors="replace").splitlines()[-60:]))
        broken += bool(problem)
        print(f"{named(scenario)}: " + (f"broken – {problem}" if problem else "held"), flush=True)
        if os.environ.get("FAULT_TRACE"):
            print(f"  took {time.monotonic() - started:.0f} s", flush=True)
    house.stop()
    if not words or words == ["tests"]:
        broken += tested()
    return 1 if broken else 0


def tested() -> int:
    """Run the scenarios that need no killing; each is a test of this folder."""
    words = ["-m", "pytest", "tests/faults", "-q", "-rA", "-p", "no:randomly", "--tb=no"]
    surroundings = {**os.environ, "FAULT_ROUNDS": os.environ.get("FAULT_ROUNDS", "50")}
    for name in ("SITE_ADDRESS", "SANDBOX_ADDRESS"):
        surroundings.pop(name, None)
    said = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, env=surroundings
    ).stdout
    broken, seen = 0, 0
    for state, name, why in re.findall(
        r"^(PASSED|FAILED|ERROR) \S+?(?:\[|::)([\w ]+)\]?(?: - (.*))?$", said, re.MULTILINE
    ):
        broken += state != "PASSED"
        seen += 1
        result = "held" if state == "PASSED" else f"broken – {why or 'see make test'}"
        print(f"{name.removeprefix('test_').replace('_', ' ')}: {result}", flush=True)
    if not seen:
        print(f"short scenarios: broken – {said[-200:]!r}", flush=True)
    return broken + (not seen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
