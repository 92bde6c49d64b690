"""The papers of this annexe: the seller's statement."""

from __future__ import annotations

from django.utils.translation import gettext as _

from marketplace.documents.pdf import Grid, Pairs, Title, render
from orders.payments.statement import Statement


def statement_pdf(given: Statement, seller_name: str) -> bytes:
    """Write a statement as PDF: opening, lines, closing."""
    rows = [["", _("Opening balance"), "", "", "", str(given.opening.amount)]]
    rows += [
        [
            f"{line.at:%Y-%m-%d}",
            f"{line.words} {line.reference}",
            str(line.goods.amount),
            str(line.fee.amount),
            str(line.amount.amount),
            str(line.balance.amount),
        ]
        for line in given.lines
    ]
    rows.append(["", _("Closing balance"), "", "", "", str(given.closing.amount)])
    heads = [_("Day"), _("What"), _("Goods"), _("Our fee"), _("For you"), _("Balance")]
    blocks: list[Title | Pairs | Grid] = [
        Title(_("Statement")),
        Pairs(
            [
                (_("Seller"), f"{seller_name} ({given.seller})"),
                (_("Currency"), given.currency),
                (_("From"), f"{given.start:%Y-%m-%d}"),
                (_("Until before"), f"{given.end:%Y-%m-%d}"),
            ]
        ),
        Grid(heads, rows, numbers=(2, 3, 4, 5), totals=1),
    ]
    return render(blocks, title=_("Statement"), footer="Sampan")
