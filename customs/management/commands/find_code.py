"""Find customs codes for goods in words."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from customs.codes import search


class Command(BaseCommand):
    help = "Show five customs codes for goods in words, with reasons; nothing is chosen."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("text")
        parser.add_argument("--category", default="")
        parser.add_argument("--material", default="")
        parser.add_argument("--use", default="")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = search.suggest(
            options["text"], category=options["category"], material=options["material"], use=options["use"]
        )
        for candidate in found.codes:
            self.stdout.write(
                f"{candidate.code}  {candidate.share:.0%} {candidate.sureness}  {candidate.text[:90]}"
            )
            self.stdout.write(f"        {candidate.reason}")
        if found.headings:
            self.stdout.write("headings: " + ", ".join(code for code, _text in found.headings))
        if found.question:
            answers = f" ({' / '.join(found.question.answers)})" if found.question.answers else ""
            self.stdout.write(f"? {found.question.words}{answers}")
