from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from logistics import ratecards
from marketplace.kit.refusal import Refusal


class Command(BaseCommand):
    help = "Check a rate card (CSV or XLSX) and show what it would change; with --apply, import it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--zones", type=Path, help="CSV or XLSX: zone, country, postcode_from, postcode_to"
        )
        parser.add_argument("--carrier", required=True)
        parser.add_argument("--service", required=True)
        parser.add_argument("--currency", required=True)
        parser.add_argument("--valid-from", type=date.fromisoformat, required=True)
        parser.add_argument("--source", required=True)
        parser.add_argument("--apply", action="store_true")

    def handle(self, *_args: Any, **given: Any) -> None:
        try:
            zones = (
                ratecards.table(given["zones"].read_bytes(), given["zones"].name) if given["zones"] else []
            )
            sheet = ratecards.read(ratecards.table(given["file"].read_bytes(), given["file"].name), zones)
        except OSError as trouble:
            raise CommandError(f"The file cannot be read: {trouble}", returncode=2) from trouble
        for problem in sheet.problems:
            self.stdout.write(
                f"{'error' if problem.is_error else 'note'}, row {problem.row}: {problem.words}"
            )
        change = ratecards.difference(sheet, ratecards.active(given["service"], given["valid_from"]))
        counts = f"{len(change.added)} new, {len(change.removed)} gone, {len(change.changed)} changed prices"
        self.stdout.write(counts)
        if not given["apply"]:
            return
        try:
            version = ratecards.import_version(
                sheet,
                carrier=given["carrier"],
                service_code=given["service"],
                service_name=given["service"],
                currency=given["currency"],
                valid_from=given["valid_from"],
                source=given["source"],
            )
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(f"Imported as {version}.")
