"""Work of the catalogue that runs in the background, gathered for the worker."""

from __future__ import annotations

from catalog.imports import check_import, run_import
from catalog.notices import tell_seller_of
from catalog.renditions import make_renditions
from marketplace.events.bus import subscriber
from marketplace.events.models import Event

__all__ = ["check_import", "make_renditions", "run_import", "tell_seller"]


@subscriber
def tell_seller(event: Event) -> None:
    """Tell the seller what we decided; a repeated event is told once."""
    tell_seller_of(event)
