"""What cover and claims refuse, in a sentence that says what to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from marketplace.kit.refusal import Refusal


class NoCover(Refusal):
    words = _(
        "No cover is sold for these goods on this way. Send them at your own risk, or choose another way."
    )


class NotBegun(Refusal):
    words = _(
        "Cover begins with the carrier's first scan. Nothing was scanned yet, so there is nothing to claim."
    )


class ClaimTooLate(Refusal):
    words = _("This had to be reported within {days} days. Write to us if something kept you from it.")


class EvidenceMissing(Refusal):
    words = _("Add at least one photo or paper that shows the loss.")
    status = 400


class LossUnclear(Refusal):
    words = _("Write how much was lost: more than zero, and not more than {most}.")
    status = 400


class NotThisStep(Refusal):
    words = _("Claim {claim} is “{state}”, so this step is not possible now.")


class NoteMissing(Refusal):
    words = _("Write a short reason. The claimant reads it.")
    status = 400
