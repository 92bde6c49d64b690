"""The checks before the border: each looks at one declaration and says what it found, by which rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.utils.text import slugify
from django.utils.translation import gettext as _

from customs.bands import Band
from customs.describing import EXAMPLE, judge
from customs.models import Declaration, DeclarationLine, Restriction, Severity
from customs.screening import HOLD_FROM, PROBABLE_FROM, Match, Party

EMBARGOED: Final = frozenset({"CU", "IR", "KP"})
BATTERY_CODES: Final = ("850650", "850760", "850780")
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
    bands: dict[int, Band] = field(default_factory=dict)
    price_per_kg: dict[int, Decimal] = field(default_factory=dict)
    own_price: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    matches: tuple[tuple[Party, Match], ...] = ()
    recent: tuple[Recent, ...] = ()
    limit_euro: Decimal | None = None
    lists_of: str = ""


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
            evidence = {"declared": _goods(line), "missing": gaps}
            words = _("Customs data is missing: %(what)s") % {"what": ", ".join(gaps)}
            way_out = _("Ask the seller for it, or write it in and release with corrections.")
            yield Found("R-DATA-001", 1, Severity.PAPERS, words, way_out, evidence, line=line)


def vague_description(given: Grounds) -> Iterable[Found]:
    """Find descriptions that do not tell customs what the goods are."""
    for line in given.lines:
        text = line.customs_description or line.description
        quality = judge(text)
        evidence = {
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
    for country in sorted(countries & EMBARGOED):
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
    """Find goods that the destination prohibits or restricts."""
    for line, row in _rows(given):
        if row.kind == "document":
            continue
        words = _("Not allowed in %(country)s: %(text)s") % {
            "country": given.declaration.to_country,
            "text": row.text,
        }
        severity = Severity.STOP if row.kind == "prohibition" else Severity.PAPERS
        yield _from_row(row, line, "R-LANE-001", severity, words[:200], _("Reject, or show a licence."))


def papers(given: Grounds) -> Iterable[Found]:
    """Find papers that the goods need on this lane and that nobody has shown yet."""
    for line, row in _rows(given):
        if row.kind != "document":
            continue
        code = code_of(row.text)
        if code == UN38_3 or code in line.evidence or _on_file(given, line, code):
            continue
        certain = row.confidence == "read"
        words = _("A paper is needed: %(text)s") % {"text": row.text}
        severity = Severity.PAPERS if certain else Severity.NOTE
        found = _from_row(row, line, "R-DOC-001", severity, words[:200], _("Ask the seller for the paper."))
        found.evidence["papers"] = [{"code": code, "label": row.text, "party": "seller"}]
        yield found


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
    """Find orders that together pass a limit which each of them stays under."""
    own, limit = given.declaration.value_euro, given.limit_euro
    if limit is None or own is None or own > limit or not given.recent:
        return
    together = own + sum((other.value_euro for other in given.recent), Decimal(0))
    if together > limit and own >= limit * Decimal("0.6"):
        evidence = {
            "declared": f"{own:.2f}",
            "together": f"{together:.2f}",
            "limit": f"{limit:.2f}",
            "currency": "EUR",
            "orders": [other.number for other in given.recent],
        }
        words = _("Several orders within 72 hours together pass the low-value limit")
        way_out = _("Declare them together, or release when they are separate sales.")
        yield Found(
            "R-SPL-001",
            1,
            Severity.PAPERS,
            words,
            way_out,
            evidence,
            source="low-value regime of the destination",
        )


CHECKS: Final[tuple[tuple[str, str, Callable[[Grounds], Iterable[Found]]], ...]] = (
    ("embargo", "R-EMB-001", embargo),
    ("goods allowed", "R-LANE-001", restricted_goods),
    ("customs data", "R-DATA-001", missing_data),
    ("description", "R-DATA-002", vague_description),
    ("papers", "R-DOC-001", papers),
    ("batteries", "R-DG-021", batteries),
    ("names", "R-SCR-001", names),
    ("value", "R-VAL-003", value),
    ("splitting", "R-SPL-001", splitting),
)


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
        mine = list(check(given))
        stops = any(one.severity >= Severity.PAPERS for one in mine)
        checks.append(
            {"name": name, "rule": rule, "result": "found" if stops else "note" if mine else "passed"}
        )
        found += mine
    return Outcome(tuple(found), tuple(checks))


def _rows(given: Grounds) -> Iterable[tuple[DeclarationLine, Restriction]]:
    for line in given.lines:
        digits = "".join(filter(str.isdigit, line.hs_code))
        for row in given.restrictions:
            if digits and row.code and not digits.startswith(row.code):
                continue
            if row.origin_area not in {"ERGA OMNES", "", line.origin}:
                continue
            if digits:
                yield line, row


def _from_row(
    row: Restriction, line: DeclarationLine, rule: str, severity: Severity, words: str, way_out: str
) -> Found:
    evidence: dict[str, object] = {
        "declared": _goods(line),
        "found": row.text,
        "confidence": row.confidence,
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
