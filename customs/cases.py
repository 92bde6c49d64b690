"""Read a landed-cost request: JSON in, one frozen case out, or one entry per wrong field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from babel import Locale
from babel.numbers import list_currencies
from django.utils.translation import gettext as _

from customs.duty import MODES, Rounding
from customs.landed import GivenMeasure, GivenRules, GoodsLine
from customs.models import MeasureKind
from customs.regimes import PLATFORM_REGISTRATIONS
from marketplace.kit.money import Money
from marketplace.kit.places import Place

COUNTRIES: Final = frozenset(
    str(code) for code in Locale("en").territories if re.fullmatch(r"[A-Z]{2}", str(code))
)
CURRENCIES: Final = frozenset(list_currencies())
BASES: Final = frozenset(
    [
        "goods",
        "customs_value",
        "duty",
        "excise",
        "consumption_tax",
        "vat",
        "fee",
        "freight",
        "insurance",
        "onward_transport",
        "third_country_duty",
        "retail_price",
    ]
)
LIMIT: Final = Decimal("1e13")
MAX_LINES: Final = 200
MAX_BYTES: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field and what to do about it."""

    field: str
    detail: str


class BadRequest(ValueError):
    """The request cannot be read."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.detail}" for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class LineRequest:
    """A line as asked: a SKU, or customs data of its own."""

    sku: str | None
    goods: GoodsLine
    unit_value: Money | None
    size_cm: tuple[Decimal, Decimal, Decimal] | None
    given: frozenset[str]


@dataclass(frozen=True, slots=True)
class LandedRequest:
    """A whole request; what is None has to be found by us."""

    on: date
    ship_from: Place
    ship_to: Place
    buyer_kind: str
    buyer_tax_id: str | None
    currency: str
    terms: str
    mode: str | None
    registrations: tuple[str, ...]
    lines: tuple[LineRequest, ...]
    freight: Money | None
    insurance: Money | None
    onward_transport: Money | None
    exchange_rates: Mapping[tuple[str, str], Decimal] | None
    measures: tuple[GivenMeasure, ...] | None
    rules: GivenRules | None
    year_spent: Money | None


class _Reader:
    """Reads fields and gathers every error instead of stopping at the first."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def wrong(self, field: str, detail: str) -> None:
        self.errors.append(FieldError(field, detail))

    def part(self, data: Any, field: str, *, needed: bool = False) -> dict[str, Any]:
        if isinstance(data, dict):
            return data
        if data is not None or needed:
            self.wrong(field, _("Give an object."))
        return {}

    def number(
        self, data: Any, field: str, *, least: Decimal | None = Decimal(0), needed: bool = False
    ) -> Decimal | None:
        if data is None or data == "":
            if needed:
                self.wrong(field, _("Give a number."))
            return None
        if isinstance(data, bool) or not isinstance(data, (str, int, Decimal)):
            self.wrong(field, _("Give a decimal number as a string, such as “12.50”."))
            return None
        try:
            found = Decimal(str(data).strip())
        except InvalidOperation:
            self.wrong(field, _("Give a decimal number as a string, such as “12.50”."))
            return None
        if not found.is_finite() or abs(found) > LIMIT or len(found.as_tuple().digits) > 28:
            self.wrong(field, _("This number is too large or not a number."))
            return None
        if least is not None and found < least:
            self.wrong(field, _("The number must not be below %(least)s.") % {"least": least})
            return None
        return found

    def currency(self, data: Any, field: str) -> str:
        if isinstance(data, str) and data.strip().upper() in CURRENCIES:
            return data.strip().upper()
        self.wrong(field, _("Give a currency code of three letters, such as EUR."))
        return "EUR"

    def money(self, data: Any, field: str, *, needed: bool = False) -> Money | None:
        if data is None:
            if needed:
                self.wrong(field, _("Give an amount with its currency."))
            return None
        part = self.part(data, field, needed=True)
        if not part:
            return None
        amount = self.number(part.get("amount"), f"{field}.amount", needed=True)
        currency = self.currency(part.get("currency"), f"{field}.currency")
        return Money(amount, currency) if amount is not None else None

    def country(self, data: Any, field: str) -> str:
        if isinstance(data, str) and data.strip().upper() in COUNTRIES:
            return data.strip().upper()
        self.wrong(field, _("Give a country code of two letters, such as DE."))
        return "DE"

    def place(self, data: Any, field: str) -> Place:
        part = self.part(data, field, needed=True)
        if not part:
            return Place("DE")
        texts = {name: str(part.get(name) or "")[:60] for name in ("postal_code", "town", "region")}
        return Place(self.country(part.get("country"), f"{field}.country"), **texts)

    def text(self, data: Any, field: str, *, length: int = 2000) -> str:
        if data is None:
            return ""
        if not isinstance(data, str):
            self.wrong(field, _("Give text."))
            return ""
        return data.strip()[:length]

    def choice(self, data: Any, field: str, choices: tuple[str, ...], usual: str) -> str:
        if data is None:
            return usual
        if isinstance(data, str) and data in choices:
            return data
        self.wrong(field, _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)})
        return usual

    def texts(self, data: Any, field: str, *, among: frozenset[str] | None = None) -> tuple[str, ...]:
        if data is None:
            return ()
        if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
            self.wrong(field, _("Give a list of texts."))
            return ()
        for item in data:
            if among is not None and item not in among:
                words = _("“%(item)s” is not known. Choose from: %(among)s.")
                self.wrong(field, words % {"item": item[:40], "among": ", ".join(sorted(among))})
        return tuple(data)


