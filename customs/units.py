"""Units of measurement as tariffs print them, and the quantities they are counted in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """`keys` are multiplied; `factor` is how many of the declared quantity make one unit of the tariff."""

    printed: str
    keys: tuple[str, ...]
    factor: Decimal = Decimal(1)


def _unit(printed: str, keys: str, factor: str = "1") -> tuple[str, tuple[tuple[str, ...], Decimal]]:
    return printed, (tuple(keys.split("*")), Decimal(factor))


# Printed form (lower case, blanks do not count) → declared quantities, how many of them make one unit.
TABLE: Final = dict(
    [
        *(
            _unit(text, "kilogram")
            for text in ("kg", "kgs", "kilogram", "kilograms", "kilo", "kg net", "kg/net", "kgm", "net kg")
        ),
        *(_unit(text, "gram") for text in ("g", "gram", "grams")),
        *(_unit(text, "kilogram", "1000") for text in ("t", "tonne", "tonnes", "tne", "metric ton")),
        *(_unit(text, "kilogram", "100") for text in ("dtn", "quintal")),
        *(_unit(text, "litre", "100") for text in ("hl", "hlt", "hectolitre", "hectoliter", "hectolitres")),
        *(_unit(text, "litre") for text in ("l", "litre", "litres", "liter", "liters", "ltr")),
        *(
            _unit(text, "litre_of_pure_alcohol")
            for text in (
                "litre of pure alcohol",
                "litres of pure alcohol",
                "liter of pure alcohol",
                "l of pure alcohol",
                "l of alcohol",
                "litre of alcohol",
                "litres of alcohol",
                "lpa",
                "l alc. 100%",
                "l pure alcohol",
                "litre pure alcohol",
            )
        ),
        *(
            _unit(text, "litre_of_pure_alcohol", "100")
            for text in (
                "hl of pure alcohol",
                "hectolitre of pure alcohol",
                "hl pure alcohol",
                "hl alc. 100%",
            )
        ),
        # A United States proof litre holds half a litre of pure alcohol (27 CFR 30.11).
        *(
            _unit(text, "litre_of_pure_alcohol", "0.5")
            for text in ("pf.liter", "pf. liter", "proof liter", "pf. liter on ethyl alcohol content")
        ),
        *(
            _unit(text, "alcohol_percent*litre", "100")
            for text in ("% vol/hl", "% vol per hl", "%vol/hl", "% vol hl", "asvx", "% alc/hl", "% abv/hl")
        ),
        *(_unit(text, "alcohol_percent*litre") for text in ("% vol/l", "% vol/litre", "% vol per litre")),
        *(
            _unit(text, "item")
            for text in (
                "item",
                "items",
                "each",
                "p/st",
                "piece",
                "pieces",
                "pcs",
                "no",
                "unit",
                "units",
                "u",
                "head",
                "article",
                "number",
                "bottle",
            )
        ),
        *(_unit(text, "item", "12") for text in ("doz.", "doz", "dozen")),
        *(_unit(text, "item", "144") for text in ("gross",)),
        *(_unit(text, "item", "1000") for text in ("thousand", "mil")),
        *(_unit(text, "pin") for text in ("pins",)),
        *(_unit(text, "pair") for text in ("pr.", "pr", "pair", "pairs", "pa", "prs")),
        *(_unit(text, "metre") for text in ("m", "metre", "metres", "meter")),
        *(
            _unit(text, "square_metre")
            for text in ("m2", "m²", "msq", "sq m", "square metre", "square metres", "square meter")
        ),
        *(_unit(text, "cubic_metre") for text in ("m3", "m³", "cubic metre", "cubic meter")),
        *(_unit(text, "carat") for text in ("ct", "ct/l", "carat")),
        *(_unit(text, "barrel") for text in ("bbl", "barrel")),
        *(_unit(text, "jewel") for text in ("jewel",)),
        *(_unit(text, "megawatt_hour") for text in ("mwh",)),
        *(_unit(text, "gross_kilogram") for text in ("kg/br", "kg gross", "kg on contents and container")),
        *(_unit(text, "kilogram_contents") for text in ("kg on entire contents of container",)),
        *(
            _unit(text, "kilogram_drained")
            for text in ("kg eda", "kg net eda", "kg on drained weight", "kg/net eda")
        ),
        *(_unit(text, "kilogram_dry_matter") for text in ("kg mas", "kg dry matter")),
        *(_unit(text, "kilogram_lactic_matter") for text in ("kg/lactic matter", "kg lactic matter")),
        *(
            _unit(text, "kilogram_dry_lactic_matter")
            for text in ("kg/dry lactic matter", "kg dry lactic matter")
        ),
        *(_unit(text, "kilogram_total_alcohol") for text in ("kg/tot/alc", "kg tot alc")),
        *(_unit(text, "kilogram_standard_quality") for text in ("kg std qual", "kg standard quality")),
        *(_unit(text, "kilogram_total_sugars") for text in ("kg of total sugars",)),
        *(_unit(text, "kilogram_total_soluble_solids") for text in ("kg tss",)),
        *(_unit(text, "kilogram_tobacco") for text in ("kg of tobacco content",)),
        *(_unit(text, "kilogram_clean") for text in ("clean kg",)),
        *(
            _unit(f"kg on {metal} content", f"kilogram_{metal}")
            for metal in ("lead", "copper", "molybdenum", "tungsten", "magnesium", "manganese", "zinc")
        ),
        *(
            _unit(text, "sucrose_percent*kilogram")
            for text in (
                "kg/%sacchar.",
                "kg/% sacchar.",
                "kg/%sacchar",
                "kg/% sucrose",
                "% sucrose/kg",
                "kg/net/%sacchar.",
                "kg/net/%sacchar",
                "kg net/%sacchar",
                "% sucrose/kg net",
            )
        ),
        *(
            _unit(text, "sucrose_percent*kilogram", "100")
            for text in (
                "dtn z",
                "dtnz",
                "dtn/% sucrose",
                "% sucrose/dtn",
                "dtn/%sacchar.",
                "% sucrose/100 kg",
            )
        ),
        # The small producer's discount counts for each litre of pure alcohol (Finance (No. 2) Act 2023).
        *(
            _unit(text, "litre_of_pure_alcohol*spr_discount")
            for text in (
                "spq",
                "spr discount",
                "lpa/spr discount",
                "l alc. 100%/spr discount",
                "litre of pure alcohol/spr discount",
                "litre of pure alcohol, multiplied by the spr discount",
                "for each litre of pure alcohol, multiplied by the spr discount",
            )
        ),
        *(_unit(text, "item") for text in ("cigarettes", "cigarette", "sticks", "stick")),
        *(_unit(text, "subheading") for text in ("distinct subheading", "subheading", "tariff subheading")),
        *(_unit(text, "entry") for text in ("entry", "waybill", "consignment", "declaration", "parcel")),
    ]
)

WORDS: Final = {
    "kilogram": "net weight in kilograms",
    "gross_kilogram": "gross weight in kilograms",
    "litre": "volume in litres",
    "alcohol_percent": "strength in percent of alcohol by volume",
    "litre_of_pure_alcohol": "litres of pure alcohol (or litres and strength)",
    "sucrose_percent": "percent of sucrose",
    "item": "number of items",
    "pair": "number of pairs",
    "square_metre": "area in square metres",
    "retail_price": "retail price",
    "spr_discount": "discount of small producer relief",
}


def squeeze(text: str) -> str:
    """The form in which units are compared: lower case, no blanks."""
    return re.sub(r"\s+", "", text).lower()


BY_PRINT: Final = {squeeze(printed): (printed, *meaning) for printed, meaning in TABLE.items()}
PATTERN: Final = "|".join(
    r"\s*".join(re.escape(character) for character in printed.replace(" ", ""))
    + (r"(?![A-Za-z])" if printed[-1].isalpha() else "")
    for printed in sorted(TABLE, key=lambda text: -len(text.replace(" ", "")))
)


def read_unit(text: str) -> Unit:
    """The unit that a tariff prints as `text`."""
    printed, keys, factor = BY_PRINT[squeeze(text)]
    return Unit(printed, keys, factor)
