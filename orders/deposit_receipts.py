"""The receipt of a deposit: what was paid, what is left, and when. The invoice comes with the balance."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from marketplace.documents import actions as documents
from marketplace.documents import pdf
from marketplace.documents.invoice_paper import operator
from marketplace.documents.models import Document
from marketplace.kit.money import Money
from orders.models import Order

KIND: Final = "deposit-receipt"


@transaction.atomic
def write_receipt(*, order_number: str) -> Document | None:
    """Keep the receipt of a paid deposit for its buyer, once; an order without one has none."""
    rows = Order.objects.select_for_update(of=("self",)).select_related("group__buyer", "seller")
    order = rows.get(number=order_number)
    if order.deposit_paid_at is None:
        return None
    if kept := Document.objects.filter(kind=KIND, subject=order.number).first():
        return kept
    name, content = f"{order.number}-{KIND}.pdf", paper(order)
    return documents.store(KIND, order.number, name, content, "application/pdf", [order.group.buyer])


def paper(order: Order) -> bytes:
    """Lay the receipt out for people."""
    title = _("Receipt of a deposit")
    return pdf.render(blocks(order), title=f"{title} {order.number}", footer=order.number)


def blocks(order: Order) -> list[pdf.Block]:
    """Arrange the receipt: who paid whom for what, the sum in two steps, and what comes next."""
    us, group = operator(), order.group
    town = f"{group.postal_code} {group.town}".strip()
    paid_on = date_format(order.deposit_paid_at, "j F Y") if order.deposit_paid_at else ""
    return [
        pdf.Title(_("Receipt of a deposit")),
        pdf.Pairs(
            [
                (_("Order"), order.number),
                (_("Paid on"), f"{paid_on} (UTC)"),
                (_("Payment"), group.number),
                (_("Received by"), "\n".join(filter(None, [us.name, us.street, us.country]))),
                (_("Maker"), f"{order.seller.name}, {order.seller.country}"),
                (
                    _("Buyer"),
                    "\n".join(filter(None, [group.company_name or group.name, group.street, town])),
                ),
                (_("Goods"), "\n".join(f"{line.quantity} × {line.title}" for line in order.lines.all())),
            ]
        ),
        pdf.Line(),
        pdf.Grid(
            [_("What"), order.currency],
            [
                (_("Price of the order, delivered"), _amount(order.total)),
                (_("Deposit, paid on %(day)s") % {"day": paid_on}, _amount(order.deposit)),
                (_("Left to pay"), _amount(order.balance)),
            ],
            numbers=(1,), widths=(5, 1.6), totals=1,
        ),
        *(pdf.Text(words) for words in _next(order)),
    ]  # fmt: skip


def _next(order: Order) -> list[str]:
    given = {
        "days": order.balance_days, "balance": _money(order.balance), "kept": _money(order.deposit_kept),
    }  # fmt: skip
    due = _(
        "The balance of %(balance)s is due %(days)s days after the maker says that the goods are ready. "
        "We write to you on that day. The goods are sent when it is paid."
    )
    unpaid = (
        _("If it is not paid by then, %(kept)s of the deposit stay with the maker and the rest goes back.")
        if order.deposit_kept_amount
        else _("If it is not paid by then, the order ends and the whole deposit goes back to you.")
    )
    return [
        _("This paper is a receipt, no invoice. The invoice of the whole order comes with the balance."),
        due % given,
        unpaid % given,
    ]


def _amount(money: Money) -> str:
    return f"{money.rounded().amount:,f}"


def _money(money: Money) -> str:
    return f"{money.currency} {_amount(money)}"
