"""Screening, selectivity, usual prices and the queue of holds: one figure per line.

The first two need the public sets (SHARED_DIR or ../shared); where they are absent they are left out.
"""

from __future__ import annotations

import csv
import os
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
ROOT: Final = Path(__file__).resolve().parent.parent
Figure = tuple[str, float, str]


def shared() -> Path | None:
    """Find the folder of public data outside the project."""
    places = (os.environ.get("SHARED_DIR"), ROOT.parent / "shared", ROOT.parent.parent / "shared")
    return next((Path(one) / "data" for one in places if one and (Path(one) / "data").is_dir()), None)


def names(path: Path) -> list[str]:
    """Read the names of one set."""
    with path.open(encoding="utf-8") as rows:
        return [row["full_name"] for row in csv.DictReader(rows)]


def screening(data: Path) -> Iterator[Figure]:
    """Measure recall, false alarms, pairs and the time of one name on the public lists."""
    from customs.lists import ofac, un
    from customs.screening import PAIR_FROM, Index, Listed, Party, pair_score

    lists = data / "sanctions"
    entries, _day = un.read(lists / "UN_consolidated_2026-02-27.xml")
    more, _none = ofac.read(lists / "OFAC_sdn_2023-11.csv", aliases=lists / "OFAC_alt_testdata.csv")
    index = Index(
        Listed(n, e.name, (e.name, *e.aliases), e.kind, e.countries, e.born, e.identifiers)
        for n, e in enumerate([*entries, *more])
    )
    times = []

    def share(file: str) -> float:
        asked, hits = names(data / "eval" / file), 0
        for name in asked:
            start = time.process_time()
            hits += bool(index.near(Party(name)))
            times.append(time.process_time() - start)
        return round(hits / len(asked) * 100, 2)

    yield "screening recall of untreated names", share("positives_un_untreated_dev.csv"), "%"
    yield "screening recall of altered names", share("positives_un_treated_dev.csv"), "%"
    yield "screening false alarms, names of the world", share("negatives_global_dev.csv"), "%"
    yield "screening false alarms, names of the US", share("negatives_us_dev.csv"), "%"
    yield "screening of one name, p95 of CPU", round(sorted(times)[int(len(times) * 0.95)] * 1000, 1), "ms"
    yield "screening index", len(index.names), "names"
    with (data / "eval" / "name_pairs_dev.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = [pair_score(r["name1"], r["name2"], firm=r["schema"] != "Person") >= PAIR_FROM for r in rows]
    true = [row["is_match"] == "true" for row in rows]
    right = sum(a and b for a, b in zip(told, true, strict=True))
    yield "screening pair F1", round(2 * right / (sum(told) + sum(true)), 3), "F1"


def selectivity(data: Path) -> Iterator[Figure]:
    """Fit on one year, measure on the next."""
    from customs.management.commands.fit_selectivity import rows
    from customs.selectivity import fit, quality

    weights = fit(rows(data / "eval" / "risk_declarations_train.csv", "Fraud"), source="train")
    found = quality(list(rows(data / "eval" / "risk_declarations_dev.csv", "Fraud")), weights)
    yield "selectivity AUC", round(found.auc, 3), "AUC"
    yield "selectivity recall at 10 % inspected", round(found.recall_at_tenth * 100, 1), "%"
    for share, precision in zip((1, 5, 10), found.precision, strict=True):
        yield f"selectivity wrong ones among the top {share} %", round(precision * 100, 1), "%"


def usual_prices() -> Iterator[Figure]:
    """Inject errors into our own catalogue: a band must find ten times too much or too little."""
    from catalog.models import ProductState, Variant
    from customs.amounts import in_euro
    from customs.bands import band
    from marketplace.kit.money import Money

    groups: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    rows = Variant.objects.filter(product__state=ProductState.LIVE, net_weight_kg__gt=0, price_amount__gt=0)
    for code, origin, amount, currency, weight in rows.values_list(
        "product__hs_code", "product__origin", "price_amount", "currency", "net_weight_kg"
    ):
        euro = in_euro(Money(amount, currency))
        if euro is not None and weight:
            groups[code[:6], origin].append(euro / weight)
    draw = random.Random(1)
    tried = alarms = low = high = 0
    for prices in groups.values():
        for price in draw.sample(prices, min(len(prices), 10)):
            others = list(prices)
            others.remove(price)
            usual = band(others[:400])
            if usual is None:
                continue
            tried += 1
            alarms += not usual.holds(price)
            low += not usual.holds(price / 10)
            high += not usual.holds(price * 10)
    if tried:
        yield "usual prices tried", tried, "listings"
        yield "usual prices: false alarms", round(alarms / tried * 100, 2), "%"
        yield "usual prices: a tenth is found", round(low / tried * 100, 1), "%"
        yield "usual prices: ten times is found", round(high / tried * 100, 1), "%"


def queue() -> Iterator[Figure]:
    """List ten thousand open cases: each way of asking, in CPU time, wall time and statements."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from customs.models import Declaration, Hold
    from marketplace.accounts.models import Company, User

    now = timezone.now()
    sellers = list(Company.objects.filter(is_seller=True)[:50])
    Declaration.objects.bulk_create(
        Declaration(
            number=f"DEC-B{n:05d}", order_number=f"ORD-B{n:05d}", seller=sellers[n % len(sellers)],
            buyer_name=f"Buyer {n % 700}", from_country="KE", to_country=("GB", "DE", "CN")[n % 3],
            value_amount=n, currency="EUR", value_euro=n, drafted_at=now, state="HELD",
        )
        for n in range(10_000)
    )  # fmt: skip
    Hold.objects.bulk_create(
        Hold(
            number=f"HLD-B{n:05d}", declaration=declaration, title="A paper is needed", opened_at=now,
            deadline=now + timedelta(minutes=n), value_amount=n, currency="EUR", value_euro=n,
            cost_per_day_euro=Decimal(n) / 10, severity=2 + n % 2,
        )
        for n, declaration in enumerate(Declaration.objects.filter(number__startswith="DEC-B").order_by("pk"))
    )  # fmt: skip
    user = User.objects.create_user("bench@sampan.example", is_staff=True, desk="customs")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    client.get("/console/holds/")
    asked = (
        "",
        "?sort=value",
        "?sort=cost&page=200",
        "?to=DE&severity=3",
        "?q=Buyer+12",
        "?due=today&page=3",
    )
    cpu, wall, statements = [], [], set()
    for words in asked * 3:
        with CaptureQueriesContext(connection) as queries:
            clock, start = time.perf_counter(), time.process_time()
            answer = client.get(f"/console/holds/{words}", secure=True)
            cpu.append((time.process_time() - start) * 1000)
            wall.append((time.perf_counter() - clock) * 1000)
        assert answer.status_code == 200, answer.status_code
        statements.add(len(queries))
    yield "hold queue of 10,000 open cases, slowest of 18, CPU", round(max(cpu), 1), "ms"
    yield "hold queue of 10,000 open cases, median of 18", round(sorted(wall)[len(wall) // 2], 1), "ms"
    yield "hold queue of 10,000 open cases, slowest of 18", round(max(wall), 1), "ms"
    yield "hold queue of 10,000 open cases, most statements", max(statements), "statements"


def measure() -> Iterator[Figure]:
    """Every figure of the border."""
    data = shared()
    if data is not None:
        yield from screening(data)
        yield from selectivity(data)
    yield from usual_prices()
    yield from queue()


if __name__ == "__main__":
    django.setup()
    for name, value, unit in measure():
        print(f"{name}: {value} {unit}", flush=True)
