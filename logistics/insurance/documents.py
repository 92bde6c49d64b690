"""The certificate of cover: what was bought, written once, as it was shown."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from logistics.insurance.models import Policy
from marketplace.documents.pdf import Block, Grid, Pairs, Text, Title, render


def certificate(policy: Policy) -> bytes:
    """Write the certificate as a PDF; its words are those frozen when the cover was bound."""
    terms = policy.terms
    pairs = [
        (_("Certificate"), policy.number),
        (_("For"), policy.order_number),
        (_("Holder"), policy.holder or "–"),
        (_("Insurer"), str(terms["insurer"])),
        (_("Clause"), f"{terms['clause']} ({_('text')} {terms['text_version']})"),
        (_("Way"), policy.mode),
        (_("Insured for"), money(policy.insured_amount, policy.currency)),
        (_("Premium"), money(policy.premium_amount, policy.currency)),
        (_("You carry of each loss"), money(policy.deductible_amount, policy.currency)),
        (_("Trade term"), policy.incoterm or "–"),
        (_("Must insure under it"), policy.must_insure),
        (_("Bound"), f"{policy.bound_at:%Y-%m-%d %H:%M} UTC"),
    ]
    windows = [[cause.replace("_", " "), str(days)] for cause, days in terms["claim_days"].items()]
    blocks: list[Block] = [
        Title(_("Certificate of cover")),
        Text(str(terms["label"])),
        Pairs(pairs),
        Title(_("When it begins and ends"), 2),
        Text(
            _(
                "Cover begins with the carrier's first scan and ends with the delivery. "
                "Before the first scan nothing is covered."
            )
        ),
        Title(_("What is not covered"), 2),
        *(Text(f"– {words}") for words in terms["exclusions"]),
        Title(_("Report a loss within"), 2),
        Grid([_("Loss"), _("Days")], windows, numbers=[1]),
    ]
    if policy.cover.illustrative:
        blocks.append(Text(_("The rate is illustrative: {source}").format(source=policy.cover.source)))
    return render(blocks, title=f"{_('Certificate of cover')} {policy.number}", footer=policy.number)


def money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}"
