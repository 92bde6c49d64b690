"""Assess a landed-cost request from a file or from standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from customs.cases import BadRequest
from marketplace import landed_costs


class Command(BaseCommand):
    help = "Answer a landed-cost request (JSON file, or - for standard input) as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a JSON file, or - for standard input")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            name = options["file"]
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            body = landed_costs.answer(raw, at=timezone.now())
        except OSError as problem:
            self._stop(f"The file cannot be read: {problem.strerror}.")
        except BadRequest as problem:
            self._stop(f"The request is wrong: {problem}")
        else:
            self.stdout.write(json.dumps(body, indent=2, ensure_ascii=False))

    def _stop(self, words: str) -> None:
        self.stderr.write(words)
        raise SystemExit(2)
