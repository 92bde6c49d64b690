"""manage.py demo: build the demo world, or a large catalogue for measuring."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from marketplace.demo import bulk, world


class Command(BaseCommand):
    help = "Build the demo world; with --products, add a large catalogue for measuring."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--products", type=int, default=0, help="how many more listings to grow")
        parser.add_argument("--sellers", type=int, default=200, help="how many makers share them")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same world")
        parser.add_argument("--orders", type=int, default=300, help="how many past orders to play")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refuse outside demo mode; else load what is missing."""
        if not settings.DEMO:
            raise CommandError("This is not a demo installation. Set DEMO=1 to load the demo world.")
        if options["products"] < 0 or options["sellers"] < 1 or options["orders"] < 0:
            raise CommandError("Give whole numbers: products and orders from 0, sellers from 1.")
        now = timezone.now()
        world.build(at=now, orders=options["orders"], seed=options["seed"], say=self.stdout.write)
        if options["products"]:
            bulk.load(
                products=options["products"],
                sellers=options["sellers"],
                seed=options["seed"],
                at=now,
                say=self.stdout.write,
            )
