from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from logistics.worked import UnknownKind, answer, same


class Command(BaseCommand):
    help = "Answer a file of worked logistics cases as JSON; with expected values, say which differ (exit 1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--cards", type=Path, help="tariffs for rate_table cases")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            cases = json.loads(options["file"].read_text(encoding="utf-8"))["cases"]
            cards = (
                json.loads(options["cards"].read_text(encoding="utf-8"))["cards"] if options["cards"] else {}
            )
        except (OSError, ValueError, KeyError) as trouble:
            raise CommandError(f"The file cannot be read: {trouble}", returncode=2) from trouble
        wrong = 0
        for case in cases:
            try:
                got: dict[str, Any] = answer(case["kind"], case["input"], cards)
            except (UnknownKind, ValueError, KeyError) as trouble:
                got = {"error": str(trouble)}
            row = {"id": case.get("id"), "kind": case["kind"], "answer": got}
            if "expected" in case:
                row["agrees"] = same(case["expected"], got)
                wrong += not row["agrees"]
            self.stdout.write(json.dumps(row, ensure_ascii=False))
        if wrong:
            raise CommandError(f"{wrong} of {len(cases)} cases differ.", returncode=1)
