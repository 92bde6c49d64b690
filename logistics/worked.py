"""Worked cases: one public function per kind, each taking the case's input and returning its answer.

`answer(kind, given, cards)` finds the function. Numbers may come as JSON numbers or strings; amounts go
out as decimal strings. `python manage.py work_logistics_cases FILE --cards RATECARDS` runs a whole file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any, Final

from logistics import packing, workdays
from logistics.codes import check_digit
from logistics.insurance import premium
from logistics.published import NotInTariff, card_of, look_up
from logistics.rating.extras import Limits, Surcharge, triggered, with_fuel
from logistics.rating.shapes import AirBreaks, OverMaxWeight, WeightOrMeasure, read_shape
from logistics.rating.weight import Box, WeightRule, air_volume_weight, chargeable

Given = Mapping[str, Any]
CENT: Final = Decimal("0.01")
CM3_PER_FT3: Final = Decimal("28316.846592")
IN3_PER_FT3: Final = Decimal(1728)
LETTER_POST: Final = frozenset({"letter_post", "small_packet", "letter"})


class UnknownKind(ValueError):
    """No rule is known for this kind of case."""


def number(value: object) -> Decimal:
    """Read a JSON number or string exactly as it is written."""
    return Decimal(str(value))


def text(value: Decimal) -> str:
    """Write a decimal without needless zeros."""
    shown = f"{value.normalize():f}"
    return "0" if shown == "-0" else shown


def cents(value: Decimal) -> str:
    """Write an amount with two places, rounded half up."""
    return f"{value.quantize(CENT, ROUND_HALF_UP):f}"


def chargeable_weight(given: Given) -> dict[str, Any]:
    """Answer the billed weight of pieces by a service's rules."""
    rule = WeightRule.read(given)
    billed = chargeable(map(_box, given["pieces"]), rule)
    return {"chargeable_weight": text(billed.weight), "volume_weight": text(billed.volume)}


def _box(piece: Given) -> Box:
    length, width, height = (number(piece[side]) for side in ("l", "w", "h"))
    weight = number(piece.get("weight", piece.get("weight_kg")))
    return Box(length, width, height, weight, int(piece.get("qty", 1))).checked()


def air_volume(given: Given) -> dict[str, Any]:
    """Answer the IATA volume weight, and which weight is charged."""
    volume, gross = air_volume_weight(number(given["cbm"])), number(given["gross_kg"])
    return {"volume_weight": cents(volume), "chargeable": "volume" if volume > gross else "gross"}


def air_rate(given: Given) -> dict[str, Any]:
    """Answer the air charge with its weight breaks."""
    breaks = sorted((number(b["from_kg"]), number(b["rate"])) for b in given["breaks"])
    least = next((given[name] for name in ("minimum", "minimum_charge", "min_charge") if name in given), 0)
    shape = AirBreaks(tuple(breaks), number(least))
    priced = shape.price(number(given["weight_kg"]), Decimal(0))
    return {"charge": cents(priced.amount), "as_weight": text(priced.as_weight)}


def lcl(given: Given) -> dict[str, Any]:
    """Answer revenue tons and freight of a share of a container."""
    shape = WeightOrMeasure(number(given["rate_per_rt"]), number(given.get("min_rt", 1)))
    tons = shape.revenue_tons(number(given["weight_kg"]), number(given["cbm"]))
    return {"revenue_tons": text(tons), "freight": text(tons * shape.rate)}


def surcharge(given: Given) -> dict[str, Any]:
    """Answer one surcharge with its minimum, maximum and fuel; several triggers of a flat one count once.

    Pieces may come as a count, or with their sizes: then the printed triggers are tried on each of them.
    """
    kind = str(given["type"])
    amount = given.get("amount", given.get("per_kg", given.get("percent", given.get("pct", 0))))
    rule = Surcharge.read({"code": kind, "kind": kind, **given, "amount": amount, "triggers": ()})
    pieces = given.get("pieces")
    hit = int(given.get("triggered", 1))
    if isinstance(pieces, list):
        hit = pieces = sum(
            box.quantity for box in map(_box, pieces) if any(triggered(t, box) for t in given["triggers"])
        )
    kg = number(given.get("chargeable_kg", given.get("weight_kg", 0)))
    freight = number(given.get("freight", given.get("base", 0)))
    due = rule.charge(kg=kg, freight=freight, pieces=int(pieces or hit)) if hit else Decimal(0)
    if given.get("fuelable", True):
        due = with_fuel(due, number(given.get("fuel_pct", 0)))
    shown = max(_places(amount), _places(given.get("minimum", 0)), _places(given.get("freight", 0)))
    return {"total": f"{due.quantize(Decimal(1).scaleb(-shown), ROUND_HALF_UP):f}"}


