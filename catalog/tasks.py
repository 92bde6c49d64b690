"""Work of the catalogue that runs in the background, gathered for the worker."""

from __future__ import annotations

from catalog.imports import check_import, run_import
from catalog.renditions import make_renditions

__all__ = ["check_import", "make_renditions", "run_import"]
