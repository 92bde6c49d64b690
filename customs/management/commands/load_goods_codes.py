"""Load the HS tree and our own words for goods, and build the search."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from customs.codes import editions, loading, tree
from customs.starter import DATA


class Command(BaseCommand):
    help = "Load the HS 2022 tree and Sampan's own words for goods; loading again changes nothing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        changed = tree.load()
        own = loading.read((DATA / "goods_words.csv").read_bytes(), "phrases")
        loading.keep(own, "sampan")
        edition = editions.publish(timezone.now())
        editions.current()
        self.stdout.write(f"HS 2022: {changed} codes new or changed; {edition.phrases} phrases are searched.")
