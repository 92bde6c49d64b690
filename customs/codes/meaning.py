"""What a text is about, as one direction of 96 numbers: close in meaning is close in direction.

The vectors of word parts ship with us (`customs/codes/word_parts`, made by `tools/word_parts.py`); a word is
the mean of its parts, a text the mean of its words weighed by how telling they are. No network is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
FOLDER: Final = Path(__file__).parent / "word_parts"
BEGINS: Final = "_"
WIDTH: Final = 96


class Parts:
    """The parts of words with their rank and vector; the vectors stay in their file."""

    def __init__(self, folder: Path = FOLDER) -> None:
        names = (folder / "parts.txt").read_text("ascii").split("\n")[:-1]
        self.rank = {name: place for place, name in enumerate(names)}
        self.vectors: NDArray[np.int8] = np.load(folder / "vectors.npy", mmap_mode="r").view(np.ndarray)
        self.scale: Floats = np.load(folder / "scale.npy")

    def cut(self, word: str) -> list[int]:
        """Cut a small Latin word into known parts: neighbours are joined, the earliest ranked pair first."""
        pieces = [BEGINS, *word]
        while len(pieces) > 1:
            pairs = [self.rank.get(one + two, -1) for one, two in pairwise(pieces)]
            known = [rank for rank in pairs if rank >= 0]
            if not known:
                break
            place = pairs.index(min(known))
            pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
        return [self.rank[piece] for piece in pieces if piece in self.rank]

    def word(self, word: str) -> Floats:
        """Give the vector of a word; zeros for one without a known part."""
        places = self.cut(word)
        if not places:
            return np.zeros(WIDTH, np.float32)
        found: Floats = (self.vectors[places] * self.scale[places, None]).mean(axis=0, dtype=np.float32)
        return found


@lru_cache(maxsize=1)
def parts() -> Parts:
    """Open the parts once in a process."""
    return Parts()


@lru_cache(maxsize=4096)
def _word(word: str) -> Floats:
    return parts().word(word)


def direction(tokens: Sequence[str], weight: Callable[[str], float]) -> Floats:
    """Give the direction of a text with length 1, zeros where no word is known."""
    total = np.zeros(WIDTH, np.float32)
    for token in tokens:
        total += np.float32(weight(token)) * _word(token)
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length else total
