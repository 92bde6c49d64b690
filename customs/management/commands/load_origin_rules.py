"""Load the product-specific rules of origin of one UK scheme: its JSON file as the government publishes it.

The difference is shown first; `--dry-run` shows it and keeps nothing. A broken file changes nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customs import rules_of_origin
from customs.tariffs.base import BadFile

SHOWN: Final = 5


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--scheme", help="the publisher's name of the scheme; the file's name if left out"
        )
        parser.add_argument("--source", default="", help="where the file comes from")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        scheme = options["scheme"] or path.stem
        agreement = rules_of_origin.SCHEMES.get(scheme)
        if agreement is None:
            known = ", ".join(sorted(rules_of_origin.SCHEMES))
            raise CommandError(f"We have no lane for the scheme {scheme!r}. Name one of: {known}.")
        try:
            rules = rules_of_origin.read_file(path)
        except OSError as problem:
            raise CommandError(str(problem)) from problem
        except BadFile as problem:
            raise CommandError(f"{path.name} was not loaded: {problem}") from problem
        found = rules_of_origin.difference(agreement, rules)
        self.stdout.write(
            f"{agreement}: {len(found.added)} added, {len(found.changed)} changed, {len(found.gone)} gone, "
            f"{found.same} the same"
        )
        for rule in found.changed[:SHOWN]:
            self.stdout.write(f"  changed: {rule.heading} {rule.first}–{rule.last}")
        for words in found.gone[:SHOWN]:
            self.stdout.write(f"  gone: {words}")
        if options["dry_run"]:
            self.stdout.write("Nothing was kept.")
            return
        source = options["source"] or f"UK rules of origin, scheme {scheme}, file {path.name}"
        count = rules_of_origin.keep(agreement, rules, source=source, read_on=timezone.localdate())
        self.stdout.write(f"{count} rules are kept.")
