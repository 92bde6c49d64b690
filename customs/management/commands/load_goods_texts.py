"""Load an operator's file about goods, or every known file of a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customs.codes import editions, loading


class Command(BaseCommand):
    help = "Load official texts, references, synonyms or vague terms for the code search."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a file, or a folder with files of the publishers' names")
        parser.add_argument("--format", choices=sorted(loading.FORMATS))
        parser.add_argument("--dry-run", action="store_true", help="only say what would be loaded")

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["path"]
        if path.is_dir():
            wanted = loading.files_in(path)
        elif options["format"]:
            wanted = [(path, options["format"])]
        else:
            raise CommandError("Say the format of the file with --format.")
        if not wanted:
            raise CommandError("The folder holds no file that we know.")
        try:
            found = [(name, form, loading.read_file(name, form)) for name, form in wanted]
        except (OSError, loading.FileUnreadable) as problem:
            raise CommandError(str(problem)) from problem
        for name, form, content in found:
            self.stdout.write(
                f"{name.name}: {len(content.phrases)} phrases, {len(content.synonyms)} synonyms, "
                f"{len(content.intercepts)} terms with a question, {len(content.left_out)} rows left out"
            )
            for line in content.left_out[:5]:
                self.stdout.write(f"  left out: {line}")
            if not options["dry_run"]:
                counts = loading.keep(content, form)
                self.stdout.write("  " + ", ".join(f"{count} {what}" for what, count in counts.items()))
        if not options["dry_run"]:
            editions.publish(timezone.now())
            editions.current()
