"""The checks before the border: each looks at one declaration and says what it found, by which rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from customs import lanes, proofs
from customs.bands import Band
from customs.describing import EXAMPLE, judge
from customs.models import Declaration, DeclarationLine, Restriction, Severity
from customs.screening import HOLD_FROM, PROBABLE_FROM, Match, Party
from customs.selectivity import DEFAULT, Lane, Risk
from customs.selectivity import judge as judge_risk

BATTERY_CODES: Final = ("850650", "850760", "850780")
NEAR_LIMIT: Final = Decimal("0.6")
UN38_3: Final = "un38-3-test-summary"
SAFETY_SHEET: Final = "safety-data-sheet"


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule found: words for people, evidence as declared beside found."""

    rule: str
    version: int
    severity: Severity
    words: str
    way_out: str = ""
    evidence: dict[str, object] = field(default_factory=dict)
    effect: Decimal | None = None
    source: str = ""
    legal_ref: str = ""
    line: DeclarationLine | None = None


# What a restriction of this kind does to a parcel: how hard it stops, its words, the way out.
GOODS_RULES: Final = {
    "prohibition": (
        Severity.STOP,
        _lazy("Not allowed in %(country)s: %(text)s"),
        _lazy("Reject: the buyer gets the money back."),
    ),
    "restriction": (
        Severity.PAPERS,
        _lazy("Restricted in %(country)s: %(text)s"),
        _lazy("Reject, or show that the rule does not apply."),
    ),
    "licence": (
        Severity.PAPERS,
        _lazy("A licence is needed in %(country)s: %(text)s"),
        _lazy("Ask the seller for the licence, or reject."),
    ),
    "observation": (
        Severity.NOTE,
        _lazy("Customs in %(country)s watches these goods: %(text)s"),
        _lazy("Nothing to do. The parcel may take a day longer."),
    ),
}


