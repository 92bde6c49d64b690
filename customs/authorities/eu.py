"""The Union's systems: ICS2 before loading, H7 for parcels up to EUR 150."""

from __future__ import annotations

from typing import Any, Final

from customs import datasets
from customs.datasets import h7
from customs.grounds import EU
from customs.models import Declaration


class Union:
    """Takes low-value parcels to a member state; ENS and H7 go together."""

    name: Final = "eu-h7"
    forms: Final = ("ens", "h7")

    def takes(self, declaration: Declaration) -> bool:
        """Say whether the parcel goes to the Union and may use H7."""
        return declaration.to_country in EU and declaration.procedure == "4000" and h7.fits(declaration)

    def data(self, declaration: Declaration) -> dict[str, Any]:
        """Write H7 with the entry summary declaration beside it."""
        return {**datasets.complete(declaration, "h7"), "entrySummary": datasets.complete(declaration, "ens")}
