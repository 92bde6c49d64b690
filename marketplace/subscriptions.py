"""Who acts on what: the whole marketplace's reactions on one page."""

from __future__ import annotations

from typing import Any, Final

from celery import Task

from catalog import events as catalog_events
from catalog import tasks as catalog_tasks
from customs import events as customs_events
from customs import tasks as customs_tasks
from logistics import events as logistics_events
from logistics import tasks as logistics_tasks
from logistics.insurance import events as cover_events
from logistics.insurance import tasks as cover_tasks
from logistics.warehousing import events as stock_events
from logistics.warehousing import tasks as stock_tasks
from marketplace.currency import events as currency_events
from marketplace.events.bus import Fact
from orders import events as orders_events
from orders import tasks as orders_tasks
from orders.payments import events as payment_events
from orders.payments import tasks as payment_tasks

SUBSCRIPTIONS: Final[dict[type[Fact], list[Task[Any, Any]]]] = {
    # What is for sale
    catalog_events.ListingApproved: [orders_tasks.reprice_product, catalog_tasks.tell_seller],
    catalog_events.ListingReturned: [catalog_tasks.tell_seller],
    catalog_events.PriceChanged: [orders_tasks.reprice_product, stock_tasks.show_stock],
    currency_events.RatesPublished: [orders_tasks.reprice_all],
    currency_events.MarginChanged: [orders_tasks.reprice_all],
    # Money
    payment_events.WebhookReceived: [payment_tasks.understand_message],
    payment_events.PaymentCaptured: [orders_tasks.record_payment],
    payment_events.RefundRequested: [payment_tasks.send_refund, orders_tasks.write_credit_notes],
    payment_events.HeldTooLong: [orders_tasks.end_held],
    payment_events.BankAccountKept: [payment_tasks.screen_account],
    payment_events.PaymentRefunded: [payment_tasks.plan_reversals],
    payment_events.ReversalWanted: [payment_tasks.send_reversal],
    # The deal
    orders_events.DepositPaid: [orders_tasks.write_deposit_receipt, orders_tasks.tell_parties],
    orders_events.BalanceAsked: [orders_tasks.tell_parties],
    orders_events.BalanceReminded: [orders_tasks.tell_parties],
    orders_events.OrderPaid: [orders_tasks.tell_parties, orders_tasks.write_invoice],
    orders_events.OrderShipped: [orders_tasks.tell_parties],
    orders_events.OrderDelivered: [orders_tasks.tell_parties],
    orders_events.OrderCompleted: [orders_tasks.tell_parties],
    orders_events.OrderCancelled: [orders_tasks.tell_parties, orders_tasks.write_credit_notes],
    orders_events.OrderRefunded: [orders_tasks.write_credit_notes],
    # Disputes
    orders_events.ProblemReported: [orders_tasks.tell_parties],
    orders_events.DisputeListed: [orders_tasks.tell_parties],
    orders_events.DisputeAnswered: [orders_tasks.tell_parties],
    orders_events.DisputeWithdrawn: [orders_tasks.tell_parties],
    orders_events.DisputeDecided: [orders_tasks.tell_parties, orders_tasks.answer_bank],
    orders_events.DisputeEnded: [orders_tasks.tell_parties],
    payment_events.DisputeOpened: [orders_tasks.list_card_dispute],
    payment_events.DisputeClosed: [
        orders_tasks.end_card_dispute,
        orders_tasks.write_credit_notes,
        payment_tasks.plan_reversals_of_dispute,
    ],
    orders_events.ReturnAsked: [orders_tasks.tell_parties],
    orders_events.ReturnDecided: [orders_tasks.tell_parties],
    orders_events.ReturnRefunded: [orders_tasks.tell_parties],
    # The border
    customs_events.DeclarationDrafted: [customs_tasks.check_clearance],
    customs_events.PartyListLoaded: [customs_tasks.rescreen],
    customs_events.NameDecided: [payment_tasks.pay_after_decision],
    customs_events.EvidenceChanged: [orders_tasks.reprice_product],
    customs_events.CodeAnswered: [customs_tasks.tell_about_code],
    customs_events.PapersAsked: [customs_tasks.tell_about_papers],
    customs_events.HoldOpened: [orders_tasks.hold_order, orders_tasks.tell_parties],
    customs_events.ClearancePassed: [stock_tasks.leave_bond],
    customs_events.HoldReleased: [
        orders_tasks.resume_order,
        orders_tasks.tell_parties,
        stock_tasks.leave_bond,
    ],
    customs_events.HoldRejected: [
        orders_tasks.refund_rejected,
        customs_tasks.tell_about_rejection,
        stock_tasks.stay_in_bond,
    ],
    customs_events.HoldReminder: [customs_tasks.remind_people],
    customs_events.CauseRepeated: [customs_tasks.tell_about_cause],
    # The stores
    stock_events.BondedWithdrawalAsked: [customs_tasks.declare_withdrawal],
    stock_events.StockMoved: [stock_tasks.show_stock],
    stock_events.StorageCharged: [payment_tasks.charge_storage],
    # Cover
    cover_events.PolicyBound: [cover_tasks.write_certificate],
    cover_events.PremiumDue: [payment_tasks.charge_premium],
    cover_events.ClaimAsked: [cover_tasks.tell_claimant],
    cover_events.ClaimApproved: [payment_tasks.pay_claim, cover_tasks.tell_claimant],
    cover_events.ClaimRejected: [cover_tasks.tell_claimant],
    cover_events.ClaimPaid: [cover_tasks.tell_claimant],
    cover_events.ClaimRecovered: [payment_tasks.book_recovery],
    customs_events.DutyAssessed: [orders_tasks.record_assessed_duty],
    customs_events.TariffProposed: [orders_tasks.weigh_tariff],
    customs_events.TariffActivated: [orders_tasks.reprice_all],
    # The way
    logistics_events.ContainerClosed: [payment_tasks.book_container],
    stock_events.OrderLeftBond: [logistics_tasks.note_free_goods],
    logistics_events.ShipmentOpened: [logistics_tasks.book_carrier],
    logistics_events.ShipmentResumed: [logistics_tasks.book_carrier],
    logistics_events.ShipmentCancelled: [logistics_tasks.cancel_booking],
    logistics_events.ParcelPickedUp: [orders_tasks.record_pickup],
    logistics_events.ParcelArrivedAtCustoms: [orders_tasks.tell_parties],
    logistics_events.PartDelivered: [orders_tasks.note_part, orders_tasks.tell_parties],
    logistics_events.ParcelDelivered: [orders_tasks.record_delivery],
}

