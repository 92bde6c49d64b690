"""Load a list of denied parties as a whole: name the format and the file.

un (XML), ofac (CSV, with --aliases and --addresses), ofac-advanced (XML), uk (XML or CSV), eu (XML), ftm
(JSON lines), or demo (a few invented parties, no file). A broken file changes nothing.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customs import actions
from customs.actions.parties import Entry
from customs.lists import demo, eu, ftm, ofac, ofac_advanced, uk, un
from customs.lists.base import ListBroken

READERS: Final = {
    "un": un.read,
    "ofac-advanced": ofac_advanced.read,
    "uk": uk.read,
    "eu": eu.read,
    "ftm": ftm.read,
}
LISTS: Final = {
    "un": ("UN", "UN Security Council list"),
    "ofac": ("OFAC", "OFAC list"),
    "ofac-advanced": ("OFAC", "OFAC list"),
    "uk": ("UK", "UK Sanctions List"),
    "eu": ("EU", "EU consolidated list"),
    "ftm": ("FTM", "OpenSanctions list"),
    "demo": ("DEMO", "Demo list (invented)"),
}


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("format", choices=list(LISTS))
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--aliases", type=Path)
        parser.add_argument("--addresses", type=Path)
        parser.add_argument("--listed-on", type=date.fromisoformat, help="where the file names no day")
        parser.add_argument("--source", default="", help="keep it apart from other lists of this format")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        kind = options["format"]
        source, title = LISTS[kind]
        try:
            entries, day = self._read(kind, options)
        except ListBroken as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["dry_run"]:
            self.stdout.write(f"{len(entries)} entries read; nothing was loaded.")
            return
        loaded = actions.load_parties(
            source=(options["source"] or source).upper()[:20],
            title=title,
            entries=entries,
            listed_on=options["listed_on"] or day,
            at=timezone.now(),
            demo=kind == "demo",
        )
        self.stdout.write(f"{loaded.entries} entries in force; {loaded.changed.count()} are new or changed.")

    def _read(self, kind: str, options: dict[str, Any]) -> tuple[list[Entry], date | None]:
        path = options["file"]
        if kind == "demo":
            return list(demo.ENTRIES), None
        if path is None:
            raise CommandError("Name the file to load.")
        if kind == "ofac":
            return ofac.read(path, aliases=options["aliases"], addresses=options["addresses"])
        return READERS[kind](path)
