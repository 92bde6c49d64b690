"""Every change to money. Other rooms call these; they refer to orders and payments by number."""

from __future__ import annotations

from orders.payments.actions.bank_changes import change_bank_account
from orders.payments.actions.checkout import (
    AlreadyPaid,
    AmountDiffers,
    SharesDiffer,
    allocate,
    close_checkout,
    hear,
    look_up,
    open_checkout,
    record_capture,
    record_offline_capture,
)
from orders.payments.actions.claims import PayByBank, pay_buyer, recovered
from orders.payments.actions.disputes import (
    accept_dispute,
    answered_disputes,
    give_evidence,
    hear_dispute,
    look_up_dispute,
)
from orders.payments.actions.earning import NotPaid, earn, freeze, make_available, release_due, unfreeze
from orders.payments.actions.exchange import (
    BadExchange,
    NoRateToday,
    choose_payout_currency,
    exchange_chosen,
    exchange_for_seller,
    record_bank_exchange,
)
from orders.payments.actions.invoicing import FeeTaxUnknown, fees_to_invoice, issue_fee_invoice
from orders.payments.actions.messages import store_message, understand
from orders.payments.actions.payees import NameNotCleared, must_wait, ready_for_bank, screen_account
from orders.payments.actions.payouts import (
    BadBankAccount,
    NotYourDesk,
    PaidAtTheProvider,
    ReferenceNeeded,
    ReferenceUsed,
    SecondPersonNeeded,
    WrongStep,
    approve_payout,
    confirm_payout,
    fail_payout,
    mark_sent,
    prepare_payout,
    run_payouts,
    set_bank_account,
)
from orders.payments.actions.reconciling import (
    NotOpen,
    WordsNeeded,
    explain_mismatch,
    hear_bank_transfer,
    reconcile_bank,
    reconcile_provider,
)
from orders.payments.actions.refunds import (
    NothingToRefund,
    TooMuch,
    hear_refund,
    refund,
    refund_payment,
    refunded,
    send_refund,
)
from orders.payments.actions.reversals import plan_reversals, send_reversal
from orders.payments.actions.sellers import charge_seller, credit_seller
from orders.payments.actions.transfers import choose_route, route_of, send_transfers
from orders.payments.actions.watching import watch_held_money
from orders.payments.gateways.base import Evidence
from orders.payments.shares import Share

__all__ = [
    "AlreadyPaid",
    "AmountDiffers",
    "BadBankAccount",
    "BadExchange",
    "Evidence",
    "FeeTaxUnknown",
    "NameNotCleared",
    "NoRateToday",
    "NotOpen",
    "NotPaid",
    "NotYourDesk",
    "NothingToRefund",
    "PaidAtTheProvider",
    "PayByBank",
    "ReferenceNeeded",
    "ReferenceUsed",
    "SecondPersonNeeded",
    "Share",
    "SharesDiffer",
    "TooMuch",
    "WordsNeeded",
    "WrongStep",
    "accept_dispute",
    "allocate",
    "answered_disputes",
    "approve_payout",
    "change_bank_account",
    "charge_seller",
    "choose_payout_currency",
    "choose_route",
    "close_checkout",
    "confirm_payout",
    "credit_seller",
    "earn",
    "exchange_chosen",
    "exchange_for_seller",
    "explain_mismatch",
    "fail_payout",
    "fees_to_invoice",
    "freeze",
    "give_evidence",
    "hear",
    "hear_bank_transfer",
    "hear_dispute",
    "hear_refund",
    "issue_fee_invoice",
    "look_up",
    "look_up_dispute",
    "make_available",
    "mark_sent",
    "must_wait",
    "open_checkout",
    "pay_buyer",
    "plan_reversals",
    "prepare_payout",
    "ready_for_bank",
    "reconcile_bank",
    "reconcile_provider",
    "record_bank_exchange",
    "record_capture",
    "record_offline_capture",
    "recovered",
    "refund",
    "refund_payment",
    "refunded",
    "release_due",
    "route_of",
    "run_payouts",
    "screen_account",
    "send_refund",
    "send_reversal",
    "send_transfers",
    "set_bank_account",
    "store_message",
    "understand",
    "unfreeze",
    "watch_held_money",
]
