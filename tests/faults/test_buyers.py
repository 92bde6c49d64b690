"""Fifty buyers for the last ten pieces, against a real web program as `make run` starts it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.db import connection

from marketplace import env, runner
from marketplace.sandbox.app import Sandbox
from tests.browser.conftest import database_url, free_port
from tests.faults import scenario_buyers, stock
from tests.orders import world

# Every thread of the race has a connection of its own.
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(sandbox: Sandbox, tmp_path: Path) -> Iterator[str]:
    """Start gunicorn with the command of `make run` on the test's own database."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))},
        "DATABASE_URL": database_url(str(connection.settings_dict["NAME"])),
        "REDIS_URL": settings.REDIS_URL, "SITE_ADDRESS": address, "SANDBOX_ADDRESS": sandbox.address,
        "STRIPE_API_BASE": sandbox.address, "VAR_DIR": str(settings.VAR_DIR), "DEBUG": "1", "DEMO": "1",
    }  # fmt: skip
    with (tmp_path / "web.log").open("wb") as log:
        web = subprocess.Popen(
            runner.programs(port, 0)["web"], cwd=env.BASE_DIR, env=environment, stdout=log, stderr=log
        )
        try:
            until = time.monotonic() + scenario_buyers.PATIENCE
            while not answers(address):
                assert web.poll() is None, (tmp_path / "web.log").read_text()[-2000:]
                assert time.monotonic() < until, "the web program did not come up"
                time.sleep(0.2)
            yield address
        finally:
            web.terminate()
            web.wait(scenario_buyers.PATIENCE)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/cart/", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_fifty_buyers_at_once_take_the_last_ten_pieces(shop: str) -> None:
    world.load(skus=(scenario_buyers.SKU,), stock=0)
    stock.goods(scenario_buyers.SKU, scenario_buyers.PIECES)

    scenario_buyers.judge(shop)
