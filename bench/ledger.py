"""Figures of the books: journals per second with four clients on busy accounts, and the proof of the books.

The ledger cannot be emptied, so the figures are taken in a database of their own that is dropped afterwards.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal

Figures = dict[str, tuple[float, str]]
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def journals(clients: int = 4, seconds: float = 4.0) -> Figures:
    """Book captures and releases with a fee and a tax account that every client uses."""
    from django.db import connection

    from marketplace.kit.money import Money
    from orders.payments import books
    from orders.payments.ledger import Entry

    one, part, rest = (Money(Decimal(text), "EUR") for text in ("100.00", "6.00", "94.00"))
    booked = [0] * clients
    until = time.perf_counter() + seconds

    def work(client: int) -> None:
        number = 0
        while time.perf_counter() < until:
            number += 1
            source = f"{client}-{number}"
            hold = f"order:{source}:hold"
            books.post("capture", source, [Entry("psp:balance", one), Entry(hold, -one)], at=NOW)
            books.post(
                "earn",
                source,
                [
                    Entry(hold, one),
                    Entry("fee:commission", -part),
                    Entry(f"seller:S{number % 50}:payable", -rest),
                ],
                at=NOW,
            )
            booked[client] += 2
        connection.close()

    threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = sum(booked) / (time.perf_counter() - started)
    started = time.perf_counter()
    broken = [p.law for p in books.prove() if not p.holds and p.law in {"i1_unbalanced", "i2_balance_drift"}]
    assert not broken, broken
    proof = (time.perf_counter() - started) * 1000
    return {
        f"ledger journals, {clients} clients": (round(rate, 0), "per second"),
        f"proof of the books, {sum(booked)} journals": (round(proof, 1), "ms"),
    }


def measure() -> Figures:
    """Measure in a database made for it."""
    from django.db import connection

    connection.settings_dict["TEST"]["NAME"] = "test_bench_ledger"
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        return journals()
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    django.setup()
    for name, (value, unit) in measure().items():
        print(f"{name}: {value} {unit}")
