"""Duty expressions: what a tariff prints as a rate, read by a grammar and applied to a line of goods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from typing import Final, Protocol

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import LarkError

from customs import units

ZERO: Final = Decimal(0)
HUNDRED: Final = Decimal(100)
CENT: Final = Decimal("0.01")
CUT_KEYS: Final = frozenset({"alcohol_percent", "spr_discount"})


class NotExpressible(ValueError):
    """The rate cannot be computed from the expression; `reason` says why."""

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(f"{expression}: {reason}")
        self.expression, self.reason = expression, reason


class QuantityMissing(ValueError):
    """A quantity that the expression is counted in was not declared."""

    def __init__(self, key: str) -> None:
        super().__init__(units.WORDS.get(key, key.replace("_", " ")))
        self.key = key


class RateMissing(ValueError):
    """No exchange rate stands for the currency of an amount."""

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.currency = currency


class Sums(Protocol):
    """What an expression is applied to."""

    @property
    def quantities(self) -> Mapping[str, Decimal]: ...
    @property
    def per_currency(self) -> Mapping[str, Decimal]: ...
    @property
    def alcohol_rounds_down(self) -> bool: ...


def quantity_of(key: str, quantities: Mapping[str, Decimal]) -> Decimal:
    """A declared quantity, or one that follows from others; zero percent of alcohol is a quantity too."""
    if (found := quantities.get(key)) is not None:
        return found
    if key == "gram" and "kilogram" in quantities:
        return quantities["kilogram"] * 1000
    if key == "kilogram" and "gram" in quantities:
        return quantities["gram"] / 1000
    if key == "litre_of_pure_alcohol" and "litre" in quantities and "alcohol_percent" in quantities:
        return quantities["litre"] * quantities["alcohol_percent"] / HUNDRED
    raise QuantityMissing(key)


class Node:
    """One part of an expression."""

    __slots__ = ()

    def amount(self, base: Decimal, sums: Sums) -> Decimal:
        """The unrounded duty on the base."""
        raise NotImplementedError

    def walk(self) -> tuple[Node, ...]:
        """This part and all parts inside it."""
        return (self,)


@dataclass(frozen=True, slots=True)
class AdValorem(Node):
    """A percentage of the base, or of the retail price."""

    fraction: Decimal
    of: str = ""

    def amount(self, base: Decimal, sums: Sums) -> Decimal:
        return (quantity_of(self.of, sums.quantities) if self.of else base) * self.fraction


@dataclass(frozen=True, slots=True)
class Specific(Node):
    """An amount of money per so many units of quantity."""

    money: Decimal
    currency: str
    per: Decimal
    keys: tuple[str, ...]

    def amount(self, base: Decimal, sums: Sums) -> Decimal:  # noqa: ARG002
        product = self.money
        for key in self.keys:
            product *= quantity_of(key, sums.quantities)
        product /= self.per
        if sums.alcohol_rounds_down and not CUT_KEYS.isdisjoint(self.keys):
            # The United Kingdom cuts the alcohol component to whole pence.
            product = product.quantize(CENT, ROUND_DOWN)
        return product * exchange(self.currency, sums)


@dataclass(frozen=True, slots=True)
class Flat(Node):
    """A fixed amount of money."""

    money: Decimal
    currency: str

    def amount(self, base: Decimal, sums: Sums) -> Decimal:  # noqa: ARG002
        return self.money * exchange(self.currency, sums)


@dataclass(frozen=True, slots=True)
class Tiers(Node):
    """One percentage up to a value of the single item, another above it."""

    below: Decimal
    limit: Decimal
    currency: str
    above: Decimal

    def amount(self, base: Decimal, sums: Sums) -> Decimal:
        count = sums.quantities.get("item") or Decimal(1)
        limit = self.limit * exchange(self.currency, sums) * count
        return min(base, limit) * self.below + max(base - limit, ZERO) * self.above


@dataclass(frozen=True, slots=True)
class Combined(Node):
    """Two parts joined by plus, minus, MIN (a floor), MAX (a ceiling)."""

    sign: str
    left: Node
    right: Node

    def amount(self, base: Decimal, sums: Sums) -> Decimal:
        left, right = self.left.amount(base, sums), self.right.amount(base, sums)
        match self.sign:
            case "+":
                return left + right
            case "-":
                return left - right
            case "MIN":
                return max(left, right)
            case _:
                return min(left, right)

    def walk(self) -> tuple[Node, ...]:
        return (self, *self.left.walk(), *self.right.walk())


@dataclass(frozen=True, slots=True)
class Expression:
    """A read expression with the text it was read from."""

    text: str
    root: Node

    def amount(self, base: Decimal, sums: Sums) -> Decimal:
        """The unrounded amount, never below zero."""
        found = self.root.amount(base, sums)
        return found if found > 0 else ZERO

    @property
    def needs(self) -> frozenset[str]:
        """The quantities that must be declared."""
        found: set[str] = set()
        for node in self.root.walk():
            if isinstance(node, Specific):
                found.update(node.keys)
            elif isinstance(node, AdValorem) and node.of:
                found.add(node.of)
        return frozenset(found - {"subheading", "entry", "item"})

    @property
    def fraction(self) -> Decimal | None:
        """The rate as a fraction where the expression is a plain percentage."""
        return self.root.fraction if isinstance(self.root, AdValorem) and not self.root.of else None

    def split(self, base: Decimal, sums: Sums) -> tuple[Decimal, Decimal]:
        """The ad valorem fraction and the fixed part, for taxes that lie inside their own base."""
        fixed = self.root.amount(ZERO, sums)
        return ((self.root.amount(base, sums) - fixed) / base if base else ZERO), fixed


def exchange(currency: str, sums: Sums) -> Decimal:
    """What one unit of the currency is in the currency of the calculation."""
    try:
        return sums.per_currency[currency]
    except KeyError:
        raise RateMissing(currency) from None


GRAMMAR: Final = r"""
start: whole
?whole: bounds
      | bounds "or" bounds ","? "whichever"i "is"i LESS                    -> lesser
      | bounds "or" bounds ","? "whichever"i "is"i MORE                    -> greater
      | bounds "or" bounds ","? "whichever"i "is"i LESS ","? "MIN"i sum    -> lesser_floor
      | bounds ","? "or" ","? "if" LESS ","? sum                           -> if_lower
