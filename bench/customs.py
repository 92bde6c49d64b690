"""How fast duty is assessed: one figure per line."""

from __future__ import annotations

import os
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

LINES = 10


def calculator() -> float:
    """Lines a second of the calculator alone."""
    from customs.duty import Goods, Rate, Rules, calculate
    from customs.expressions import read

    rates = (
        Rate("third_country_duty", read("12.8% + 304.1 EUR/100 kg")),
        Rate("anti_dumping", read("79%")),
        Rate("vat", read("19%")),
    )
    goods = [
        Goods(str(n), f"{610910 + n}", Decimal(100 + n), {"kilogram": Decimal(n + 1)}, rates)
        for n in range(10)
    ]
    rules = Rules("EUR")
    start = time.process_time()
    for _round in range(300):
        calculate(goods, rules, freight=Decimal(30))
    return 3000 / (time.process_time() - start)


def stored() -> tuple[float, int]:
    """Milliseconds for ten stored lines, and statements of a hundred warm assessments."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from customs import starter
    from customs.assessment import GoodsLine, LandedCase, assess
    from marketplace.kit.money import Money
    from marketplace.kit.places import Place

    starter.load(at=timezone.now())
    lines = tuple(
        GoodsLine(str(n), code, "CN", "x", Decimal(1), Money(Decimal(100), "EUR"), Decimal(1), Decimal(1))
        for n, code in enumerate(["610910", "690721", "850760", "420292", "940521"] * 2)
    )
    nothing = Money(Decimal(10), "EUR")
    case = LandedCase(
        date(2026, 11, 21),
        Place("CN"),
        Place("DE"),
        "EUR",
        lines,
        nothing,
        nothing,
        {("EUR", "USD"): Decimal("1.1")},
    )
    assess(case)
    with CaptureQueriesContext(connection) as queries:
        start = time.process_time()
        for _round in range(100):
            assess(case)
        spent = time.process_time() - start
    return spent * 10, len(queries)


def quote() -> tuple[float, int] | None:
    """Milliseconds of CPU of a whole delivered price of ten lines of one maker, and statements of fifty.

    Nothing where no maker has ten goods that can go to Berlin together.
    """
    from django.db import connection
    from django.db.models import Count
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from catalog.models import Variant
    from marketplace.kit.places import Place
    from orders.asked import QuoteRequest
    from orders.quoting import estimate

    sale = Variant.objects.for_sale().order_by("pk")
    makers = sale.order_by().values("product__seller").annotate(n=Count("pk")).filter(n__gte=LINES)
    for row in makers.order_by("product__seller")[:200]:
        mine = sale.filter(product__seller=row["product__seller"]).select_related("product__seller")
        lines = [(variant, variant.minimum_quantity) for variant in mine.prefetch_related("tiers")[:LINES]]
        asked = QuoteRequest(lines, Place("DE", "10115"), "EUR", timezone.localdate())
        if estimate(asked).possible:
            break
    else:
        return None
    with CaptureQueriesContext(connection) as queries:
        start = time.process_time()
        for _round in range(50):
            estimate(asked)
        spent = time.process_time() - start
    return spent * 20, len(queries)


def tariff_file() -> tuple[bytes, str]:
    """The American file where it lies beside the project, else one of the same shape and length."""
    from customs.models import Commodity

    found = Path(os.environ.get("SHARED_DIR", "")) / "data" / "us_hts8_mfn_2025.csv"
    if found.is_file():
        return found.read_bytes(), "official"
    kinds = ["Free", "{n}%", "{n}%", "{n} cents/kg", "{n}¢/kg + {m}%", "${n}/kg", "{n} cents/liter", "Free"]
    lines = ["hts8,mfn_text_rate,begin_effect_date,end_effective_date"]
    tree = Commodity.objects.filter(system="HS2022", level=6).order_by("code").values_list("code", flat=True)
    codes = [f"{heading}{ending}" for heading in tree for ending in ("10", "50", "90")][:13_100]
    for number, code in enumerate(codes):
        rate = kinds[number % len(kinds)].format(n=f"{number % 97 / 10:.1f}", m=number % 31)
        lines.append(f"{code},{rate},2012-02-02,2050-12-30")
    return ("\n".join(lines) + "\n").encode(), "same shape"


def loading() -> tuple[float, float, int, float]:
    """Seconds to read and store 13,100 lines as a version, to show its difference; its rows; CPU of it."""
    from django.db import transaction
    from django.utils import timezone

    from customs.tariffs import versions
    from marketplace.accounts.models import User

    raw, _kind = tariff_file()
    with transaction.atomic():
        person = User.objects.create(email="bench-tariff@example.com")
        start, worked = time.perf_counter(), time.process_time()
        version = versions.propose(
            destination="US", name="usitc-database", raw=raw, label="bench", source="bench", by=person,
            at=timezone.now(),
        )  # fmt: skip
        loaded, cpu = time.perf_counter() - start, time.process_time() - worked
        start = time.perf_counter()
        versions.changes(version, "changed")
        shown = time.perf_counter() - start
        rows = version.measures.count()
        transaction.set_rollback(True)
    return loaded, shown, rows, cpu


def measure() -> dict[str, tuple[float, str]]:
    """Every figure of the customs room."""
    milliseconds, statements = stored()
    quoted = quote()
    loaded, shown, rows, cpu = loading()
    whole: dict[str, tuple[float, str]] = {}
    if quoted is not None:
        whole["quote of 10 lines, CPU"] = (round(quoted[0], 2), "ms")
        whole["quote statements of 50 warm quotes"] = (quoted[1], "statements")
    else:
        print("quote of 10 lines: skipped, because no maker has ten goods that go to Berlin together")
    return whole | {
        "customs tariff file load": (round(loaded, 2), "s"),
        "customs tariff file load, CPU": (round(cpu, 2), "s"),
        "customs tariff file rows": (rows, "rows"),
        "customs tariff difference of that file": (round(shown, 2), "s"),
        "customs calculator alone": (round(calculator()), "lines/s"),
        "customs assessment of 10 stored lines": (round(milliseconds, 2), "ms"),
        "customs statements of 100 warm assessments": (statements, "statements"),
    }


if __name__ == "__main__":
    django.setup()
    for name, (value, unit) in measure().items():
        print(f"{name}: {value} {unit}")
