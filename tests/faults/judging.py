"""Was it the house or the machine? How busy others keep it, and what that means for a criterion."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn


class NotJudged(Exception):
    """The machine cannot show it now; neither held nor broken."""


def others_share(since: Sequence[int], until: Sequence[int]) -> float:
    """Give the share of the machine that was busy with other programs than this run's."""
    whole = max(1, until[0] - since[0])
    return max(0, (until[1] - since[1]) - (until[2] - since[2])) / whole


def machine_ticks() -> tuple[int, int, int]:
    """Read the clock ticks of the machine: all, busy, and busy for this run with its children."""
    words = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    mine, parents, spent = os.getpid(), dict[int, int](), dict[int, int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parts = stat.read_text().rsplit(")", 1)[1].split()
            parents[int(stat.parent.name)] = int(parts[1])
            # With the children that ended and were waited for.
            spent[int(stat.parent.name)] = sum(int(parts[place]) for place in range(11, 15))
    ours = 0
    for pid, ticks in spent.items():
        known = pid
        while known and known != mine:
            known = parents.get(known, 0)
        ours += ticks if known == mine else 0
    return sum(words), sum(words) - words[3] - words[4], ours


def judge(before: Sequence[int], problem: str) -> NoReturn:
    """Raise what is broken; NotJudged when other programs had more than a tenth of the machine since then."""
    if (others := others_share(before, machine_ticks())) > 0.1:
        raise NotJudged(f"others used {others:.0%} of the machine; {problem}")
    raise AssertionError(problem)


def patience() -> float:
    """Say how much longer than on a quiet machine to wait before giving up; no criterion depends on it."""
    return min(6.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
