"""What every test starts from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplace.currency import rates


@pytest.fixture(autouse=True)
def rates_of_this_test() -> Iterator[None]:
    """Forget the exchange rates that another test put in force."""
    rates.forget()
    yield
    rates.forget()