def _places(value: object) -> int:
    exponent = number(value).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def rate_table(given: Given, cards: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a price of a published tariff by destination or zone."""
    if given["card"] not in cards:
        raise UnknownKind(f"No card named {given['card']!r} was given.")
    card = card_of(given["card"], cards[given["card"]])
    grams = given.get("weight_g")
    kg = number(grams) / 1000 if grams is not None else number(given["weight_kg"])
    try:
        found = look_up(
            card,
            weight_kg=kg,
            zone=str(given.get("zone", "")),
            country=str(given.get("destination", "")),
            content=str(given.get("content", "")),
        )
    except NotInTariff as missing:
        return {"error": missing.code}
    billed = found.billed_kg.quantize(Decimal("0.1")) if found.billed_kg % 1 == 0 else found.billed_kg
    return {
        "zone": int(found.zone) if found.zone.isdigit() else found.zone,
        "billed_kg": f"{billed:f}",
        "price": text(found.price),
        "currency": found.currency,
    }


def rate_formula(given: Given) -> dict[str, Any]:
    """Answer a price by formula, such as first weight plus steps."""
    pricing = given["pricing"]
    grams = given.get("weight_g")
    kg = number(grams) / 1000 if grams is not None else number(given["weight_kg"])
    try:
        price = read_shape(pricing).price(kg, number(given.get("cbm", 0))).amount
    except OverMaxWeight:
        return {"error": "over_max_weight"}
    return {"price": cents(price), "currency": given.get("currency", pricing.get("currency", "CNY"))}


def size_limit(given: Given) -> dict[str, Any]:
    """Answer whether a service takes a piece, and if not, why."""
    length, width, height = (number(side) for side in given["dims_cm"])
    reason = Limits.read(given["rule"]).refuse(Box(length, width, height, number(given["weight_kg"])))
    return {"accepted": True} if reason is None else {"accepted": False, "reason": reason}


def check(given: Given) -> dict[str, Any]:
    """Answer the check digit of a number."""
    return {"check": check_digit(given["scheme"], str(given["digits"]))}


def insurance(given: Given) -> dict[str, Any]:
    """Answer insured value, premium and deductible of a cargo."""
    goods, freight = number(given["goods"]), number(given["freight"])
    markup, rate = number(given.get("markup", "0.10")), number(given["rate"])
    if given.get("premium_inside_cif"):
        insured = premium.insured_value_with_premium_inside(goods, freight, markup, rate)
    else:
        insured = premium.insured_value(goods, freight, markup, duty=number(given.get("duty", 0)))
    due = max(insured * rate, number(given.get("minimum", 0)))
    share = number(given.get("deductible_rate", "0.02"))
    return {
        "insured_value": cents(insured),
        "premium": cents(due),
        "deductible_2pct": cents(insured * Decimal("0.02")),
        "deductible": cents(insured * share),
    }


def parcel_insurance(given: Given) -> dict[str, Any]:
    """Answer the premium of parcel cover."""
    due = premium.percent_premium(number(given["value"]), number(given["pct"]), number(given["minimum"]))
    return {"premium": cents(due)}


def delivery_estimate(given: Given) -> dict[str, Any]:
    """Answer the first and last day of delivery."""

    def off(whose: str) -> list[date]:
        days = [*given.get("holidays", []), *given.get(whose, [])]
        return [date.fromisoformat(day) for day in days]

    window = workdays.delivery_window(
        datetime.fromisoformat(given["ordered"]),
        cutoff=time.fromisoformat(given["cutoff"]),
        handling=given["handling_days"],
        transit=given["transit_days"],
        handling_open=workdays.week(given.get("handling_week", "Mon-Fri"), off("handling_holidays")),
        transit_open=workdays.week(given.get("transit_week", "Mon-Fri"), off("transit_holidays")),
    )
    first, last = window.day_numbers
    return {
        "earliest": window.earliest.isoformat(),
        "latest": window.latest.isoformat(),
        "earliest_day_number": first,
        "latest_day_number": last,
    }


def pack(given: Given) -> dict[str, Any]:
    """Answer how many boxes of each name the items fill, and how many items the first box would take."""
    boxes = [
        packing.Box(str(b["name"]), _sides(b["inner_mm"]), int(b.get("empty_g", 0)), int(b["max_total_g"]))
        for b in given["boxes"]
    ]
    items = [
        packing.Item(_sides(i["mm"]), int(i.get("weight_g", 0)), bool(i.get("keep_flat")), str(at))
        for at, i in enumerate(given["items"])
        for _each in range(int(i["qty"]))
    ]
    plan = packing.pack(boxes, items)
    counts: dict[str, Any] = {box.name: plan.count(box.name) for box in boxes}
    return counts | {
        "max_items_in_one_box": max(packing.most_in_one(box, items) for box in boxes),
        "left_over": len(plan.left_over),
        "boxes": len(plan.boxes),
    }


def _sides(sides: list[int]) -> packing.Sides:
    length, width, height = (int(side) for side in sides)
    return length, width, height


def storage_volume(given: Given) -> dict[str, Any]:
    """Answer the volume of a stored unit in cubic feet, to three places."""
    if "cm" in given:
        a, b, c = (number(side) for side in given["cm"])
        feet = a * b * c / CM3_PER_FT3
    else:
        a, b, c = (number(side) for side in given["in"])
        feet = a * b * c / IN3_PER_FT3
    return {"cubic_feet": f"{feet.quantize(Decimal('0.001'), ROUND_HALF_UP):f}"}


def storage_bins(given: Given) -> dict[str, Any]:
    """Answer how many bins so many units fill by volume, and the fee."""
    bin_volume = item_volume = Decimal(1)
    for side in given["bin_in"]:
        bin_volume *= number(side)
    for side in given["item_in"]:
        item_volume *= number(side)
    per_bin = bin_volume // item_volume
    units = given["units"] if isinstance(given["units"], list) else [given["units"]]
    bins = [int((number(count) / per_bin).to_integral_value(ROUND_CEILING)) for count in units]
    fees = [cents(number(given["fee_per_bin"]) * count) for count in bins]
    return (
        {"bins": bins, "fee": fees} if isinstance(given["units"], list) else {"bins": bins[0], "fee": fees[0]}
    )


def customs_form(given: Given) -> dict[str, Any]:
    """Answer the postal customs form: CN22 up to 300 SDR and 2 kg in letter post, else CN23."""
    small = number(given["value_sdr"]) <= 300 and number(given["weight_kg"]) <= 2
    letter = str(given.get("service", "letter_post")) in LETTER_POST
    return {"form": "CN22" if small and letter else "CN23"}


KINDS: Final[Mapping[str, Callable[[Given], dict[str, Any]]]] = {
    "chargeable_weight": chargeable_weight,
    "air_volume_weight": air_volume,
    "air_rate": air_rate,
    "lcl_wm": lcl,
    "surcharge": surcharge,
    "rate_formula": rate_formula,
    "size_limit": size_limit,
    "check_digit": check,
    "insurance": insurance,
    "parcel_insurance": parcel_insurance,
    "delivery_estimate": delivery_estimate,
    "packing": pack,
    "storage_volume": storage_volume,
    "storage_bins": storage_bins,
    "customs_form": customs_form,
}


def answer(kind: str, given: Given, cards: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Answer a worked case of any known kind; `cards` holds the tariffs that `rate_table` reads."""
    if kind == "rate_table":
        return rate_table(given, cards or {})
    if kind not in KINDS:
        raise UnknownKind(f"No rule is known for {kind!r}.")
    return KINDS[kind](given)


def same(expected: object, got: object) -> bool:
    """Compare an expected value with an answer: numbers by value, all else exactly."""
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        return all(key in got and same(value, got[key]) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(same(a, b) for a, b in zip(expected, got, strict=True))
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    try:
        return number(expected) == number(got)
    except ArithmeticError:
        return expected == got
