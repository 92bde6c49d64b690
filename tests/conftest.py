"""What every test starts from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings

from marketplace.currency import rates


@pytest.fixture(autouse=True)
def rates_of_this_test() -> Iterator[None]:
    """Forget the exchange rates that another test put in force."""
    rates.forget()
    yield
    rates.forget()


@pytest.fixture(autouse=True, scope="session")
def static_folder() -> None:
    """Make the folder that the static file middleware looks for; a fresh checkout has none."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
