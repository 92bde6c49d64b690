"""Finding the customs code of goods: the HS tree, the search, the guided walk and what people confirmed."""

from __future__ import annotations

import os

# A search multiplies a few megabytes: a second thread costs more time than it saves, and memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
