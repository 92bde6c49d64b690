"""Work of the catalogue that runs in the background, gathered for the worker."""

from __future__ import annotations

from catalog.renditions import make_renditions

__all__ = ["make_renditions"]
