"""Deals of the last hours that customs asks about: each row of the table is one open case of its own kind."""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from catalog import actions as catalog
from catalog.models import Product, Variant
from catalog.pricing import Tier
from customs import actions as customs
from customs import letters
from customs.bands import FEWEST
from customs.grounds import peers_of
from customs.models import Declaration, Hold, HoldPaper, OriginEvidence
from marketplace.accounts.models import User
from marketplace.demo import clock, history
from marketplace.demo.people import rows
from marketplace.documents.pdf import Text, Title, render
from marketplace.events.bus import told_to_nobody
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.actions import progress
from orders.models import Order, OrderGroup
from orders.payments import actions as payments

PAID: Final = timedelta(minutes=4)
LOOKED_AT: Final = timedelta(hours=2)
ANSWERED: Final = timedelta(hours=5)
WITHIN: Final = timedelta(days=3)


def play(*, seed: int, at: datetime, say: Callable[[str], None], only: Container[str] | None = None) -> None:
    """Play what is missing, of some goods alone where `only` names them.

    A case about a price waits until enough usual prices are known.
    """
    known = set(OrderGroup.objects.filter(key__startswith=f"demo-{seed}-case-").values_list("key", flat=True))
    for number, row in enumerate(rows("cases.csv")):
        key = f"demo-{seed}-case-{number:02}"
        if only is not None and row["product_id"] not in only:
            continue
        variant = Variant.objects.select_related("product__seller").get(
            seller_code=row["product_id"], product__number=f"PRD-{row['product_id'][1:]}"
        )
        if key not in known and _ready(row, variant.product, at):
            try:
                with told_to_nobody():
                    _play(row, variant, key, at)
            except Refusal as why:
                say(f"Case {number + 1} ({row['why']}) was refused: {why}")
    say(f"{Hold.objects.open().count()} cases wait at customs.")


def _ready(row: dict[str, str], product: Product, at: datetime) -> bool:
    goods = (product.hs_code[:6], product.origin)
    return row["how"] != "price" or len(peers_of({goods}, at)[goods]) > FEWEST


def _play(row: dict[str, str], variant: Variant, key: str, now: datetime) -> None:
    buyer = User.objects.select_related("company").get(email=row["buyer"])
    placed_at = now - timedelta(hours=int(row["hours_ago"]))
    paid_at = placed_at + PAID
    with _listed_so(row, variant, placed_at), clock.set_to(placed_at):
        group = history.place(history.Plan(key, buyer, ((variant.sku, int(row["quantity"])),), placed_at))
    with clock.set_to(paid_at):
        history.pay(group, paid_at)
        order = Order.objects.get(group=group)
        hold = customs.check_clearance(order_number=order.number, at=paid_at)
        if row["how"] in {"held", "rejected"}:
            hold = _authority(order, row["how"], row["given"], paid_at)
        if hold is not None:
            progress.hold(number=order.number)
            payments.freeze(order.number, at=paid_at)
            _go_on(hold, row, paid_at)
            return
    history.deliver(order, paid_at, now, random.Random(key))  # noqa: S311 - the same in whichever run


@contextmanager
def _listed_so(row: dict[str, str], variant: Variant, at: datetime) -> Iterator[None]:
    """Let the maker list the goods in the way that makes the case, and mend the listing afterwards."""
    product, price, given = variant.product, variant.price, row["given"]
    measured, words = variant.measured, product.customs_description
    tiers = [Tier(one.from_quantity, one.price_amount) for one in variant.tiers.all()]
    if row["how"] == "words":
        _describe(product, given, at)
    elif row["how"] == "measure":
        rest = {name: value for name, value in measured.items() if name != given}
        catalog.save_variant(product=product, sku=variant.sku, fields={"measured": rest})
    elif row["how"] == "price":
        odd = Money(price.amount * Decimal(given), price.currency).rounded()
        catalog.save_variant(product=product, sku=variant.sku, fields={"price_amount": odd.amount}, tiers=[])
    evidence = _prove(product, given, at) if row["how"] == "origin" else None
    yield
    if row["how"] == "words":
        _describe(product, words, at)
    elif row["how"] == "measure":
        catalog.save_variant(product=product, sku=variant.sku, fields={"measured": measured})
    elif row["how"] == "price":
        catalog.save_variant(
            product=product, sku=variant.sku, fields={"price_amount": price.amount}, tiers=tiers
        )
    if evidence is not None:
        customs.withdraw_evidence(
            seller=product.seller, evidence_id=evidence.pk, by=_maker(product), at=at + PAID / 2
        )


