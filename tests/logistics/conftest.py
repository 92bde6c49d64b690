from __future__ import annotations

import gc
import threading
import warnings
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest
from django.conf import settings

from logistics import network, starter
from logistics.carriers import live
from logistics.insurance import actions as insurance
from tests.logistics.carrier_houses import Houses, open_houses


@pytest.fixture
def starter_network(db: None) -> Iterator[None]:
    network.forget()
    starter.load()
    insurance.load_products()
    yield
    network.forget()


@pytest.fixture
def houses(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Houses, str]]:
    """Four live carriers on the next port; this process may load their SDK."""
    monkeypatch.setenv(live.PROCESS, "1")
    with open_houses() as found:
        yield found
    # The SDK leaves lines of failed requests open; they end here and not in the middle of another test.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def house_carrier(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The house carrier on the next port."""
    from tests.logistics.test_shipments import FakeCarrier

    FakeCarrier.booked, FakeCarrier.calls, FakeCarrier.broken = {}, 0, False
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeCarrier)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(settings, "CARRIER_ADDRESS", f"http://127.0.0.1:{server.server_port}")
    yield FakeCarrier
    server.shutdown()
    server.server_close()
