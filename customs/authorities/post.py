"""Posts and express carriers: item data ahead as UPU ITMATT."""

from __future__ import annotations

from typing import Any, Final

from customs import datasets
from customs.models import Declaration


class Post:
    """Takes every parcel that goes by air, post or express."""

    name: Final = "upu-itmatt"
    forms: Final = ("itmatt",)

    def takes(self, declaration: Declaration) -> bool:
        """Take what no other system wants."""
        return bool(declaration.pk)

    def data(self, declaration: Declaration) -> dict[str, Any]:
        """Write ITMATT."""
        return datasets.complete(declaration, "itmatt")
