"""Fit the selectivity score: from a CSV of past declarations, or `own` for our own decided cases.

`fit_selectivity train.csv --check dev.csv` prints how well it orders cases it has not seen;
`--activate` puts the fitted score in force. Without it nothing changes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customs import actions, selectivity
from customs.risk import own_outcomes
from customs.selectivity import Outcome

COLUMNS: Final = {
    "importer": "Importer ID",
    "seller": "Seller ID",
    "declarant": "Declarant ID",
    "goods": "HS6 Code",
    "origin": "Country of Origin",
    "departure": "Country of Departure",
    "tax_type": "Tax Type",
}


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("outcomes", help="a CSV file, or the word own")
        parser.add_argument("--check", type=Path, help="a CSV of other outcomes to measure on")
        parser.add_argument("--label", default="Fraud", help="the column that says 1 for a wrong declaration")
        parser.add_argument("--activate", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        own, label = options["outcomes"] == "own", options["label"]
        path = Path(options["outcomes"])
        try:
            outcomes = list(own_outcomes() if own else rows(path, label))
            weights = selectivity.fit(outcomes, source="own decided cases" if own else path.name)
            self.stdout.write(f"{len(outcomes)} outcomes, {weights.usual:.1%} of them wrong.")
            if options["check"]:
                measured = selectivity.quality(list(rows(options["check"], label)), weights)
                self.stdout.write(measured.words())
        except (OSError, ValueError) as error:
            raise CommandError(f"{error}. The score in force stays.") from error
        if options["activate"]:
            actions.put_risk_model_in_force(weights=weights, outcomes=len(outcomes), at=timezone.now())
            self.stdout.write("The fitted score is in force.")


def rows(path: Path, label: str) -> Iterator[Outcome]:
    """Read past declarations; a missing column or a label other than 0 and 1 is named with its row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = {label, *COLUMNS.values()} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path.name} has no column {', '.join(sorted(missing))}")
        for row in reader:
            if row[label] not in {"0", "1"}:
                raise ValueError(f"{path.name}, line {reader.line_num}, column {label}: write 0 or 1")
            yield Outcome({part: row[name] or "" for part, name in COLUMNS.items()}, row[label] == "1")
