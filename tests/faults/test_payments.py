"""The short faults of money run with every test run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults import scenario_exchange, scenario_payments


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "scenario", [*scenario_payments.SCENARIOS, *scenario_exchange.SCENARIOS], ids=lambda s: s.__name__
)
def test_the_books_hold(scenario: Callable[[], None]) -> None:
    scenario()
