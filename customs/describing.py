"""Is a goods description good enough for customs? It must say what, made of what, used for what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# Words that name nothing; customs systems (ICS2 data element 18 05) refuse descriptions made of them.
STOP_WORDS: Final = frozenset(
    [
        "accessories",
        "accessory",
        "apparel",
        "appliance",
        "appliances",
        "article",
        "articles",
        "box",
        "boxes",
        "cargo",
        "carton",
        "cartons",
        "chemicals",
        "clothes",
        "clothing",
        "commodity",
        "consolidated",
        "cosmetics",
        "daily",
        "devices",
        "electronic",
        "electronics",
        "equipment",
        "food",
        "foodstuff",
        "freight",
        "garments",
        "general",
        "gift",
        "gifts",
        "good",
        "goods",
        "hardware",
        "household",
        "item",
        "items",
        "machine",
        "machinery",
        "machines",
        "material",
        "materials",
        "merchandise",
        "misc",
        "miscellaneous",
        "necessities",
        "new",
        "object",
        "objects",
        "order",
        "other",
        "others",
        "package",
        "parcel",
        "parts",
        "pieces",
        "present",
        "product",
        "products",
        "sample",
        "samples",
        "set",
        "sets",
        "shipment",
        "shoes",
        "spare",
        "stuff",
        "supplies",
        "things",
        "tools",
        "toys",
        "unknown",
        "use",
        "various",
        "wear",
    ]
)
_FILLERS: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "by",
        "for",
        "from",
        "in",
        "into",
        "of",
        "on",
        "or",
        "per",
        "the",
        "to",
        "with",
        "without",
        "no",
        "nos",
        "pcs",
        "pc",
        "x",
    ]
)
_MATERIAL: Final = re.compile(
    r"""\b(of|made|from|cotton|silk|wool|linen|leather|wood(en)?|bamboo|sisal|rattan|paper|glass|ceramic|porcelain|
    clay|stone|steel|iron|copper|brass|tin|pewter|silver|gold|alumini?um|alloy|metal|plastic|polyester|polypropylene|
    polymer|rubber|silicone|grape|grapes|milk|cocoa|coffee|tea|sugar|honey|shrimp|fish|beef|meat|soap|oil|lithium|li-ion|
    \d+\s?%)\b""",
    re.IGNORECASE | re.VERBOSE,
)
MATERIAL_WORDS: Final = frozenset(
    """cotton silk wool linen leather wood wooden bamboo sisal rattan paper glass ceramic
    porcelain clay stone steel iron copper brass tin pewter silver gold aluminium aluminum
    alloy metal plastic polyester polypropylene nylon acrylic rubber silicone resin synthetic
    textile felt velvet canvas denim cashmere marble concrete cardboard polyethylene pvc abs
    foam latex wax straw seagrass cork""".split()  # noqa: SIM905
)
_USE: Final = re.compile(r"\b(for|used|use|to (be|wear|eat|drink))\b", re.IGNORECASE)
EXAMPLE: Final = "woven basket, of sisal 100%, for storing things at home"


@dataclass(frozen=True, slots=True)
class Quality:
    """What a description says and what it leaves out."""

    names_goods: bool
    names_material: bool
    names_use: bool
    stop_words: tuple[str, ...]

    @property
    def is_vague(self) -> bool:
        """Customs would not know what this is."""
        return not self.names_goods

    @property
    def score(self) -> int:
        """Count the parts that are there: 0 to 3."""
        return self.names_goods + self.names_material + self.names_use

    @property
    def missing(self) -> tuple[str, ...]:
        """Name the parts that are not there."""
        parts = {"what": self.names_goods, "made_of": self.names_material, "used_for": self.names_use}
        return tuple(part for part, there in parts.items() if not there)


def judge(text: str) -> Quality:
    """Read a description as a customs officer would."""
    words = [word.lower() for word in re.findall(r"[^\W\d_][\w'-]*", text)]
    telling = [word for word in words if word not in STOP_WORDS and word not in _FILLERS and len(word) > 1]
    stops = tuple(dict.fromkeys(word for word in words if word in STOP_WORDS))
    enough = len([word for word in words if word not in _FILLERS]) >= 3 and len(telling) >= 2
    return Quality(enough, bool(_MATERIAL.search(text)), bool(_USE.search(text)), stops)