def load(raw: bytes | str) -> Any:
    """JSON with exact decimals; a BadRequest when it is none."""
    if len(raw) > MAX_BYTES:
        raise BadRequest([FieldError("", _("The request is larger than 2 MB. Send fewer lines."))])
    try:
        return json.loads(raw, parse_float=Decimal)
    except (ValueError, RecursionError) as problem:
        raise BadRequest([FieldError("", _("This is not JSON: %(why)s.") % {"why": problem})]) from problem


def parse(data: Any, *, today: date) -> LandedRequest:
    """Read a request, or raise BadRequest with an entry per field."""
    read = _Reader()
    if not isinstance(data, dict):
        raise BadRequest([FieldError("", _("Give a JSON object."))])
    buyer = read.part(data.get("buyer"), "buyer")
    ship_from = read.place(data.get("ship_from"), "ship_from")
    request = LandedRequest(
        on=_day(read, data.get("on"), today),
        ship_from=ship_from,
        ship_to=read.place(data.get("ship_to"), "ship_to"),
        buyer_kind=read.choice(buyer.get("kind"), "buyer.kind", ("consumer", "business", "gift"), "consumer"),
        buyer_tax_id=read.text(buyer.get("tax_id"), "buyer.tax_id", length=40) or None,
        currency=read.currency(data.get("currency"), "currency"),
        terms=read.choice(data.get("terms"), "terms", ("DDP", "DAP"), "DDP"),
        mode=_mode(read, data.get("mode")),
        registrations=PLATFORM_REGISTRATIONS
        if data.get("registrations") is None
        else read.texts(data["registrations"], "registrations"),
        lines=_lines(read, data.get("lines"), ship_from),
        freight=read.money(data.get("freight"), "freight"),
        insurance=read.money(data.get("insurance"), "insurance"),
        onward_transport=read.money(data.get("onward_transport"), "onward_transport"),
        exchange_rates=_rates(read, data.get("exchange_rates")),
        measures=_measures(read, data.get("measures")),
        rules=_rules(read, data.get("rules")),
        year_spent=read.money(buyer.get("year_spent"), "buyer.year_spent"),
    )
    if request.measures:
        known = {line.goods.reference for line in request.lines}
        for index, measure in enumerate(request.measures):
            if measure.line is not None and measure.line not in known:
                read.wrong(f"measures[{index}].line", _("No line has this reference."))
    if read.errors:
        raise BadRequest(read.errors)
    return request


