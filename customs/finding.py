"""Find the measures in force for a line of goods, and say what is not known about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from customs import duty, expressions, proofs
from customs.duty import Rate
from customs.expressions import Expression
from customs.landed import GoodsLine, LandedCase
from customs.regimes import Destination, Regime
from customs.stored import Row, Tariff, aged
from marketplace.kit.explain import Reason, RuleRef

# Annex II of the forced-labour action frees some food; the list was published as pictures (91 FR 47318).
MAYBE_FREE: Final = ("0201", "0202", "0803", "0804", "0805", "0901", "0902", "18")
ALCOHOL: Final = ("2203", "2204", "2205", "2206", "2207", "2208")


@dataclass(frozen=True, slots=True)
class Found:
    """The rates of a line; each reason has its scope (duty, tax, all) and whether it forbids a promise."""

    rates: tuple[Rate, ...]
    reasons: tuple[tuple[Reason, str, bool], ...]
    warnings: tuple[str, ...]


def find(tariff: Tariff, case: LandedCase, line: GoodsLine, place: Destination, regime: Regime) -> Found:
    """All stored measures in force for a line on the day."""
    origins = tariff.origins(line.origin, case.on)
    areas = tuple(dict.fromkeys((place.area, place.country)))
    shown = frozenset(paper.strip().upper() for paper in line.evidence)
    rows = [
        row
        for row in tariff.rows(areas, line.hs_code)
        if row.holds(case.on, origins) and row.waived_by.isdisjoint(shown)
    ]
    exact = [row for row in rows if line.hs_code.startswith(row.code)]
    below = [row for row in rows if row not in exact and row.code.startswith(line.hs_code)]
    beside: list[Row] = []
    if len(line.hs_code) > 6 and not any(len(row.code) > 6 for row in exact):
        # A code of another country's tariff: only its first six digits count here.
        six = line.hs_code[:6]
        beside = [row for row in rows if row not in exact and row not in below and row.code.startswith(six)]
    search = _Search(line, place, regime, case.on)
    for kind in dict.fromkeys(row.kind for row in rows):
        mine = [row for row in exact if row.kind == kind]
        longest = max((len(row.code) for row in mine), default=0)
        if kind in {"third_country_duty", "vat", "sales_tax"} and mine:
            mine = [row for row in mine if len(row.code) == longest][:1]
        mine, unsure = _by_additional_code(tariff, mine, shown)
        short = [row for row in (*below, *beside) if row.kind == kind] + unsure
        if kind in {"additional", "anti_dumping", "countervailing", "safeguard"} or not mine:
            search.take(kind, mine, short)
        else:
            search.take(kind, mine, [])
    search.stack()
    search.complete(tariff, case)
    return Found(tuple(search.rates), tuple(search.reasons), ())


def _by_additional_code(
    tariff: Tariff, rows: list[Row], shown: frozenset[str]
) -> tuple[list[Row], list[Row]]:
    """Rows that apply, and rows of additional codes of which we do not know which one applies.

    A code that the papers name decides; else the row for all other companies; else the rows make a range.
    """
    plain = [row for row in rows if not row.additional_code]
    coded = [row for row in rows if row.additional_code]
    if not coded:
        return rows, []
    named = [row for row in coded if row.additional_code.upper() in shown]
    if named:
        return plain + named, []
    rest = [row for row in coded if any(code == row.additional_code for _place, code in tariff.residual)]
    return (plain + rest, []) if rest else (plain, coded)


class _Search:
    """Rates and doubts gathered for one line."""

    def __init__(self, line: GoodsLine, place: Destination, regime: Regime, on: date) -> None:
        self.line, self.place, self.regime, self.on = line, place, regime, on
        self.rates: list[Rate] = []
        self.rows: list[Row | None] = []
        self.reasons: list[tuple[Reason, str, bool]] = []

    def note(
        self, code: str, words: str, way_out: str, rule: RuleRef | None, scope: str, *, hard: bool
    ) -> None:
        reason = Reason(code, words, way_out, self.line.reference, rule)
        if all((old.code, old.words) != (code, words) for old, _scope, _hard in self.reasons):
            self.reasons.append((reason, scope, hard))

    def take(self, kind: str, rows: list[Row], short: list[Row]) -> None:
        """Rows at or above the code apply; rows below it make a range."""
        scope = (
            "tax"
            if kind in {"vat", "sales_tax"}
            else "excise"
            if kind in {"excise", "consumption_tax"}
            else "duty"
        )
        for row in rows:
            self._one(kind, row, scope)
        if short:
            self._range(kind, short, scope)

    def _one(self, kind: str, row: Row, scope: str) -> None:
        if row.expression is None:
            self._unreadable(row, scope)
            return
        needs_proof = kind == "preference"
        allowed = self._proven(row, needs_proof=needs_proof) and (kind != "quota" or row.quota_open)
        papers = row.papers or (
            (_("proof of origin"),) if needs_proof else (_("open quota"),) if kind == "quota" else ()
        )
        rule = row.rule_on(self.on)
        high = self._high(row.expression) if rule.confidence != "read" else None
        if rule is not row.rule:
            self._old(row, "tax" if kind in duty.TAXES else "duty")
        self.rates.append(
            Rate(
                kind,
                row.expression,
                row.label,
                row.base,
                row.inside,
                rule,
                row.caps,
                allowed,
                papers,
                high,
            )
        )
        self.rows.append(row)

    def _old(self, row: Row, scope: str) -> None:
        words = _("Our row for the %(label)s was read too long ago to promise it.")
        self.note(
            "row-old", words % {"label": row.label.lower()},
            _("The price is an estimate with a ceiling until the tariff is read again."), row.rule, scope,
            hard=False,
        )  # fmt: skip

    def _proven(self, row: Row, *, needs_proof: bool) -> bool:
        """Whether a paper that the measure asks for was shown: one of its documents, or a proof of origin."""
        by_agreement = proofs.named(self.line.evidence)
        if needs_proof and by_agreement:
            rule, line = row.rule, self.line
            found = proofs.agreement_of(
                rule.legal_ref, row.origin_area, made_in=line.origin, destination=self.place.country,
                on=self.on,
            )  # fmt: skip
            if found is not None and found.code in by_agreement:
                return True
        shown = {paper.strip().upper() for paper in self.line.evidence if not paper.startswith(proofs.MARK)}
        if not row.papers:
            return not needs_proof or bool(shown)
        by_name = needs_proof and any("ORIGIN" in paper for paper in shown)
        return by_name or any(paper.upper() in shown for paper in row.papers)

    def _high(self, read: Expression) -> Expression | None:
        """The ceiling of a rate that was not read in its source: 15% more."""
        if read.fraction is not None:
            return expressions.Expression(read.text, expressions.AdValorem(read.fraction * Decimal("1.15")))
        return None

    def _unreadable(self, row: Row, scope: str) -> None:
        words = _("The %(label)s of this product cannot be computed: %(reason)s.")
        self.note(
            "not-expressible", words % {"label": row.label.lower(), "reason": row.unreadable},
            _("Ask customs for a binding answer, or sell on terms where the buyer pays duty."), row.rule, scope,  # noqa: E501
            hard=True,
        )  # fmt: skip

    def _range(self, kind: str, rows: list[Row], scope: str) -> None:
        readable = [row for row in rows if row.expression is not None]
        if kind in {"preference", "quota", "suspension"}:
            for row in readable:
                self._one(kind, row, scope)
                if not self._is_zero_end(row):
                    self._short(row, scope)
            return
        if not readable:
            self._unreadable(rows[0], scope)
            return
        texts = {row.expression.text for row in readable if row.expression}
        low = min(readable, key=self._weight)
        high = max(readable, key=self._weight)
        self._one(kind, low, scope)
        if len(texts) > 1 or len(readable) < len(rows):
            self.rates[-1] = replace(self.rates[-1], high=high.expression)
        if not self._is_zero_end(low) or len(texts) > 1:
            self._short(low, scope)
        if len(readable) < len(rows):
            self._unreadable(next(row for row in rows if row.expression is None), scope)

    def _is_zero_end(self, row: Row) -> bool:
        """Whether the national code is the given one with zeros behind it."""
        return not row.code[len(self.line.hs_code) :].strip("0") and row.code.startswith(self.line.hs_code)

    def _short(self, row: Row, scope: str) -> None:
        words = _("The code %(code)s is short: the tariff has %(longer)s.")
        self.note(
            "code-short", words % {"code": self.line.hs_code, "longer": row.code},
            _("Confirm the national code of 8 or 10 digits."), row.rule, scope, hard=False,
        )  # fmt: skip

    def _weight(self, row: Row) -> Decimal:
        """A rough size of a rate, to find the cheapest and the dearest of a range."""
        if row.expression is None:
            return Decimal(-1)
        sums = duty.Sums(_Plenty(), _Plenty())
        return row.expression.amount(self.line.value.amount or Decimal(1), sums)

    def stack(self) -> None:
        """A measure may switch off others: section 232 goods pay no forced-labour duty."""
        off = {group for row in self.rows if row for group in row.excludes.split()}
        kept = [
            (rate, row)
            for rate, row in zip(self.rates, self.rows, strict=True)
            if not (row and row.group and row.group in off)
        ]
        self.rates = [rate for rate, _row in kept]
        self.rows = [row for _rate, row in kept]
        for rate, row in kept:
            freed = row is not None and row.group == "us-301-fl" and rate.expression.fraction
            if row is not None and freed and self.line.hs_code.startswith(MAYBE_FREE):
                words = _(
                    "This product may be exempt from the %(label)s: the list of exemptions is not read."
                )
                self.note(
                    "possible-exemption", words % {"label": row.label.lower()},
                    _("Ask a customs broker; you pay no more than the price shown."), row.rule, "duty",
                    hard=False,
                )  # fmt: skip

    def complete(self, tariff: Tariff, case: LandedCase) -> None:
        """What must be there: a standard duty, a tax rate, excise on alcohol."""
        standard = next((rate for rate in self.rates if rate.kind == "third_country_duty"), None)
        if standard is not None:
            # A preference that nobody read in its source may not be there: then the standard duty is due.
            ceiling = standard.high or standard.expression
            self.rates = [
                replace(rate, high=ceiling)
                if rate.kind == "preference" and rate.rule is not None and rate.rule.confidence != "read"
                else rate
                for rate in self.rates
            ]
        kinds = {rate.kind for rate in self.rates}
        noted = {scope for _reason, scope, hard in self.reasons if hard}
        if "third_country_duty" not in kinds and "duty" not in noted:
            free = [rate for rate in self.rates if rate.kind in duty.OPTIONS and rate.allowed]
            if not free:
                words = _("We have no customs duty of %(country)s for code %(code)s.")
                self.note(
                    "no-duty-row", words % {"country": self.place.area, "code": self.line.hs_code},
                    _("Choose another product or country, or sell on terms where the buyer pays duty."), None,
                    "duty", hard=True,
                )  # fmt: skip
        self._tax(tariff, case, kinds)
        alcohol = self.line.hs_code.startswith(ALCOHOL)
        if alcohol and not kinds & {"excise", "consumption_tax"} and self.place.country not in {"HK", "AU"}:
            words = _("We have no excise duty of %(country)s for this drink.") % {
                "country": self.place.country
            }
            self.note(
                "no-excise-row",
                words,
                _("Choose another country for this product."),
                None,
                "excise",
                hard=True,
            )

    def _tax(self, tariff: Tariff, case: LandedCase, kinds: set[str]) -> None:
        country, region = self.place.country, case.ship_to.region or _region(case)
        regional = tariff.taxes.get((country, region)) if region else None
        standard = regional or tariff.taxes.get((country, ""))
        if regional is not None:
            self.rates = [rate for rate in self.rates if rate.kind not in duty.TAXES]
            kinds = kinds - set(duty.TAXES)
        taxed = bool(kinds & {"vat", "sales_tax"})
        if "tax_rate" in self.regime.effect:
            self.rates = [rate for rate in self.rates if rate.kind not in duty.TAXES]
            self.reasons = [found for found in self.reasons if found[1] != "tax"]
        elif not taxed and standard is not None:
            read, rule, fresh_until = standard
            rule = aged(rule, fresh_until, self.on)
            if regional is None:
                rule = replace(rule, confidence="derived" if rule.confidence == "read" else rule.confidence)
            self.reasons = [found for found in self.reasons if found[1] != "tax"]
            self.rates.append(
                Rate(
                    self.place.tax_kind,
                    read,
                    _("VAT, standard rate"),
                    (),
                    self.place.tax_inside,
                    rule,
                    high=read,
                )
            )
        elif not taxed:
            words = _("We have no tax rate of %(country)s.") % {"country": country}
            self.note("no-tax-row", words, _("Choose another country."), None, "tax", hard=True)
        self.rates = national_part(self.place, self.rates)


class _Plenty(dict[str, Decimal]):
    """One of everything, for comparing sizes only."""

    def __missing__(self, key: str) -> Decimal:
        return Decimal(1)

    def get(self, key: str, default: Decimal | None = None) -> Decimal:  # type: ignore[override]
        del key, default
        return Decimal(1)


def _region(case: LandedCase) -> str:
    """A Canadian province from the first letter of the postal code."""
    if case.ship_to.country != "CA" or not case.ship_to.postal_code:
        return ""
    letters = {
        "A": "NL",
        "B": "NS",
        "C": "PE",
        "E": "NB",
        "K": "ON",
        "L": "ON",
        "M": "ON",
        "N": "ON",
        "P": "ON",
    }
    return letters.get(case.ship_to.postal_code[0].upper(), "")


def national_part(place: Destination, rates: list[Rate]) -> list[Rate]:
    """Japan prints one rate and collects two: 78% of it is the national consumption tax."""
    if not place.rules.local_tax_ratio:
        return rates
    found: list[Rate] = []
    for rate in rates:
        if rate.base == ("consumption_tax",):
            continue  # the local part, which follows from the national one
        fraction = rate.expression.fraction
        whole = rate.kind in duty.TAXES or fraction in {Decimal("0.1"), Decimal("0.08")}
        if rate.kind in {*duty.TAXES, "consumption_tax"} and whole and fraction is not None and not rate.base:
            national = expressions.read(f"{(fraction * 78).normalize():f}%")
            found.append(replace(rate, kind="consumption_tax", expression=national))
        else:
            found.append(rate)
    return found
