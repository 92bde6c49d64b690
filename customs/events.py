"""Facts of the border; the subject is always the order's number."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.events.bus import Fact


@dataclass(frozen=True, kw_only=True)
class DeclarationDrafted(Fact):
    """The order's goods were written down for customs; our own checks come next."""

    declaration: str


@dataclass(frozen=True, kw_only=True)
class ClearancePassed(Fact):
    """Our checks found nothing that stops the parcel."""

    declaration: str


@dataclass(frozen=True, kw_only=True)
class HoldOpened(Fact):
    """Our checks found something: the parcel waits for a decision."""

    hold: str
    declaration: str
    rules: tuple[str, ...]
    title: str
    deadline: str


@dataclass(frozen=True, kw_only=True)
class HoldTaken(Fact):
    """An operator works on the case."""

    hold: str
    by: str


@dataclass(frozen=True, kw_only=True)
class PapersAsked(Fact):
    """We asked the seller or the buyer for papers."""

    hold: str
    by: str
    papers: tuple[str, ...]
    parties: tuple[str, ...]
    wanted_by: str


@dataclass(frozen=True, kw_only=True)
class PapersReceived(Fact):
    """A paper that we asked for has arrived."""

    hold: str
    paper: str
    party: str
    version: int
    sha256: str
    complete: bool


@dataclass(frozen=True, kw_only=True)
class DecisionRecommended(Fact):
    """The first of two people decided; the second must agree."""

    hold: str
    by: str
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecommendationRefused(Fact):
    """The second person did not agree; the case is open again."""

    hold: str
    by: str
    note: str


@dataclass(frozen=True, kw_only=True)
class HoldReleased(Fact):
    """The parcel may go on; `corrections` says what we changed in the declaration."""

    hold: str
    declaration: str
    by: str
    second: str
    reason: str
    corrections: tuple[dict[str, str], ...] = ()
    effect: str = "0"
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class HoldRejected(Fact):
    """The goods may not cross; the buyer gets the money back."""

    hold: str
    declaration: str
    by: str
    second: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class HoldReminder(Fact):
    """Part of the time for a decision has passed without one."""

    hold: str
    share: str
    deadline: str


@dataclass(frozen=True, kw_only=True)
class DeclarationFiled(Fact):
    """The declaration was sent to the customs authority."""

    declaration: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class CustomsAnswered(Fact):
    """The customs authority answered: accepted, queried, held or released."""

    declaration: str
    answer: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PartyListLoaded(Fact):
    """A newer version of a list of parties is in force; the subject is the list's source."""

    version: int
    changed: int
    gone: int


@dataclass(frozen=True, kw_only=True)
class NameDecided(Fact):
    """A person said whether a party of ours is a listed one; the subject is the screening hit."""

    state: str


@dataclass(frozen=True, kw_only=True)
class FindingAdded(Fact):
    """A later check found something more in a case that is already open."""

    hold: str
    rules: tuple[str, ...]
    title: str


@dataclass(frozen=True, kw_only=True)
class CauseRepeated(Fact):
    """The same goods were held again for the same reason; the seller has a task in the catalogue."""

    task: int
    sku: str
    rule: str
    times: int


@dataclass(frozen=True, kw_only=True)
class TariffProposed(Fact):
    """A tariff file was read into a version that waits; the subject is the version."""


@dataclass(frozen=True, kw_only=True)
class TariffActivated(Fact):
    """Another set of rates is in force from now on or from its legal day; the subject is the version."""


@dataclass(frozen=True, kw_only=True)
class DutyRecorded(Fact):
    """What customs really took for an order is known; the subject is the order."""

    key: str
    quoted: str
    actual: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class DutyAssessed(Fact):
    """The authority told what it takes for a declaration; the subject is the order."""

    key: str
    amount: str
    currency: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class CodeConfirmed(Fact):
    """A maker chose the customs code of a product (the subject) from what the search showed."""

    code: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CodeAsked(Fact):
    """A maker asks a person for the code of a product (the subject)."""

    query: str


@dataclass(frozen=True, kw_only=True)
class CodeAnswered(Fact):
    """A person of the customs desk proposes a code for a product (the subject)."""

    code: str
    by: str
    question: int


@dataclass(frozen=True, kw_only=True)
class EvidenceChanged(Fact):
    """Other papers of origin count for a product (the subject) than before: its prices are old."""