def _day(read: _Reader, data: Any, today: date) -> date:
    if data is None:
        return today
    try:
        found = date.fromisoformat(data)
    except (TypeError, ValueError):
        read.wrong("on", _("Give a day as YYYY-MM-DD."))
        return today
    if not 1990 <= found.year <= 2100:
        read.wrong("on", _("Give a day between 1990 and 2100."))
    return found


def _mode(read: _Reader, data: Any) -> str | None:
    if data is None:
        return None
    known = {"ocean": "sea", "mail": "post", "truck": "road", "plane": "air"}
    modes = ("courier", "express", "air", "post", "sea", "road", "rail")
    return read.choice(known.get(data, data) if isinstance(data, str) else data, "mode", modes, "courier")


def _lines(read: _Reader, data: Any, ship_from: Place) -> tuple[LineRequest, ...]:
    if not isinstance(data, list) or not data:
        read.wrong("lines", _("Give at least one line of goods."))
        return ()
    if len(data) > MAX_LINES:
        read.wrong("lines", _("Give at most %(most)s lines.") % {"most": MAX_LINES})
        return ()
    found = [_line(read, item, f"lines[{index}]", index, ship_from) for index, item in enumerate(data)]
    references = [line.goods.reference for line in found]
    if len(set(references)) < len(references):
        read.wrong("lines", _("Give each line a reference of its own."))
    return tuple(found)


def _line(read: _Reader, data: Any, field: str, index: int, ship_from: Place) -> LineRequest:
    part = read.part(data, field, needed=True)
    sku = read.text(part.get("sku"), f"{field}.sku", length=80) or None
    code = re.sub(r"[.\s]", "", read.text(part.get("hs_code"), f"{field}.hs_code", length=30))
    if code and not re.fullmatch(r"\d{4,12}", code):
        read.wrong(f"{field}.hs_code", _("Give a goods code of 6 to 10 digits."))
    quantity = read.number(part.get("quantity", "1"), f"{field}.quantity", needed=True)
    if quantity == 0:
        read.wrong(f"{field}.quantity", _("The quantity must be more than zero."))
    value = read.money(part.get("unit_value"), f"{field}.unit_value", needed=sku is None and bool(part))
    origin = part.get("origin")
    measured: dict[str, Decimal] = {}
    for name, amount in read.part(part.get("measured"), f"{field}.measured").items():
        number = read.number(amount, f"{field}.measured.{name}")
        if number is not None:
            measured[_quantity_name(name)] = number
    goods = GoodsLine(
        reference=str(part.get("reference") or index + 1)[:40],
        hs_code=code,
        origin=read.country(origin, f"{field}.origin") if origin is not None else ship_from.country,
        description=read.text(part.get("description"), f"{field}.description"),
        quantity=quantity or Decimal(1),
        value=(value * (quantity or Decimal(1))) if value else Money(Decimal(0), "EUR"),
        net_weight_kg=read.number(part.get("net_weight_kg"), f"{field}.net_weight_kg"),
        gross_weight_kg=read.number(part.get("gross_weight_kg"), f"{field}.gross_weight_kg"),
        measured=measured,
        evidence=read.texts(part.get("evidence"), f"{field}.evidence"),
    )
    return LineRequest(sku, goods, value, _size(read, part.get("size_cm"), field), frozenset(part))


def _quantity_name(name: str) -> str:
    """The tables' name of a quantity; plural and short forms are understood."""
    plain = name.strip().lower()
    known = {"abv": "alcohol_percent", "lpa": "litre_of_pure_alcohol", "kg": "kilogram", "liter": "litre"}
    if plain in known:
        return known[plain]
    return (
        plain.removesuffix("s") if plain.endswith(("litres", "items", "pairs", "metres", "grams")) else plain
    )


