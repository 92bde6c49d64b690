"""A real Chromium in front of a real shop, with the outside world as its own process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import psycopg2
import pytest
from django.conf import settings
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.shop import PATIENCE, Shop

ROOT: Final = Path(__file__).resolve().parents[2]
FLAGS: Final = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Chromium once."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        pytest.skip("no Chromium was found")
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def free_port() -> int:
    """Ask the machine for a free port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def own_database(name: str, sql: str) -> None:
    """Create or drop a database beside the others."""
    facts = settings.DATABASES["default"]
    connection = psycopg2.connect(
        dbname="postgres", user=facts["USER"], password=facts["PASSWORD"] or None, host=facts["HOST"] or None,
        port=facts["PORT"] or None,
    )  # fmt: skip
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if sql == "create":
            cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()


def database_url(name: str) -> str:
    """Write the address of a database beside the others."""
    facts = settings.DATABASES["default"]
    who = quote(facts["USER"], safe="")
    if facts["PASSWORD"]:
        who += ":" + quote(facts["PASSWORD"], safe="")
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    return f"postgresql://{who}@{facts['HOST']}{port}/{name}"


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[dict[str, str]]:
    """Run shop and outside world, each as a process, on a database of their own."""
    name = f"browser_{Path(str(settings.DATABASES['default']['NAME'])).name}_{worker_id}"[:60]
    own_database(name, "create")
    var = tmp_path_factory.mktemp("browser")
    shop, outside = free_port(), free_port()
    addresses = {"shop": f"http://127.0.0.1:{shop}", "outside": f"http://127.0.0.1:{outside}"}
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))},
        "DATABASE_URL": database_url(name), "REDIS_URL": settings.REDIS_URL, "VAR_DIR": str(var),
        "SITE_ADDRESS": addresses["shop"], "SANDBOX_ADDRESS": addresses["outside"],
        "STRIPE_API_BASE": addresses["outside"], "DEBUG": "1", "DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "marketplace.settings", "WORLD": name, "WORLD_PORT": str(shop),
        "WORLD_READY": str(var / "ready"), "PAYOUT_TWO_PEOPLE_EUR": "1",
    }  # fmt: skip
    log = (var / "log").open("w")
    start = [sys.executable, "-m"]
    kept: dict[str, Any] = {"cwd": ROOT, "env": environment, "stdout": log, "stderr": log}
    processes = [
        subprocess.Popen([*start, "marketplace.sandbox", "--port", str(outside)], **kept),
        subprocess.Popen([*start, "tests.browser.world"], **kept),
    ]
    try:
        _wait(var, processes, addresses)
        yield {**addresses, "numbers": (var / "ready").read_text()}
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(PATIENCE)
        log.close()
        own_database(name, "drop")


def _wait(var: Path, processes: list[subprocess.Popen[bytes]], addresses: dict[str, str]) -> None:
    until = time.monotonic() + 5 * PATIENCE
    while not (var / "ready").exists():
        if time.monotonic() > until or any(process.poll() is not None for process in processes):
            pytest.fail((var / "log").read_text()[-4000:])
        time.sleep(0.2)
    httpx.get(addresses["outside"])
    httpx.get(f"{addresses['shop']}/healthz/")


@pytest.fixture
def shop(chromium: Browser, world: dict[str, str]) -> Iterator[Shop]:
    """Give the steps that people take in this shop; every window is closed afterwards."""
    steps = Shop(chromium, world["shop"], world["outside"], json.loads(world["numbers"]))
    yield steps
    steps.close()
