# ruff: noqa: E402
"""Cost of the shop's pages: CPU milliseconds of application and database, and statements, for each request.

Run against a filled database (`manage.py demo --products 20000`): prints one `name: value unit` a line.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, Variant
from orders.models import OrderGroup
from orders.payments.gateways import base, stripe

ROUNDS = 20
ADDRESS = {
    "email": "bench@mail.example", "name": "Bench", "street": "Main 1", "town": "Berlin", "phone": "1",
    "country": "DE", "postal_code": "10115",
}  # fmt: skip


def backend_cpu() -> float:
    """CPU seconds of our database process, where the machine shows them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    try:
        parts = stat.read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def measure(name: str, act: Callable[[], object], rounds: int = ROUNDS) -> dict[str, float]:
    """Run an act warm and give its CPU milliseconds and statements."""
    act()
    with CaptureQueriesContext(connection) as statements:
        act()
    count = len(statements)
    database = backend_cpu()
    costs = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_SELF)
        act()
        after = resource.getrusage(resource.RUSAGE_SELF)
        costs.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    in_database = (backend_cpu() - database) * 1000 / rounds
    return {f"{name}_cpu_ms": round(statistics.median(costs) + in_database, 1), f"{name}_statements": count}


class NoBank:
    """Stands in for the bank's page, so that only our own cost is measured."""

    def open_page(self, wanted: base.PageWanted) -> base.Page:
        return base.Page(f"cs_{wanted.reference}", "http://bank.example/pay", "")


def checkout(sku: str, postal_code: str = "10115") -> None:
    """Take a guest from an empty cart to the bank's page: add, cart, checkout page, order."""
    import re

    client = Client()
    if postal_code != ADDRESS["postal_code"]:
        client.get(f"/promise/?ship_to=DE-{postal_code}&currency=EUR")
    client.post("/cart/lines/", {"sku": sku, "quantity": "1"})
    client.get("/cart/")
    page = client.get("/checkout/").content.decode()
    fields = {}
    for name in ("key", "quote"):
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
        value = tag and re.search(r'value="([^"]*)"', tag.group(0))
        if not value:
            raise SystemExit("The checkout page shows no quote for this product.")
        fields[name] = value.group(1)
    answer = client.post("/checkout/", {**ADDRESS, **fields, "postal_code": postal_code})
    if answer.status_code != 302:
        raise SystemExit(f"The order was answered with {answer.status_code}.")


def fresh_words() -> Iterator[str]:
    """Two words that many listings have, written in a new way each time, so that no count is remembered."""
    for first in ("rattan", "ratta", "ratt", "rat"):
        for second in ("basket", "baske", "bask", "storage", "storag", "stora"):
            yield f"{first} {second}"
            yield f"{second} {first}"


def main() -> None:
    """Measure every page and print the figures."""
    settings.ALLOWED_HOSTS = ["*"]
    stripe.StripeGateway.open_page = NoBank.open_page  # type: ignore[assignment,method-assign]
    client = Client()
    words = fresh_words()
    wanted = Variant.objects.for_sale().select_related("product").order_by("pk")
    variant = wanted.filter(delivered__destination="DE", delivered__state="fixed").first() or wanted[0]
    found: dict[str, float] = {"products": Product.objects.for_sale().count()}
    found |= measure("list", lambda: client.get("/search/?ship_to=DE-10115&currency=EUR"))
    found |= measure("product", lambda: client.get(f"/products/{variant.product.slug}/"))
    unseen = iter(wanted[100:160])
    found |= measure("product_not_seen_before", lambda: client.get(f"/products/{next(unseen).product.slug}/"))
    found |= measure("search", lambda: client.get("/search/", {"q": next(words)}))
    found |= measure("search_again", lambda: client.get("/search/", {"q": "rattan basket"}))
    found |= measure(
        "add_to_cart", lambda: client.post("/cart/lines/", {"sku": variant.sku, "quantity": "1"})
    )
    found |= measure("checkout", lambda: checkout(variant.sku), rounds=8)
    places = iter(range(10_200, 10_300))
    found |= measure("checkout_to_a_new_place", lambda: checkout(variant.sku, str(next(places))), rounds=8)
    found["checkout_orders_made"] = OrderGroup.objects.count()
    for name, value in found.items():
        unit = "ms" if name.endswith("_ms") else "statements" if name.endswith("statements") else "rows"
        print(f"{name}: {value} {unit}")


if __name__ == "__main__":
    main()
