"""Every figure on one page: `make bench`, or `python -m bench [--products N] [--only shop,customs,…]`.

Works in a database of its own on the product's own servers, made for this run and dropped at its end.
Prints `name: value unit`, writes var/bench.json, and says which figures of bench/targets.json are missed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from marketplace import env, services

ROOT: Final = Path(__file__).resolve().parent.parent
VAR: Final = Path(env.text("VAR_DIR", str(ROOT / "var")))
PARTS: Final = ("shop", "customs", "border", "goods", "logistics", "ledger")
MOST_SECONDS: Final = 360
LINE: Final = re.compile(r"^(?P<name>.+?): (?P<value>-?[\d.]+) (?P<unit>.+)$")
Figures = dict[str, dict[str, str]]


class OwnDatabase:
    """A fresh database beside the product's own; what is measured never touches the shop's data."""

    def __init__(self) -> None:
        from marketplace.embedded.postgres import Postgres
        from marketplace.embedded.valkey import Valkey

        self.servers = [server for server in services.embedded(VAR) if not server.running()]
        self.home = env.text("DATABASE_URL") or Postgres(VAR).url()
        cache = urlsplit(env.text("REDIS_URL") or Valkey(VAR).url())
        self.name = f"bench_{os.getpid()}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": urlunsplit(urlsplit(self.home)._replace(path=f"/{self.name}")),
            "REDIS_URL": urlunsplit(cache._replace(path="/15")),
            "VAR_DIR": str(VAR),
            "DEMO": "1",
        }

    def __enter__(self) -> OwnDatabase:
        self._do(f'CREATE DATABASE "{self.name}"')
        return self

    def __exit__(self, *_: object) -> None:
        import redis

        self._do(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        redis.Redis.from_url(self.environment["REDIS_URL"]).flushdb()
        for server in self.servers:
            server.stop()

    def _do(self, statement: str) -> None:
        import psycopg2

        connection = psycopg2.connect(self.home)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    def run(self, *words: str, seconds: float) -> str:
        """Run one of our programs there; what it prints, with its errors shown where it fails."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=max(seconds, 1),
            check=False,
        )
        if done.returncode:
            raise RuntimeError((done.stderr or done.stdout).strip().splitlines()[-1])
        return done.stdout


def read(text: str) -> Figures:
    """Find the figures in what a part printed."""
    found = (LINE.match(line) for line in text.splitlines())
    return {m["name"]: {"value": m["value"], "unit": m["unit"]} for m in found if m}


def told(text: str) -> Figures:
    """Find the figures of a part; what it skipped, and why, is printed as it says it."""
    for line in text.splitlines():
        if "skipped" in line:
            print(line, flush=True)
    return read(text)


def verdicts(figures: Figures, targets: dict[str, dict[str, str]]) -> list[str]:
    """Compare with the targets: `most` is a ceiling, `least` a floor."""
    said = []
    for name, target in targets.items():
        figure = figures.get(name)
        if figure is None:
            said.append(f"not measured: {name}")
            continue
        value = Decimal(figure["value"])
        if "most" in target and value > Decimal(target["most"]):
            said.append(f"missed: {name} is {value} {figure['unit']}, the target is at most {target['most']}")
        if "least" in target and value < Decimal(target["least"]):
            said.append(
                f"missed: {name} is {value} {figure['unit']}, the target is at least {target['least']}"
            )
    return said


def fill(place: OwnDatabase, products: int) -> Figures:
    """Build the catalogue; how long it took is a figure too."""
    place.run("manage.py", "migrate", "-v0", seconds=120)
    place.run("manage.py", "demo", "--orders", "0", seconds=120)
    begun = time.monotonic()
    words = ("--orders", "0", "--products", str(products), "--sellers", "200", "--seed", "1")
    place.run("manage.py", "demo", *words, seconds=240)
    spent = time.monotonic() - begun
    place.run("-m", "bench.prices", seconds=200)
    return {f"growing {products} products": {"value": f"{spent:.1f}", "unit": "s"}}


def measured(place: OwnDatabase, part: str, begun: float) -> Figures:
    """Run one part in the seconds that are left, and read its figures."""
    return told(place.run("-m", f"bench.{part}", seconds=left(begun)))


def main() -> int:
    """Measure everything, within about six minutes."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--only", default=",".join(PARTS))
    asked = parser.parse_args()
    begun = time.monotonic()
    figures: Figures = {}
    broken: list[str] = []
    with OwnDatabase() as place:
        steps: list[tuple[str, Callable[[], Figures]]] = [
            ("catalogue", partial(fill, place, asked.products)),
            *((part, partial(measured, place, part, begun)) for part in asked.only.split(",")),
        ]
        for name, step in steps:
            try:
                fresh = step()
            except (RuntimeError, subprocess.TimeoutExpired) as problem:
                broken.append(f"{name} could not be measured: {problem}")
                continue
            for figure, found in fresh.items():
                print(f"{figure}: {found['value']} {found['unit']}", flush=True)
            figures |= fresh
    targets = json.loads((ROOT / "bench" / "targets.json").read_text(encoding="utf-8"))
    missed = [*broken, *verdicts(figures, targets)]
    load = os.getloadavg()[0]
    print(f"machine: {os.cpu_count()} cores, load {load:.1f} from everything on it")
    print("\n".join(missed) if missed else "Every target is met.")
    kept = {"figures": figures, "missed": missed, "cores": os.cpu_count(), "load": round(load, 1)}
    VAR.mkdir(exist_ok=True)
    (VAR / "bench.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return 1 if broken else 0


def left(begun: float) -> float:
    """Seconds that are left of the whole."""
    return MOST_SECONDS - (time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(main())
