"""Tables of the annexe: the ledger, what buyers pay, what sellers get."""

from __future__ import annotations

from orders.payments.models.fee_rule import CommissionRule
from orders.payments.models.ledger import Account, Balance, Journal, LedgerDay, Posting
from orders.payments.models.money_out import (
    BankExchange,
    FeeInvoice,
    PayoutChoice,
    PayoutPlan,
    SellerExchange,
)
from orders.payments.models.payment import (
    PAYMENT,
    REFUND,
    Dispute,
    Freeze,
    Instalment,
    OrderShare,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    WebhookMessage,
    waited,
)
from orders.payments.models.payout import (
    PAYOUT,
    BankAccount,
    Earning,
    Payout,
    PayoutLine,
    PayoutRoute,
    PayoutState,
    PayoutStop,
    Rail,
    Transfer,
)
from orders.payments.models.reconciliation import Correction, Mismatch
from orders.payments.models.reversal import Reversal

__all__ = [
    "PAYMENT",
    "PAYOUT",
    "REFUND",
    "Account",
    "Balance",
    "BankAccount",
    "BankExchange",
    "CommissionRule",
    "Correction",
    "Dispute",
    "Earning",
    "FeeInvoice",
    "Freeze",
    "Instalment",
    "Journal",
    "LedgerDay",
    "Mismatch",
    "OrderShare",
    "Payment",
    "PaymentState",
    "Payout",
    "PayoutChoice",
    "PayoutLine",
    "PayoutPlan",
    "PayoutRoute",
    "PayoutState",
    "PayoutStop",
    "Posting",
    "Rail",
    "Refund",
    "RefundState",
    "Reversal",
    "SellerExchange",
    "Transfer",
    "WebhookMessage",
    "waited",
]
