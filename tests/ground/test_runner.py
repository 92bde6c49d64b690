"""`make run` takes its own processes down, also those that do not want to go, and takes little memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from marketplace import runner
from marketplace.celery import app

# Each of these has a helper of its own in its group, as a web server has workers.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
inside = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
helper = subprocess.Popen([sys.executable, "-c", inside])
print(helper.pid, flush=True)
time.sleep(600)
"""
FORGETFUL = """
import subprocess, sys, time
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(helper.pid, flush=True)
time.sleep(600)
"""


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def helper_of(house: runner.House, name: str) -> int:
    """Wait for the number that the program writes into its log."""
    log = house.log / f"{name}.log"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if log.exists() and (text := log.read_text().strip()):
            return int(text)
        time.sleep(0.05)
    raise AssertionError(f"{name} did not start")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("program", [STUBBORN, FORGETFUL])
def test_no_process_is_left_when_stop_returns(tmp_path, monkeypatch, program):
    monkeypatch.setattr(runner, "PATIENCE", 1.0)
    command = [sys.executable, "-c", program]
    house = runner.House(tmp_path, dict(os.environ), {"work": command})
    house.start("work")
    house.start_once("once", command)
    pids = [
        house.children["work"].pid,
        house.passing[0].pid,
        *(helper_of(house, n) for n in ("work", "once")),
    ]
    assert all(map(lives, pids))

    house.stop()

    assert not any(map(lives, pids))


def test_a_taken_port_gives_the_next_free_one():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        taken = held.getsockname()[1]

        assert taken < runner.free_from(taken) <= taken + 200


def test_the_clock_knows_the_schedule_and_loads_no_room():
    asked = (
        "from marketplace.clock import clock; from django.apps import apps;"
        "print(*sorted(clock().conf.beat_schedule), apps.ready)"
    )

    said = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    ).stdout.split()

    assert said == [*sorted(app.conf.beat_schedule), "False"]


def test_a_process_that_draws_no_paper_and_reads_no_workbook_does_not_carry_the_packages():
    heavy = ("openpyxl", "reportlab", "stripe", "numpy")
    asked = (
        "import os, sys; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'marketplace.settings');"
        "import django; django.setup(); from django.urls import resolve; resolve('/');"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "[]"
