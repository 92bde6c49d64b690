"""manage.py prove_books: check every law of the books and every seal."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from orders.payments import books


class Command(BaseCommand):
    help = "Prove the books: print one line per law, exit 1 when one is broken."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print each law and what breaks it."""
        broken = False
        for proof in books.prove():
            self.stdout.write(
                f"{'holds ' if proof.holds else 'BROKEN'} {proof.law[:2].upper()} {proof.words}"
            )
            for subject, problem in proof.broken:
                broken = True
                self.stdout.write(f"         {subject}: {problem}")
        for day in books.broken_seals():
            broken = True
            self.stdout.write(f"BROKEN seal of {day}")
        if broken:
            sys.exit(1)
