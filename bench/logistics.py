"""Figures of the moving room: rating, routing, packing, and reservations on one hot SKU.

`measure()` returns {name: (value, unit)}; run alone it prints one figure a line. Reservations use a schema of
their own rows (SKU BENCH-…) in the configured database and give them back afterwards.
"""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

Figures = dict[str, tuple[float, str]]


def rated_options(seconds: float = 2.0) -> Figures:
    """One parcel over five services and ten zones, options rated per CPU second."""
    from logistics.rating.card import Card, Rated, rate
    from logistics.rating.extras import Limits, Surcharge
    from logistics.rating.shapes import Bands
    from logistics.rating.weight import Box, WeightRule

    countries = [f"{chr(65 + z)}{chr(65 + z)}" for z in range(10)]
    cards = []
    for service in range(5):
        bands = tuple(Decimal(k) / 2 for k in range(1, 61))
        prices = {
            (str(zone), ""): Bands(bands, tuple(Decimal(10 + service + zone) + b * 3 for b in bands))
            for zone in range(10)
        }
        cards.append(
            Card(
                code=f"S{service}",
                currency="USD",
                weight=WeightRule(Decimal(5000), "ceil", ((None, Decimal("0.5")),)),
                zones={country: str(zone) for zone, country in enumerate(countries)},
                prices=prices,
                limits=Limits(max_weight_kg=Decimal(70), max_length_cm=Decimal(120)),
                surcharges=(
                    Surcharge(
                        "remote",
                        "Remote",
                        "per_kg",
                        Decimal("0.45"),
                        Decimal(20),
                        countries=frozenset({"JJ"}),
                    ),
                    Surcharge(
                        "size", "Size", "flat", Decimal(80), fuelable=True, triggers=("longest_side>100cm",)
                    ),
                ),
                fuel_percent={"2026-11": Decimal("19.5")},
            )
        )
    day = date(2026, 11, 24)
    boxes = [Box(Decimal("40.2"), Decimal(30), Decimal(20), Decimal("3.2"))]
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for card in cards:
            for country in countries:
                assert isinstance(rate(card, boxes, country=country, on=day), Rated)
                count += 1
    return {"rated options per CPU second": (round(count / (time.process_time() - start)), "options/s")}


def best_route() -> Figures:
    """The cheapest way over 40 hubs and 400 legs, median of 200 random pairs."""
    from logistics.routing import Edge, Graph, NoRoute, cheapest

    dice = random.Random(7)
    hubs = [f"H{n}" for n in range(40)]
    edges, prices = [], {}
    for number in range(400):
        a, b = dice.sample(hubs, 2)
        edges.append(Edge(number, a, b, "air", 1, 3))
        prices[number] = Decimal(dice.randint(100, 9900)) / 100
    graph = Graph(edges)
    times = []
    for _ in range(200):
        a, b = dice.sample(hubs, 2)
        start = time.perf_counter()
        try:
            cheapest(graph, a, b, prices)
        except NoRoute:
            continue
        times.append((time.perf_counter() - start) * 1000)
    return {"best route of 40 hubs and 400 legs": (round(statistics.median(times), 3), "ms")}


def packing() -> Figures:
    """Packing orders of twenty mixed items, median of 60."""
    from logistics.packing import CARTONS, Item, pack

    dice = random.Random(11)
    times = []
    for _ in range(60):
        kinds = [
            Item(
                (dice.randint(40, 300), dice.randint(30, 220), dice.randint(20, 120)),
                dice.randint(50, 1500),
                sku=str(k),
            )
            for k in range(6)
        ]
        items = [dice.choice(kinds) for _ in range(20)]
        start = time.perf_counter()
        plan = pack(CARTONS, items)
        times.append((time.perf_counter() - start) * 1000)
        assert sum(len(box.placed) for box in plan.boxes) + len(plan.left_over) == 20
    return {
        "packing 20 items, median": (round(statistics.median(times), 2), "ms"),
        "packing 20 items, slowest": (round(max(times), 2), "ms"),
    }


def reservations(units: int = 1500, tries: int = 2000, workers: int = 16) -> Figures:
    """Sixteen threads on one SKU: reservations a second, and how many were sold too many."""
    from django.db import connection

    from logistics.warehousing import actions
    from logistics.warehousing.models import Reservation, StockBalance, Warehouse

    mark = f"BENCH-{os.getpid()}"
    warehouse, _ = Warehouse.objects.get_or_create(code="BENCH", defaults={"name": "Bench", "country": "XX"})
    actions.receive(mark, warehouse, units)
    until = datetime.now(UTC) + timedelta(hours=1)
    sold = [0] * workers
    start = time.perf_counter()

    def work(worker: int) -> None:
        for number in range(worker, tries, workers):
            try:
                actions.reserve(f"{mark}-{number}", {mark: 1}, until)
                sold[worker] += 1
            except actions.StockShort:
                pass
        connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - start
    balance = StockBalance.objects.get(sku=mark)
    over = max(0, sum(sold) - units) + max(0, balance.reserved - balance.quantity)
    Reservation.objects.filter(reference__startswith=f"{mark}-").delete()
    StockBalance.objects.filter(pk=balance.pk).update(reserved=0)  # moves stay for ever, so the shelf stays
    return {
        "reservations on one SKU, 16 threads": (round(tries / spent), "per second"),
        "reservations granted": (sum(sold), f"of {units}"),
        "oversold": (over, "units"),
    }


def measure() -> Figures:
    """Take all figures."""
    return rated_options() | best_route() | packing() | reservations()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    django.setup()
    for name, (value, unit) in measure().items():
        print(f"{name}: {value} {unit}")
