"""What may travel how: one table of goods rules, each row with its source. Plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

SURFACE: Final = frozenset({"sea", "road", "rail", "parcel"})
DRY_SEA: Final = frozenset({"sea"})
AIR: Final = frozenset({"air"})
POST: Final = frozenset({"post"})
ALL: Final = frozenset({"air", "sea", "reefer", "post"})
DGR: Final = "IATA DGR section II limits, as in UPU/ICAO guidance (facts 3.5)"
OURS: Final = "Sampan house carrier, conditions of carriage"


@dataclass(frozen=True, slots=True)
class GoodsTraits:
    """What makes goods special on the way."""

    battery_wh: Decimal | None = None
    battery_un: str = ""
    temperature: str = ""
    food: bool = False
    liquid: bool = False
    alcohol: Decimal | None = None
    magnet: bool = False

    @property
    def cold(self) -> str:
        """frozen, chilled or nothing."""
        text = self.temperature.lower()
        return "frozen" if "frozen" in text else "chilled" if "chill" in text else ""


@dataclass(frozen=True, slots=True)
class GoodsRule:
    """A verdict: `refused`, `papers` (allowed with papers) or `note`.

    It counts for a way of one of the modes, at one of the levels, by one of the carriers, between these
    countries; an empty set stands for all.
    """

    code: str
    applies: Callable[[GoodsTraits], bool]
    modes: frozenset[str]
    levels: frozenset[str]
    verdict: str
    words: str
    way_out: str
    source: str
    carriers: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    destinations: frozenset[str] = frozenset()

    def counts_for(self, modes: frozenset[str], level: str, carrier: str, lane: tuple[str, str]) -> bool:
        """Tell whether the rule is about this way at all."""
        asked = (
            (self.levels, level),
            (self.carriers, carrier),
            (self.origins, lane[0]),
            (self.destinations, lane[1]),
        )
        return bool(modes & self.modes) and all(not known or one in known for known, one in asked)


EVERY: Final[frozenset[str]] = frozenset()
FAST: Final = frozenset({"express"})
RULES: Final[tuple[GoodsRule, ...]] = (
    GoodsRule(
        "frozen-needs-reefer",
        lambda t: t.cold == "frozen",
        DRY_SEA | POST,
        EVERY,
        "refused",
        "Frozen goods cannot go in a dry container or by post.",
        "Choose a frozen container share or an air parcel with dry ice.",
        OURS,
    ),
    GoodsRule(
        "frozen-not-in-consolidation",
        lambda t: bool(t.cold),
        AIR,
        frozenset({"economy"}),
        "refused",
        "Cold goods cannot wait for a shared flight.",
        "Choose standard or express with cold packing.",
        OURS,
    ),
    GoodsRule(
        "dry-ice",
        lambda t: t.cold == "frozen",
        AIR,
        EVERY,
        "papers",
        "Travels with dry ice (UN1845); the box must let gas out and carry the mark.",
        "",
        "IATA PI 954: dry ice UN1845",
    ),
    GoodsRule(
        "chilled-by-air-only",
        lambda t: t.cold == "chilled",
        DRY_SEA | POST | frozenset({"reefer"}),
        EVERY,
        "refused",
        "Fresh chilled goods would not last on this way.",
        "Choose standard or express by air.",
        OURS,
    ),
    GoodsRule(
        "reefer-for-frozen-only",
        lambda t: t.cold != "frozen",
        frozenset({"reefer"}),
        EVERY,
        "refused",
        "A frozen container takes only frozen goods.",
        "Choose another way.",
        OURS,
    ),
    GoodsRule(
        "battery-too-large",
        lambda t: t.battery_wh is not None and t.battery_wh > 100,
        AIR | POST,
        EVERY,
        "refused",
        "Lithium batteries above 100 Wh do not fly in parcels.",
        "Send them by sea with a dangerous-goods declaration.",
        DGR,
    ),
    GoodsRule(
        "battery-alone-not-express",
        lambda t: t.battery_un.upper().startswith(("UN3480", "UN3090")),
        AIR,
        FAST,
        "refused",
        "Lithium batteries sent alone may not fly on passenger aircraft, which express uses.",
        "Choose standard or economy, which use cargo aircraft.",
        "IATA DGR PI 965/968: cargo aircraft only",
    ),
    GoodsRule(
        "battery-alone-by-post",
        lambda t: t.battery_un.upper().startswith(("UN3480", "UN3090")),
        POST,
        EVERY,
        "refused",
        "The post does not take lithium batteries sent alone.",
        "Choose a parcel service.",
        "UPU Convention: only batteries installed in equipment",
    ),
    GoodsRule(
        "battery-alone-papers",
        lambda t: t.battery_un.upper().startswith(("UN3480", "UN3090")),
        AIR,
        EVERY,
        "papers",
        "Cargo aircraft only; charged to 30 % at most; UN 38.3 test summary and battery mark needed.",
        "",
        "IATA DGR PI 965",
    ),
    GoodsRule(
        "battery-in-equipment",
        lambda t: t.battery_un.upper().startswith(("UN3481", "UN3091")),
        AIR | POST,
        EVERY,
        "papers",
        "Battery inside equipment: UN 38.3 test summary needed; a mark above 4 cells or 2 batteries.",
        "",
        "IATA DGR PI 967",
    ),
    GoodsRule(
        "alcohol-by-post",
        lambda t: bool(t.alcohol),
        POST,
        EVERY,
        "refused",
        "The post does not take alcohol.",
        "Choose a parcel or freight service.",
        "UPU and national post conditions",
    ),
    GoodsRule(
        "alcohol-too-strong",
        lambda t: t.alcohol is not None and t.alcohol > 70,
        ALL,
        EVERY,
        "refused",
        "Drinks above 70 % alcohol are not carried.",
        "Ask us for a dangerous-goods quote.",
        "UN3065 packing group II",
    ),
    GoodsRule(
        "spirits-by-air",
        lambda t: t.alcohol is not None and 24 < t.alcohol <= 70,
        AIR,
        EVERY,
        "papers",
        "Drinks above 24 % alcohol fly as UN3065 in bottles up to 5 litres.",
        "",
        "IATA DGR UN3065, special provision A58",
    ),
    GoodsRule(
        "magnet-by-air",
        lambda t: t.magnet,
        AIR,
        EVERY,
        "papers",
        "Strong magnets need shielding and a field test before they fly.",
        "",
        "IATA PI 953",
    ),
    GoodsRule(
        "battery-asks-the-carrier",
        lambda t: bool(t.battery_un),
        AIR,
        EVERY,
        "papers",
        "FedEx takes some kinds of small lithium batteries only when it has agreed before.",
        "",
        "IATA DGR, operator variation FX-05",
        carriers=frozenset({"fedex"}),
    ),
)


def judge(
    traits: GoodsTraits,
    *,
    modes: Iterable[str],
    level: str,
    carrier: str = "",
    lane: tuple[str, str] = ("", ""),
    rules: Sequence[GoodsRule] = RULES,
) -> tuple[GoodsRule | None, tuple[GoodsRule, ...]]:
    """Return the rule that refuses the goods on this way, if any, and those that only ask for papers.

    `lane` is the country of origin of the way and that of its end.
    """
    used = frozenset(modes)
    refused: GoodsRule | None = None
    asks: list[GoodsRule] = []
    for rule in rules:
        if rule.counts_for(used, level, carrier, lane) and rule.applies(traits):
            if rule.verdict == "refused":
                refused = refused or rule
            else:
                asks.append(rule)
    return refused, tuple(asks)
