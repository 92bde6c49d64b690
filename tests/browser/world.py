"""`python -m tests.browser.world`: a shop with a small demo world, served for browsers until told to stop.

It has a database and a folder of its own, so that pages are real commits. Work for Celery runs at once,
as in every test, because pytest is imported before the settings are read.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Final

import django
import pytest  # noqa: F401 - the settings ask whether this is a test
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

CHOSEN: Final = ("P001", "P019", "P021")
WAITING: Final = "P020"


class Quiet(WSGIRequestHandler):
    """Answers without a line for each request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def build() -> dict[str, object]:
    """Load rules, people and goods, play a few deals; return the numbers behind the addresses."""
    from django.utils import timezone

    from catalog import actions
    from marketplace.demo import goods, people, photos, world
    from tests.browser import objects

    now = timezone.now()
    for command in ("load_rates", "load_starter_tariff", "load_starter_network"):
        call_command(command, verbosity=0)
    call_command("load_parties", "demo", verbosity=0, stdout=StringIO())
    people.load()
    every = goods.load()
    chosen = {key: every[key] for key in CHOSEN}
    with ThreadPoolExecutor(max_workers=2) as pool:
        photos.load({key: every[key] for key in (*CHOSEN, WAITING)}, pool)
    world._publish(chosen, now)
    world._stock(chosen, now)
    actions.submit(product_id=every[WAITING].pk, at=now)
    return objects.play(now)


def main() -> None:
    """Build once, then serve."""
    settings.CACHES["default"]["KEY_PREFIX"] = os.environ["WORLD"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django.setup()
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    numbers = build()
    server = ThreadedWSGIServer(("127.0.0.1", int(os.environ["WORLD_PORT"])), Quiet)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    fresh = Path(os.environ["WORLD_READY"]).with_suffix(".new")
    fresh.write_text(json.dumps(numbers), encoding="utf-8")
    fresh.rename(os.environ["WORLD_READY"])
    stopping.wait()
    server.shutdown()


if __name__ == "__main__":
    main()