# Facts that only timelines, the inbox of a case or the audit trail show; nobody has to act on them.
SILENT: Final[frozenset[type[Fact]]] = frozenset(
    {
        catalog_events.ListingSubmitted,
        cover_events.ClaimFact,
        cover_events.ClaimSubmitted,
        customs_events.ClearancePassed,
        customs_events.CodeAsked,
        customs_events.CodeConfirmed,
        customs_events.CustomsAnswered,
        customs_events.DecisionRecommended,
        customs_events.DutyRecorded,
        customs_events.DeclarationFiled,
        customs_events.FindingAdded,
        customs_events.HoldTaken,
        customs_events.PapersReceived,
        customs_events.RecommendationRefused,
        logistics_events.CarrierSilentTooLong,
        logistics_events.ParcelCleared,
        logistics_events.ParcelFact,
        logistics_events.ParcelTrouble,
        logistics_events.ShipmentBooked,
        logistics_events.ShipmentFact,
        logistics_events.ShipmentHeld,
        stock_events.BondedWithdrawn,
        stock_events.CountBooked,
        stock_events.InboundClosed,
        stock_events.LotPutAside,
        orders_events.DisputeTaken,
        orders_events.OrderPacked,
        orders_events.OrderPlaced,
        orders_events.QuoteGiven,
        orders_events.ReturnReceived,
        orders_events.ReviewWritten,
        payment_events.EarningBooked,
        payment_events.PaymentFailed,
        payment_events.PayoutFailed,
        payment_events.PayoutPaid,
        payment_events.PayoutSent,
    }
)
