"""Tables of the customs room: the dated tariff, and what is declared and held."""

from __future__ import annotations

from customs.models.clearance import *  # noqa: F403
from customs.models.tariff import (
    Area,
    AreaMember,
    Commodity,
    Confidence,
    ConfirmedCode,
    Fee,
    LowValueRegime,
    Measure,
    MeasureCondition,
    MeasureKind,
    Restriction,
    SearchText,
    TariffVersion,
    TaxRate,
    VersionState,
)

__all__ = [
    "Area",
    "AreaMember",
    "Commodity",
    "Confidence",
    "ConfirmedCode",
    "Fee",
    "LowValueRegime",
    "Measure",
    "MeasureCondition",
    "MeasureKind",
    "Restriction",
    "SearchText",
    "TariffVersion",
    "TaxRate",
    "VersionState",
]
