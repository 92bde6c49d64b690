"""Make customs/codes/word_parts from the wheel of WordLlama (MIT): vectors of word parts, made small.

Usage: python tools/word_parts.py FOLDER, where FOLDER is the unpacked wheel (`pip download wordllama`).
Needed only when the parts are made anew; the product reads the made files and does not need the wheel.
"""

from __future__ import annotations

import json
import re
import struct
import sys
from pathlib import Path
from typing import Final

import numpy as np

OUT: Final = Path(__file__).parents[1] / "customs" / "codes" / "word_parts"
WIDTH: Final = 96
PART: Final = re.compile("▁?[a-z0-9]+|▁")  # what small Latin words can be cut into; ▁ begins a word


def main(folder: Path) -> None:
    """Read weights and vocabulary, keep what we can meet, turn to the main directions, round to bytes."""
    raw = (folder / "wordllama/weights/l2_supercat_256.safetensors").read_bytes()
    head = struct.unpack("<Q", raw[:8])[0]
    shape = json.loads(raw[8 : 8 + head])["embedding.weight"]["shape"]
    weights = np.frombuffer(raw[8 + head :], np.float16).reshape(shape).astype(np.float32)
    table = json.loads((folder / "wordllama/tokenizers/l2_supercat_tokenizer_config.json").read_text("utf-8"))
    ranks: dict[str, int] = table["model"]["vocab"]
    parts = sorted((part for part in ranks if PART.fullmatch(part)), key=lambda part: ranks[part])
    kept = weights[[ranks[part] for part in parts]]
    _left, _sizes, directions = np.linalg.svd(kept, full_matrices=False)
    turned = kept @ directions[:WIDTH].T
    scale = np.abs(turned).max(axis=1) / 127
    OUT.mkdir(exist_ok=True)
    np.save(OUT / "vectors.npy", np.round(turned / scale[:, None]).astype(np.int8))
    np.save(OUT / "scale.npy", scale.astype(np.float32))
    # In the order of their rank: the earlier part is joined first.
    (OUT / "parts.txt").write_text("\n".join(part.replace("▁", "_") for part in parts) + "\n", "ascii")
    print(f"{len(parts)} parts of {WIDTH} numbers")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
