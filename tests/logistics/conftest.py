from __future__ import annotations

from collections.abc import Iterator

import pytest

from logistics import network, starter
from logistics.insurance import actions as insurance


@pytest.fixture
def starter_network(db: None) -> Iterator[None]:
    network.forget()
    starter.load()
    insurance.load_products()
    yield
    network.forget()