?bounds: sum
      | bounds _MIN sum                  -> floor
      | bounds _MAX sum                  -> ceiling
?sum: term
    | sum ("+" | "plus"i | ", and") term     -> plus
    | sum ("-" | "minus"i | "less"i) term    -> minus
?term: _FREE                             -> free
    | NUMBER _PERCENT                    -> percent
    | NUMBER _PERCENT _OF_VALUE          -> percent
    | NUMBER _PERCENT _RETAIL            -> retail
    | NUMBER                             -> percent
    | NUMBER "/" NUMBER                  -> ratio
    | NUMBER _PERCENT _UP_TO money ("+" | "," | "and"i) NUMBER _PERCENT _ABOVE -> tiers
    | money                              -> flat
    | money _per UNIT                    -> specific
    | money _per NUMBER UNIT             -> specific_many
    | money _per NUMBER                  -> specific_items
    | money EACH                         -> specific
    | "(" whole ")"
money: NUMBER CURRENCY                   -> money
    | CURRENCY NUMBER                    -> money_before
    | SIGN NUMBER                        -> money_before
    | NUMBER SIGN                        -> money
    | NUMBER _CENTS                      -> cents
    | NUMBER _PENCE                      -> pence
_per: "/" | "per"i
_MIN.5: /\b(MIN(IMUM)?\.?|but not less than)(?![A-Za-z])/i
_MAX.5: /\b(MAX(IMUM)?\.?|but not more than)(?![A-Za-z])/i
_FREE.4: /\b(free|nihil|nil|no additional duty|exempt)\b/i
_PERCENT: /%|\bper\s?cent\b|\bpercent\b/i
_RETAIL: /of (the )?(fair )?retail (selling )?(price|value)/i
_UP_TO: /(of (import )?value )?(up to|on the first|of the first)( the first)?/i
_ABOVE: /(on (the value|the rest) )?above( that)?/i
_OF_VALUE: /of (the )?(customs |cif |fob |import |dutiable )?value/i
_PENCE: /\bpence\b|p(?=\/)/i
_CENTS: /¢|cents?\b/i
LESS: /less|lower/i
MORE: /greater|higher|more/i
EACH.3: /each\b/i
SIGN: "S$" | "C$" | "NZ$" | "R$" | "A$" | "$" | "£" | "€" | "US$" | "A$" | "HK$"
CURRENCY: /(?!MIN|MAX|NIL)[A-Z]{3}(?![A-Za-z])/
NUMBER: /\d+(?:,\d{3})*(?:\.\d+)?|\.\d+/
UNIT.2: /@UNITS@/i
%ignore /\s+/
"""
SIGNS: Final = {
    "$": "USD", "US$": "USD", "£": "GBP", "€": "EUR", "A$": "AUD", "HK$": "HKD",
    "S$": "SGD", "C$": "CAD", "NZ$": "NZD", "R$": "BRL",
}  # fmt: skip


def _number(token: object) -> Decimal:
    return Decimal(str(token).replace(",", ""))


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """From the tree of the grammar to the parts of an expression."""

    def start(self, node: Node) -> Node:
        return node

    def free(self) -> Node:
        return AdValorem(ZERO)

    def percent(self, number: Token) -> Node:
        return AdValorem(_number(number) / HUNDRED)

    def retail(self, number: Token) -> Node:
        return AdValorem(_number(number) / HUNDRED, "retail_price")

    def ratio(self, above: Token, below: Token) -> Node:
        return AdValorem(_number(above) / _number(below))

    def tiers(self, below: Token, money: tuple[Decimal, str], above: Token) -> Node:
        return Tiers(_number(below) / HUNDRED, *money, _number(above) / HUNDRED)

    def flat(self, money: tuple[Decimal, str]) -> Node:
        return Flat(*money)

    def specific(self, money: tuple[Decimal, str], unit: Token) -> Node:
        read = units.read_unit(unit)
        return Specific(*money, read.factor, read.keys)

    def specific_many(self, money: tuple[Decimal, str], count: Token, unit: Token) -> Node:
        read = units.read_unit(unit)
        return Specific(*money, read.factor * _number(count), read.keys)

    def specific_items(self, money: tuple[Decimal, str], count: Token) -> Node:
        return Specific(*money, _number(count), ("item",))

    def money(self, number: Token, currency: Token) -> tuple[Decimal, str]:
        return _number(number), SIGNS.get(str(currency), str(currency))

    def money_before(self, currency: Token, number: Token) -> tuple[Decimal, str]:
        return self.money(number, currency)

    def cents(self, number: Token) -> tuple[Decimal, str]:
        return _number(number) / HUNDRED, "USD"

    def pence(self, number: Token) -> tuple[Decimal, str]:
        return _number(number) / HUNDRED, "GBP"

    def plus(self, left: Node, right: Node) -> Node:
        return Combined("+", left, right)

    def minus(self, left: Node, right: Node) -> Node:
        return Combined("-", left, right)

    def floor(self, left: Node, right: Node) -> Node:
        return Combined("MIN", left, right)

    def ceiling(self, left: Node, right: Node) -> Node:
        return Combined("MAX", left, right)

    def lesser(self, left: Node, right: Node, _word: Token) -> Node:
        return Combined("MAX", left, right)

    def greater(self, left: Node, right: Node, _word: Token) -> Node:
        return Combined("MIN", left, right)

    def lesser_floor(self, left: Node, right: Node, _word: Token, least: Node) -> Node:
        return Combined("MIN", Combined("MAX", left, right), least)

    def if_lower(self, left: Node, _word: Token, right: Node) -> Node:
        return Combined("MAX", left, right)


_PARSER: Final = Lark(
    GRAMMAR.replace("@UNITS@", units.PATTERN.replace("/", r"\/")), parser="earley", lexer="dynamic"
)
_BUILD: Final = _Builder()

# What a tariff prints where the rate depends on something that no expression can hold.
REASONS: Final = (
    (r"\bEA\b|AD ?S/?Z|AD ?F/?M|\bEAR?\b", "an agricultural component depends on the recipe (milk fat, sugar, starch)"),  # noqa: E501
    (r"^EP$|\bentry price\b", "the entry price system: the duty depends on the price of each lot"),
    (r"^REFUSE|^COMPANY RATE", "the rate depends on the producing company"),
    (r"applicable|such (notice|announcement|subheading)|subheadings? \d|[Nn]o [Cc]hange|See additional|suspended",  # noqa: E501
     "the rate is that of another tariff line"),
    (r"on the (case|movement|battery|strap|apparatus)|on case|of the rifle|entire set|value of the|the (full )?value",  # noqa: E501
     "the rate is taken of the value of a part, which is not declared separately"),
    (r"each degree|each other piece|jewel over|/line/", "the rate depends on a grade that is not declared"),
    (r"drawback|internal- ?revenue|cost of such|like articles|under bond|by regulation",
     "the rate depends on the earlier history of the goods"),
    (r"\((JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)", "the rate changes with the season, whose days are not printed"),  # noqa: E501
    (r"unless listed", "the rate depends on a list that was not read"),
)  # fmt: skip


def _tidy(text: str) -> str:
    tidy = (
        re.sub(r"m�+", "m2", text.strip()).replace("\u200b", "").replace("\u00a0", " ").replace("\u2212", "-")
    )
    # "5% (min 10 EUR)": a bound in brackets is the same bound.
    tidy = re.sub(r"\(\s*((?:min|max)[^()]*)\)", r" \1", tidy, flags=re.IGNORECASE)
    tidy = re.sub(r"\((?:inside|in) quota(?: only)?\)|IN QUOTA ONLY", "", tidy, flags=re.IGNORECASE).strip()
    # "MIN 22 EUR MAX 56 EUR/100 kg": the unit stands once for both bounds.
    return re.sub(r"(MIN [\d.]+ [A-Z]{3}) (MAX [\d.]+ [A-Z]{3}(/.+))$", r"\1\3 \2", tidy)


# Most rates are a plain percentage: read without the grammar, which costs thousands of times more.
PLAIN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*%")


# "4.4 cents/kg + 7.5%" and the like: sums of percentages and of money per unit, nine tenths of all others.
MONEY_PER: Final = re.compile(
    r"(?:(?P<sign>A?\$)(?P<before>\d+(?:\.\d+)?)|(?P<after>\d+(?:\.\d+)?)\s*(?P<word>cents?|¢|[A-Z]{3}))"
    r"\s*/\s*(?:(?P<count>\d+)\s*)?(?P<unit>[A-Za-z.²³][A-Za-z.²³ ]*)"
)


def _simple(text: str) -> Node | None:
    """A sum of plain terms, read without the grammar; None where the grammar is needed."""
    whole: Node | None = None
    for part in text.split(" + "):
        node = _simple_term(part.strip())
        if node is None:
            return None
        whole = node if whole is None else Combined("+", whole, node)
    return whole


def _simple_term(text: str) -> Node | None:
    if plain := PLAIN.fullmatch(text):
        return AdValorem(Decimal(plain[1]) / HUNDRED)
    if not (found := MONEY_PER.fullmatch(text)) or units.squeeze(found["unit"]) not in units.BY_PRINT:
        return None
    money = Decimal(found["before"] or found["after"])
    if found["sign"]:
        currency = SIGNS[found["sign"]]
    elif found["word"].isupper():
        currency = found["word"]
    else:
        money, currency = money / HUNDRED, "USD"
    unit = units.read_unit(found["unit"])
    return Specific(money, currency, unit.factor * Decimal(found["count"] or 1), unit.keys)


@lru_cache(maxsize=65536)
def read(text: str) -> Expression:
    """Read a printed rate; raise NotExpressible with the reason where it cannot be computed."""
    tidy = _tidy(text)
    if not tidy:
        raise NotExpressible(text, "the tariff prints no rate on this line")
    if plain := PLAIN.fullmatch(tidy):
        return Expression(text.strip(), AdValorem(Decimal(plain[1]) / HUNDRED))
    if tidy.startswith("REFUSE: "):
        raise NotExpressible(text, tidy.removeprefix("REFUSE: "))
    for pattern, reason in REASONS:
        if re.search(pattern, tidy):
            raise NotExpressible(text, reason)
    if (simple := _simple(tidy)) is not None:
        return Expression(text.strip(), simple)
    try:
        return Expression(text.strip(), _BUILD.transform(_PARSER.parse(tidy)))
    except (LarkError, KeyError) as problem:
        raise NotExpressible(text, "this form of rate is not known") from problem
