"""What every authority understands: a declaration goes in, a movement reference number comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class AuthoritySilent(OSError):
    """The authority did not answer, or not with what it promised; the filing is tried again."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A declaration on its way: our reference, the data set, where to answer."""

    reference: str
    country: str
    data: dict[str, Any]
    callback: str


@dataclass(frozen=True, slots=True)
class Filed:
    """The authority's number for the declaration."""

    mrn: str
    state: str


class Authority(Protocol):
    """One customs system."""

    def file(self, filing: Filing, *, key: str) -> Filed:
        """Send a declaration; the key makes a repetition harmless."""
        ...
