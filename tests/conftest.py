"""What every test starts from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings as project
from django.db import connection
from hypothesis import HealthCheck, settings
from pytest_django import Settings

from marketplace.currency import rates
from marketplace.sandbox.app import Sandbox
from tests.stripe import recording

# A busy machine is slow; what a law says of values does not hang on the clock.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


@pytest.fixture(autouse=True)
def rates_of_this_test() -> Iterator[None]:
    """Forget the exchange rates that another test put in force."""
    rates.forget()
    yield
    rates.forget()


@pytest.fixture(scope="session")
def outside(django_db_setup: None) -> Iterator[Sandbox]:
    """Run the outside world over real HTTP on loopback, for the whole session."""
    facts = connection.settings_dict
    words = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    world = Sandbox({word: facts[name] or None for word, name in words.items()})
    world.start()
    yield world
    world.stop()


@pytest.fixture
def sandbox(outside: Sandbox, settings: Settings) -> Sandbox:
    """Point every gateway at the outside world, which has forgotten what the last test did."""
    with outside.store.act() as box:
        box.cursor.execute(
            "TRUNCATE sandbox.thing, sandbox.replay, sandbox.letter, sandbox.job, sandbox.setting"
        )
    settings.STRIPE_API_BASE = settings.SANDBOX_ADDRESS = outside.address
    settings.CARRIER_ADDRESS = f"{outside.address}/carrier"
    settings.CUSTOMS_ADDRESS = f"{outside.address}/customs"
    return outside


@pytest.fixture(autouse=True)
def as_described() -> Iterator[None]:
    """Compare all that a test says to the payment provider, and hears, with Stripe's own description."""
    recording.problems.clear()
    end = recording.listen()
    yield
    end()
    assert not recording.problems, "\n".join(dict.fromkeys(recording.problems))


@pytest.fixture(autouse=True, scope="session")
def static_folder() -> None:
    """Make the folder that the static file middleware looks for; a fresh checkout has none."""
    project.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
