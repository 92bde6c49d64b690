"""Papers of origin on a line of goods: which count on a day, which rate they open, what they are called.

Plain Python. A paper travels as text, `origin:AGREEMENT:NUMBER`, beside the other papers of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from customs import origin
from customs.origin import Agreement
from marketplace.kit.money import Money

MARK: Final = "origin:"
# The authority's own certificate; it needs no statement by the maker.
CERTIFICATE: Final = "certificate"
BY_CODE: Final = {one.code: one for one in origin.AGREEMENTS}


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper of origin of one product; `approved` is the exporter's number at its customs."""

    agreement: str
    kind: str
    reference: str
    hs6: str
    valid_from: date
    valid_until: date
    approved: str = ""

    @property
    def paper(self) -> str:
        """The text by which the paper travels with a line."""
        return f"{MARK}{self.agreement}:{self.reference}"

    def holds(self, hs_code: str, made_in: str, destination: str, on: date) -> bool:
        """Whether the paper is for these goods, this lane and this day."""
        agreement = BY_CODE.get(self.agreement)
        return (
            agreement is not None
            and agreement.covers(made_in, destination, on)
            and self.valid_from <= on <= self.valid_until
            and hs_code.startswith(self.hs6)
        )


def read(rows: Iterable[Mapping[str, Any]]) -> tuple[Proof, ...]:
    """Read the papers as a product carries them."""
    return tuple(
        Proof(
            row["agreement"], row["kind"], row["reference"], row["hs6"],
            date.fromisoformat(row["valid_from"]), date.fromisoformat(row["valid_until"]),
            row.get("approved", ""),
        )
        for row in rows
    )  # fmt: skip


def written(proof: Proof) -> dict[str, str]:
    """Write a paper as a product carries it."""
    return {
        "agreement": proof.agreement, "kind": proof.kind, "reference": proof.reference, "hs6": proof.hs6,
        "valid_from": proof.valid_from.isoformat(), "valid_until": proof.valid_until.isoformat(),
        "approved": proof.approved,
    }  # fmt: skip


def may_state(agreement: Agreement, kind: str, approved: str, value_in: Callable[[str], Money]) -> bool:
    """Whether a paper of this kind is enough for a consignment of this value.

    Some agreements take the authority's certificate only; in others a maker states origin alone up to a
    limit, above it as an approved exporter. `value_in` gives the consignment's value in a currency.
    """
    if kind == CERTIFICATE:
        return True
    if not agreement.wording:
        return False
    limit = agreement.alone_up_to
    return limit is None or bool(approved) or value_in(limit.currency).amount <= limit.amount


def counting(
    rows: Iterable[Mapping[str, Any]],
    *,
    hs_code: str,
    made_in: str,
    destination: str,
    on: date,
    value_in: Callable[[str], Money],
) -> tuple[str, ...]:
    """The papers that count for a line on a day, as they travel with it."""
    found = []
    for proof in read(rows):
        if not proof.holds(hs_code, made_in, destination, on):
            continue
        if may_state(BY_CODE[proof.agreement], proof.kind, proof.approved, value_in):
            found.append(proof.paper)
    return tuple(dict.fromkeys(found))


def named(papers: Sequence[str]) -> dict[str, str]:
    """Agreement and number of each paper of origin among the papers of a line."""
    found = {}
    for paper in papers:
        if paper.startswith(MARK):
            agreement, _colon, reference = paper[len(MARK) :].partition(":")
            found[agreement] = reference
    return found


def agreement_of(legal_ref: str, area: str, *, made_in: str, destination: str, on: date) -> Agreement | None:
    """The agreement that a preferential rate belongs to; none where its legal reference leaves it open.

    A rate for the country alone belongs to the only agreement of its lane when the reference names no other.
    """
    lane = origin.agreements_for(made_in, destination, on)
    for one in lane:
        if any(mark in legal_ref for mark in one.marks):
            return one
    others = any(mark in legal_ref for one in origin.AGREEMENTS for mark in one.marks)
    return lane[0] if len(lane) == 1 and area == made_in and not others else None


def words_of(paper: str) -> str:
    """A paper in words for people: the agreement's name and the paper's number."""
    if not paper.startswith(MARK):
        return paper
    agreement, _colon, reference = paper[len(MARK) :].partition(":")
    known = BY_CODE.get(agreement)
    return f"{known.name if known else agreement}, {reference}"
