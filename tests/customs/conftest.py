from __future__ import annotations

from datetime import UTC, datetime

import pytest

from customs import starter, stored


@pytest.fixture
def tariff(db):
    """The starter tariff, loaded."""
    stored.forget()
    starter.load(at=datetime(2026, 11, 21, tzinfo=UTC))
    yield stored.tariff()
    stored.forget()