def _maker(product: Product) -> User:
    return User.objects.filter(company=product.seller).order_by("pk")[0]


def _describe(product: Product, words: str, at: datetime) -> None:
    """Change what customs reads about the goods, and let the trust desk look at it."""
    operator = User.objects.get(email="trust@demo.sampan.example")
    catalog.save_draft(seller=product.seller, number=product.number, fields={"customs_description": words})
    catalog.submit(product_id=product.pk, at=at)
    catalog.approve(product_id=product.pk, by=operator, at=at)


def _prove(product: Product, given: str, at: datetime) -> OriginEvidence:
    agreement, _colon, reference = given.partition(":")
    day = at.date()
    return customs.keep_evidence(
        seller=product.seller, number=product.number, agreement=agreement, kind=OriginEvidence.Kind.STATEMENT,
        reference=reference, valid_from=day - timedelta(days=30), valid_until=day + timedelta(days=150),
        filename="statement-on-origin.pdf", content=_paper(reference, product.customs_description),
        by=_maker(product), at=at,
    )  # fmt: skip


def _paper(title: str, words: str) -> bytes:
    """Print an invented paper."""
    return render(
        [Title(title), Text(words), Text("Demo data: this paper is invented.", soft=True)], title=title
    )


def _authority(order: Order, answer: str, words: str, at: datetime) -> Hold:
    """Let the customs house have the declaration, and ask or refuse."""
    declaration = Declaration.objects.get(order_number=order.number)
    customs.record_filing(number=declaration.number, mrn=f"26DEMO{declaration.pk:012d}")
    customs.record_answer(number=declaration.number, answer=answer, reason=words, at=at)
    return Hold.objects.open().get(declaration=declaration)


def _go_on(hold: Hold, row: dict[str, str], at: datetime) -> None:
    """Let our desk do what the table says: take the case, ask for a paper, or recommend."""
    first, second = (
        User.objects.get(email=f"{name}@demo.sampan.example") for name in ("customs", "customs2")
    )
    looked_at = at + LOOKED_AT
    with clock.set_to(looked_at):
        if row["then"] == "take":
            customs.take(hold_number=hold.number, by=second)
        elif row["then"] == "recommend":
            customs.release(
                hold_number=hold.number, by=first, version=hold.version, reason="papers-good", at=looked_at,
                note="Invoice and bank receipt show the same price.",
            )  # fmt: skip
        elif row["then"] in {"ask", "arrived"}:
            _ask(hold, row["asked"], first, looked_at)
    if row["then"] == "arrived":
        with clock.set_to(at + ANSWERED):
            for paper in HoldPaper.objects.filter(hold=hold):
                customs.upload_paper(
                    paper_id=paper.pk, by=_maker_of(hold), filename=f"{paper.code}.pdf",
                    content=_paper(paper.label, letters.goods_of(hold.declaration)), at=at + ANSWERED,
                )  # fmt: skip


def _maker_of(hold: Hold) -> User:
    return User.objects.filter(company=hold.declaration.seller).order_by("pk")[0]


def _ask(hold: Hold, asked: str, by: User, at: datetime) -> None:
    """Ask the seller or the buyer for papers, with our letter in their language."""
    party, _colon, names = asked.partition(":")
    labels = dict(one.split("=") for one in names.split(";"))
    kind = letters.kind_for(hold.findings.values_list("rule", flat=True))
    *_, body = letters.draft(hold, party, kind, labels, (at + WITHIN).date())
    customs.ask_for_papers(
        hold_number=hold.number, by=by, version=hold.version, message="", messages={party: body},
        papers=[customs.PaperAsked(code=code, label=label, party=party) for code, label in labels.items()],
        wanted_by=at + WITHIN, at=at,
    )  # fmt: skip