def _size(read: _Reader, data: Any, field: str) -> tuple[Decimal, Decimal, Decimal] | None:
    if data is None:
        return None
    if not isinstance(data, list) or len(data) != 3:
        read.wrong(f"{field}.size_cm", _("Give length, width and height."))
        return None
    sides = [read.number(side, f"{field}.size_cm[{index}]", needed=True) for index, side in enumerate(data)]
    first, second, third = (side or Decimal(0) for side in sides)
    return first, second, third


def _rates(read: _Reader, data: Any) -> Mapping[tuple[str, str], Decimal] | None:
    if data is None:
        return None
    found: dict[tuple[str, str], Decimal] = {}
    for pair, rate in read.part(data, "exchange_rates", needed=True).items():
        field = f"exchange_rates.{pair}"
        number = read.number(rate, field, needed=True)
        base, _slash, quote = pair.upper().partition("/")
        if base not in CURRENCIES or quote not in CURRENCIES:
            read.wrong(field, _("Name a pair such as “USD/CNY”."))
        elif number is not None and number == 0:
            read.wrong(field, _("The rate must be more than zero."))
        elif number is not None:
            found[base, quote] = number
    return found


def _items(
    read: _Reader, data: Any, field: str, one: Callable[[dict[str, Any], str], Any]
) -> tuple[Any, ...]:
    if not isinstance(data, list):
        read.wrong(field, _("Give a list."))
        return ()
    return tuple(
        one(read.part(item, f"{field}[{index}]", needed=True), f"{field}[{index}]")
        for index, item in enumerate(data)
    )


def _measures(read: _Reader, data: Any) -> tuple[GivenMeasure, ...] | None:
    if data is None:
        return None
    kinds = tuple(MeasureKind.values)

    def one(part: dict[str, Any], field: str) -> GivenMeasure:
        line, inside = part.get("line"), part.get("inside")
        if inside is not None and not isinstance(inside, bool):
            read.wrong(f"{field}.inside", _("Give true or false."))
            inside = None
        expression = part.get("expression")
        if not isinstance(expression, str) or not expression.strip():
            read.wrong(f"{field}.expression", _("Give the rate as the tariff prints it, such as “12%”."))
            expression = "Free"
        return GivenMeasure(
            line=None if line is None else str(line),
            kind=read.choice(part.get("kind"), f"{field}.kind", kinds, "third_country_duty"),
            expression=expression[:250],
            label=read.text(part.get("label"), f"{field}.label", length=200),
            base=read.texts(part.get("base"), f"{field}.base", among=BASES),
            inside=inside,
        )

    return _items(read, data, "measures", one)


def _rules(read: _Reader, data: Any) -> GivenRules | None:
    if data is None:
        return None
    part = read.part(data, "rules", needed=True)
    rounding = None
    if part.get("rounding") is not None:
        given = read.part(part["rounding"], "rules.rounding", needed=True)
        places = read.number(given.get("places", 2), "rules.rounding.places", needed=True) or Decimal(0)
        if places > 6 or places != int(places):
            read.wrong("rules.rounding.places", _("Give a whole number from 0 to 6."))
            places = Decimal(2)
        mode = read.choice(given.get("mode"), "rules.rounding.mode", tuple(MODES), "half_up")
        rounding = Rounding(int(places), mode)
    valuation = part.get("valuation")
    if valuation is not None:
        valuation = read.choice(valuation, "rules.valuation", ("CIF", "FOB", "EXW"), "CIF")
    includes = part.get("price_includes_duty", False)
    if not isinstance(includes, bool):
        read.wrong("rules.price_includes_duty", _("Give true or false."))
    base = part.get("tax_base")
    return GivenRules(
        regime=read.text(part.get("regime"), "rules.regime", length=40) or None,
        valuation=valuation,
        rounding=rounding,
        tax_base=read.texts(base, "rules.tax_base", among=BASES) if base is not None else None,
        uplift_percent=read.number(part.get("uplift_percent"), "rules.uplift_percent"),
        price_includes_duty=bool(includes),
    )
