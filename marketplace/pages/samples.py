"""Invented prices for the style guide: the box in its six states."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from catalog.models import Product, Variant
from catalog.stock import ANYWHERE
from marketplace.accounts.models import Company
from marketplace.kit.explain import Certainty, Charge, Reason, RuleRef
from marketplace.kit.money import Money
from marketplace.pages.box import Box, planks
from orders.landed_cost import Delivery, FxLine, GoodsPart, LandedCost, Option, compose, refused


def eur(text: str) -> Money:
    return Money(Decimal(text), "EUR")


RULE = RuleRef("EU-DUTY-46021990", "Regulation (EU) 2026/0000", "EU TARIC (sample)", date(2026, 1, 1))
UNTIL = datetime(2026, 11, 24, 18, 42, tzinfo=UTC)
GOODS = GoodsPart(
    "1", "Sisal basket", 12, Money(Decimal(2450), "KES"), Decimal("0.006624"), Decimal("0.006657")
)
TRANSPORT = (
    Charge("freight", None, "Air saver to your door", eur("195.73"), "9.6 kg", eur("46.80")),
    Charge("insurance", None, "Insurance, full value", eur("266.79"), "0.8%", eur("2.13")),
)
BORDER = (
    Charge("preference", "1", "Customs duty", eur("244.66"), "0%", eur("0.00"), rule=RULE),
    Charge("vat", "1", "Import VAT", eur("244.66"), "19%", eur("46.49"), rule=RULE),
    Charge("fee", None, "Customs clearance", None, "", eur("9.50")),
)


def price(terms: str = "DDP", *, guess: bool = False) -> LandedCost:
    """Compose one sample price."""
    duty = replace(BORDER[0], certainty=Certainty.ESTIMATE, at_most=eur("10.76"), rate="0% to 4.4%")
    border = (duty, *BORDER[1:]) if guess else BORDER
    cost = compose(currency="EUR", terms=terms, goods=[GOODS], transport=TRANSPORT, border=border)
    first, last = date(2026, 12, 2), date(2026, 12, 6)
    margin = GOODS.margin("EUR")
    fx = FxLine("KES", "EUR", GOODS.market, GOODS.rate, date(2026, 11, 23), "ECB (sample)", margin)
    return replace(
        cost,
        valid_until=UNTIL,
        delivery=Delivery("air", "Air saver", "air", "Sampan", first, last),
        options=(Option("air", "Air saver", "air", "Sampan", first, last, cost.total, chosen=True),),
        fx=(fx,),
        regime="sample",
    )


def boxes() -> list[tuple[str, Box]]:
    """Give each state with what it says."""
    fixed, guess, later = price(), price(guess=True), price("DAP")
    leather = Reason(
        "licence", "Leather goods need a licence of the buyer there.", "Choose one without leather."
    )
    before = eur("300.65")

    def shown(state: str, cost: LandedCost, **more: Money) -> Box:
        unsure = sum(1 for c in cost.charges if c.certainty is not Certainty.FIXED)
        return Box(state, cost, tuple(planks(cost.charges, cost)), unsure, **more)  # type: ignore[arg-type]

    return [
        ("Fixed: every line is exact, so the promise is on", shown("fixed", fixed)),
        ("Working: the price is on its way", Box("working", None)),
        ("Estimate: one line is open, so show the most it can be", shown("estimate", guess)),
        ("You pay duty: two bills, said before you buy", shown("dap", later)),
        ("Not possible: say why, and what to do", Box("no", refused("EUR", [leather]))),
        ("Ended: show old and new", shown("ended", fixed, before=before, change=fixed.total - before)),
    ]


def stocks() -> list[tuple[str, Variant, int]]:
    """Give options without stock, with the last pieces, and with fewer than asked for."""
    maker = Company(name="Mbali Weave Collective", slug="sample", town="Machakos", country="KE")
    shown = [
        ("Sold out: what to do next", 0, 1),
        ("The last pieces: how many", 3, 1),
        ("Fewer than asked for: the button waits", 3, 12),
    ]
    return [
        (words, Variant(stock={ANYWHERE: left}, product=Product(seller=maker)), quantity)
        for words, left, quantity in shown
    ]
