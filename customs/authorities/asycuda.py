"""Houses that run ASYCUDA World, and every declaration that needs the full document: SAD as XML."""

from __future__ import annotations

from typing import Final

from customs import datasets
from customs.models import Declaration


class Asycuda:
    """Takes what needs the full document: warehouse goods, and parcels that no short form takes."""

    name: Final = "asycuda-sad"
    forms: Final = ("sad",)

    def takes(self, declaration: Declaration) -> bool:
        """Say whether the full document is needed: another procedure than free circulation, or no post."""
        return declaration.procedure != "4000" or declaration.mode in {"sea", "road", "rail"}

    def data(self, declaration: Declaration) -> str:
        """Write the document as XML text."""
        datasets.complete(declaration, "sad")
        return datasets.file_of(declaration, "sad").decode()
