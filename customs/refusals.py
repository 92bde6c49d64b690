"""What the border says no to, in words for the person who asked."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from marketplace.kit.refusal import Refusal


class DeclarationDiffers(Refusal):
    words = _("Order {order} was already declared with other goods. Nothing was changed.")


class NothingDeclared(Refusal):
    words = _("Order {order} has no declaration for customs.")
    status = 404


class NotYourDesk(Refusal):
    words = _("Only the customs desk may decide this. Ask an administrator for the customs desk.")
    status = 403


class AlreadyDecided(Refusal):
    words = _("{who} decided {hold} on {when}: {what}. Your decision was not used. Read the case again.")


class CaseChanged(Refusal):
    words = _(
        "{hold} changed after you opened it: {what}. Nothing was decided. Read the case again, then decide."
    )


class SamePerson(Refusal):
    words = _(
        "You recommended this decision. A second person must agree: ask a colleague of the customs desk."
    )
    status = 403


class WaitsForSecond(Refusal):
    words = _("{who} has already recommended: {what}. Agree or do not agree with it.")


class NothingToAgree(Refusal):
    words = _("{hold} has no recommendation to agree with. Read the case again.")


class ReasonMissing(Refusal):
    words = _("Choose a reason for your decision.")
    status = 400


class CorrectionMissing(Refusal):
    words = _("Write at least one correction, or choose Release.")
    status = 400


class CorrectionWrong(Refusal):
    words = _("Line {line}: {what}")
    status = 400


class PapersMissing(Refusal):
    words = _("Choose at least one paper to ask for.")
    status = 400


class NotAskedOfYou(Refusal):
    words = _("This paper was not asked of your company.")
    status = 404


class PaperNotNeeded(Refusal):
    words = _("{hold} is decided. No more papers are needed.")


class NotePlease(Refusal):
    words = _("Write why you do not agree.")
    status = 400


class DeclarationIncomplete(Refusal):
    words = _("{form} for {number} cannot be written yet: {what}")

    def __init__(self, *, faults: Sequence[str], **facts: object) -> None:
        super().__init__(what="; ".join(faults), **facts)
        self.faults = tuple(faults)


class UnknownCode(Refusal):
    words = _("The Harmonized System of 2022 has no code {code}. Choose one from the list.")
    status = 422


class AlreadyAnswered(Refusal):
    words = _("A colleague answered this question before you: {code}. Your answer was not used.")


class CodeUnexplained(Refusal):
    words = _("Write in one sentence why this code fits. The maker reads it.")
    status = 422


class MaterialsRefused(Refusal):
    """The list of materials cannot be kept; the words name the line."""

    words = "{problem}"
    status = 400


class EvidenceRefused(Refusal):
    words = _("We cannot keep this paper: {what}")
    status = 400