@dataclass(frozen=True, slots=True)
class Recent:
    """An earlier declaration to the same buyer and country, for the splitting check."""

    number: str
    value_euro: Decimal


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that the checks look at beside the declaration itself, read beforehand."""

    declaration: Declaration
    lines: tuple[DeclarationLine, ...]
    on: dt.date
    restrictions: tuple[Restriction, ...] = ()
    on_file: frozenset[tuple[str, str]] = frozenset()
    proven: frozenset[tuple[str, str]] = frozenset()
    bands: dict[int, Band] = field(default_factory=dict)
    price_per_kg: dict[int, Decimal] = field(default_factory=dict)
    own_price: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    matches: tuple[tuple[Party, Match], ...] = ()
    recent: tuple[Recent, ...] = ()
    limit_euro: Decimal | None = None
    lists_of: str = ""
    stale_lists: tuple[str, ...] = ()
    areas: dict[str, frozenset[str]] = field(default_factory=dict)
    new_parties: tuple[str, ...] = ()
    risk: Risk = field(default_factory=lambda: judge_risk({}, DEFAULT))


def code_of(text: str) -> str:
    """Give a paper the short name by which it is asked for and found again."""
    lowered = text.lower()
    if "un38.3" in lowered or "un 38.3" in lowered:
        return UN38_3
    return slugify(text)[:40].strip("-")


def missing_data(given: Grounds) -> Iterable[Found]:
    """Find lines without a code, an origin or a weight."""
    for line in given.lines:
        gaps = []
        digits = "".join(filter(str.isdigit, line.hs_code))
        if len(digits) < 6:
            gaps.append(_("customs code with at least 6 digits"))
        if len(line.origin) != 2:
            gaps.append(_("country of origin"))
        if not line.net_weight_kg:
            gaps.append(_("net weight"))
        if not line.gross_weight_kg:
            gaps.append(_("gross weight"))
        if digits.startswith("22") and digits >= "2203" and "alcohol_percent" not in line.measured:
            gaps.append(_("alcohol strength"))
        if gaps:
            evidence: dict[str, object] = {"declared": _goods(line), "missing": gaps}
            words = _("Customs data is missing: %(what)s") % {"what": ", ".join(gaps)}
            way_out = _("Ask the seller for it, or write it in and release with corrections.")
            yield Found("R-DATA-001", 1, Severity.PAPERS, words, way_out, evidence, line=line)


def vague_description(given: Grounds) -> Iterable[Found]:
    """Find descriptions that do not tell customs what the goods are."""
    for line in given.lines:
        text = line.customs_description or line.description
        quality = judge(text)
        evidence: dict[str, object] = {
            "declared": text,
            "stop_words": list(quality.stop_words),
            "missing": list(quality.missing),
            "example": EXAMPLE,
        }
        reference = "ICS2, data element 18 05 000 000"
        if quality.is_vague:
            words = _("The description does not say what the goods are")
            way_out = _("Write what it is, what it is made of and what it is used for.")
            yield Found(
                "R-DATA-002",
                2,
                Severity.PAPERS,
                words,
                way_out,
                evidence,
                None,
                "ICS2 stop words",
                reference,
                line,
            )
        elif quality.score < 2:
            words = _("The description could say more")
            yield Found(
                "R-DATA-003", 1, Severity.NOTE, words, EXAMPLE, evidence, legal_ref=reference, line=line
            )


def embargo(given: Grounds) -> Iterable[Found]:
    """Find a destination or an origin that we do not serve."""
    countries = {
        given.declaration.to_country,
        given.declaration.from_country,
        *(x.origin for x in given.lines),
    }
    for country in sorted(countries & lanes.EMBARGOED):
        words = _("We do not ship to or from this country: %(country)s") % {"country": country}
        yield Found(
            "R-EMB-001",
            1,
            Severity.STOP,
            words,
            _("Reject: the buyer gets the money back."),
            source="house rule",
        )


def restricted_goods(given: Grounds) -> Iterable[Found]:
    """Find goods that the destination prohibits, licenses or watches."""
    for line, row in _rows(given):
        if row.kind in lanes.PAPER_KINDS or row.kind not in GOODS_RULES:
            continue
        severity, words, way_out = GOODS_RULES[row.kind]
        said = words % {"country": given.declaration.to_country, "text": row.text}
        found = _from_row(row, line, "R-LANE-001", severity, said[:200], str(way_out))
        if row.kind == "licence":
            code = code_of(row.text)
            if code in line.evidence or _on_file(given, line, code):
                continue
            found.evidence["papers"] = [{"code": code, "label": row.text, "party": "seller"}]
            if row.confidence != "read":  # general knowledge stops nobody
                found = replace(found, severity=Severity.NOTE)
        yield found


def papers(given: Grounds) -> Iterable[Found]:
    """Find papers that the goods need on this lane and that nobody has shown yet."""
    for line, row in _rows(given):
        if row.kind not in lanes.PAPER_KINDS:
            continue
        code = code_of(row.text)
        if code == UN38_3 or code in line.evidence or _on_file(given, line, code):
            continue
        certain = row.confidence == "read"
        needed = (
            _("A certificate is needed: %(text)s")
            if row.kind == "certificate"
            else _("A paper is needed: %(text)s")
        )
        words = needed % {"text": row.text}
        severity = Severity.PAPERS if certain else Severity.NOTE
        found = _from_row(row, line, "R-DOC-001", severity, words[:200], _("Ask the seller for the paper."))
        found.evidence["papers"] = [{"code": code, "label": row.text, "party": "seller"}]
        yield found


def origin_papers(given: Grounds) -> Iterable[Found]:
    """Find papers of origin that a price was made with and that do not hold any more."""
    for line in given.lines:
        for agreement, reference in proofs.named(line.evidence).items():
            if (agreement, reference) in given.proven:
                continue
            known = proofs.BY_CODE.get(agreement)
            label = f"{known.proof if known else 'proof of origin'}, {known.name if known else agreement}"
            evidence: dict[str, object] = {
                "declared": _goods(line),
                "found": reference,
                "papers": [{"code": f"origin-{agreement}"[:40], "label": label, "party": "seller"}],
            }
            words = _("The paper of origin %(paper)s does not hold any more") % {"paper": reference}
            way_out = _("Ask the seller for a paper that holds, or the full duty is due.")
            yield Found(
                "R-ORG-001", 1, Severity.PAPERS, words[:200], way_out, evidence,
                source=known.source if known else "", legal_ref=known.legal_ref if known else "", line=line,
            )  # fmt: skip


def batteries(given: Grounds) -> Iterable[Found]:
    """Find lithium batteries without their transport papers."""
    for line in given.lines:
        digits = "".join(filter(str.isdigit, line.hs_code))
        if not line.battery_un and not digits.startswith(BATTERY_CODES):
            continue
        wanted = [(UN38_3, _("UN 38.3 test summary")), (SAFETY_SHEET, _("Safety data sheet"))]
        lacking = [x for x in wanted if x[0] not in line.evidence and not _on_file(given, line, x[0])]
        if lacking:
            evidence: dict[str, object] = {
                "declared": _goods(line),
                "un": line.battery_un or "UN3480",
                "papers": [{"code": code, "label": label, "party": "seller"} for code, label in lacking],
            }
            reference = "UN Manual of Tests and Criteria 38.3; ICAO Technical Instructions 1;2.9.3"
            yield Found(
                "R-DG-021",
                2,
                Severity.PAPERS,
                _("Battery papers are missing"),
                _("The carrier refuses batteries without these papers."),
                evidence,
                legal_ref=reference,
                line=line,
            )


def names(given: Grounds) -> Iterable[Found]:
    """Find parties whose name is near a listed one."""
    for party, match in given.matches:
        if match.score.total < HOLD_FROM:
            continue
        probable = match.score.total >= PROBABLE_FROM
        evidence = {
            "party": {"name": party.name, "country": party.country},
            "listed": {"name": match.listed.name, "alias": match.alias, "key": match.listed.key},
            "score": str(match.score.total),
            "percent": int(match.score.total * 100),
            "parts": [
                {"field": part.field, "ours": part.ours, "theirs": part.theirs, "verdict": part.verdict}
                for part in match.score.parts
            ],
        }
        words = _("The name “%(name)s” is near a listed name") % {"name": party.name[:120]}
        way_out = _("Compare country, birth year and numbers, then say whether it is the same party.")
        severity = Severity.STOP if probable else Severity.PAPERS
        yield Found("R-SCR-001", 12, severity, words, way_out, evidence, source=given.lists_of)


def value(given: Grounds) -> Iterable[Found]:
    """Find declared values far from what such goods usually cost here."""
    for line in given.lines:
        price, usual = given.price_per_kg.get(line.pk), given.bands.get(line.pk)
        listed = given.own_price.get(line.pk)
        evidence: dict[str, object] = {
            "declared": f"{line.value_amount / line.quantity:.2f}",
            "currency": line.currency,
        }
        effect = None
        if listed and not listed[0] * Decimal("0.5") <= listed[1] <= listed[0] * 3:
            evidence |= {"listed": f"{listed[0]:.2f}", "found": f"{listed[0]:.2f}", "basis": "own listing"}
            effect = (listed[0] - listed[1]) * line.quantity
            low = listed[1] < listed[0]
        elif price is not None and usual is not None and not usual.holds(price):
            evidence |= {
                "per_kg": f"{price:.2f}",
                "low": f"{usual.low:.2f}",
                "middle": f"{usual.middle:.2f}",
                "high": f"{usual.high:.2f}",
                "count": usual.count,
                "unit": "EUR/kg",
                "basis": "peers",
            }
            low = price < usual.low
        else:
            continue
        words = _("The declared value is low") if low else _("The declared value is high")
        way_out = _("Ask for proof of the price paid, or correct the value.")
        evidence["papers"] = [
            {"code": "proof-of-price", "label": _("Proof of the price paid"), "party": "seller"}
        ]
        yield Found(
            "R-VAL-003", 4, Severity.STOP, words, way_out, evidence, abs(effect) if effect else None,
            "own catalogue and declarations of the last 365 days", line=line,
        )  # fmt: skip


def splitting(given: Grounds) -> Iterable[Found]:
    """Find orders that together pass a limit which each of them stays under.

    Two orders count when this one comes near the limit; three or more count however small they are.
    """
    own, limit = given.declaration.value_euro, given.limit_euro
    if limit is None or own is None or own > limit:
        return
    small = [other for other in given.recent if other.value_euro <= limit]
    together = own + sum((other.value_euro for other in small), Decimal(0))
    if small and together > limit and (own >= limit * NEAR_LIMIT or len(small) >= 2):
        evidence: dict[str, object] = {
            "declared": f"{own:.2f}",
            "together": f"{together:.2f}",
            "limit": f"{limit:.2f}",
            "currency": "EUR",
            "orders": [other.number for other in small],
        }
        words = _("Several orders within 72 hours together pass the low-value limit")
        way_out = _("Declare them together, or release when they are separate sales.")
        source = "low-value regime of the destination"
        yield Found("R-SPL-001", 2, Severity.PAPERS, words, way_out, evidence, source=source)


def old_lists(given: Grounds) -> Iterable[Found]:
    """Stop parties that were never compared with a fresh list while a list is older than its limit."""
    if given.stale_lists and given.new_parties:
        evidence: dict[str, object] = {
            "declared": ", ".join(given.new_parties),
            "found": "; ".join(given.stale_lists),
        }
        words = _("New parties wait: a list of denied parties is too old")
        way_out = _("Load the newest list, then compare the names again.")
        yield Found("R-SCR-002", 1, Severity.PAPERS, words, way_out, evidence, source=given.lists_of)


def selectivity(given: Grounds) -> Iterable[Found]:
    """Say in which lane past outcomes put this declaration; only red stops it."""
    risk = given.risk
    if risk.lane is Lane.GREEN:
        return
    reasons = [f"{point.part} {point.value}: {point.adds:+.2f}" for point in risk.points[:5]]
    evidence: dict[str, object] = {"chance": f"{risk.percent}%", "lane": risk.lane.value, "reasons": reasons}
    red = risk.lane is Lane.RED
    words = (
        _("Red lane: %(n)s%% of such declarations were wrong")
        if red
        else _("Yellow lane: %(n)s%% of such declarations were wrong")
    )
    way_out = _("Compare papers and goods before you release.") if red else _("Look at the papers.")
    severity = Severity.PAPERS if red else Severity.NOTE
    yield Found(
        "R-RISK-001", 1, severity, words % {"n": risk.percent}, way_out, evidence, source="past outcomes"
    )


CHECKS: Final[tuple[tuple[str, str, Callable[[Grounds], Iterable[Found]]], ...]] = (
    ("embargo", "R-EMB-001", embargo),
    ("goods allowed", "R-LANE-001", restricted_goods),
    ("customs data", "R-DATA-001", missing_data),
    ("description", "R-DATA-002", vague_description),
    ("papers", "R-DOC-001", papers),
    ("papers of origin", "R-ORG-001", origin_papers),
    ("batteries", "R-DG-021", batteries),
    ("names", "R-SCR-001", names),
    ("age of the lists", "R-SCR-002", old_lists),
    ("value", "R-VAL-003", value),
    ("splitting", "R-SPL-001", splitting),
    ("selectivity", "R-RISK-001", selectivity),
)
# A sale of goods that are in free circulation already: nothing is declared, the people are still looked at.
SOLD_INSIDE: Final = "0000"
INSIDE: Final = frozenset({"R-EMB-001", "R-DG-021", "R-SCR-001", "R-SCR-002"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """All findings, and each check with how it ended."""

    found: tuple[Found, ...]
    checks: tuple[dict[str, str], ...]

    @property
    def holds(self) -> tuple[Found, ...]:
        """Keep the findings that make the parcel wait."""
        return tuple(one for one in self.found if one.severity >= Severity.PAPERS)


def examine(given: Grounds) -> Outcome:
    """Run every check."""
    found: list[Found] = []
    checks: list[dict[str, str]] = []
    for name, rule, check in CHECKS:
        if given.declaration.procedure == SOLD_INSIDE and rule not in INSIDE:
            continue
        mine = list(check(given))
        stops = any(one.severity >= Severity.PAPERS for one in mine)
        checks.append(
            {"name": name, "rule": rule, "result": "found" if stops else "note" if mine else "passed"}
        )
        found += mine
    return Outcome(tuple(found), tuple(checks))


def _rows(given: Grounds) -> Iterable[tuple[DeclarationLine, Restriction]]:
    for line in given.lines:
        for row in given.restrictions:
            origins = given.areas.get(line.origin, frozenset({line.origin}))
            if lanes.concerns(row.code, row.origin_area, line.hs_code, origins):
                yield line, row


def _from_row(
    row: Restriction, line: DeclarationLine, rule: str, severity: Severity, words: str, way_out: str
) -> Found:
    evidence: dict[str, object] = {
        "declared": _goods(line),
        "found": row.text,
        "confidence": row.confidence,
        "kind": str(lanes.KINDS.get(row.kind, row.kind)),
        "valid_from": row.valid_from.isoformat() if row.valid_from else "",
        "row": row.pk,
    }
    return Found(
        rule, 1, severity, words, way_out, evidence, None, row.source[:300], row.legal_ref[:200], line
    )


def _on_file(given: Grounds, line: DeclarationLine, code: str) -> bool:
    digits = "".join(filter(str.isdigit, line.hs_code))
    return any(kept == code and digits.startswith(prefix) for kept, prefix in given.on_file)


def _goods(line: DeclarationLine) -> str:
    return f"{line.hs_code} {line.customs_description or line.description}".strip()
