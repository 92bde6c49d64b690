"""Refusal: the expected "no" of an action, worded for the person who asked."""

from __future__ import annotations

from functools import partial
from typing import ClassVar


class Refusal(Exception):
    """Base of all refusals. `words` is the sentence for the user, `status` the HTTP answer."""

    words: ClassVar[object] = "This is not possible."
    status: ClassVar[int] = 409

    def __init__(self, **facts: object) -> None:
        super().__init__(str(self.words).format(**facts))
        self.facts = facts

    def __reduce__(self) -> tuple[partial[Refusal], tuple[()]]:
        """Travel between a worker's processes: made again from its facts."""
        return partial(type(self), **self.facts), ()

    @property
    def code(self) -> str:
        """A stable name for programs: the class name in kebab case."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
