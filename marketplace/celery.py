"""The Celery application; what runs when stands in each room's tasks, the clock in `beat`."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# The clock: each room adds its lines here; seconds, or a crontab in UTC.
app.conf.beat_schedule = {
    "heartbeat": {"task": "marketplace.tasks.heartbeat", "schedule": 15.0, "options": {"expires": 30}},
    "lost-deliveries": {
        "task": "marketplace.events.tasks.sweep",
        "schedule": 10.0,
        "options": {"expires": 30},
    },
    "unpaid-purchases": {"task": "orders.tasks.cancel_unpaid_purchases", "schedule": 60.0},
    "silent-bank": {"task": "orders.payments.tasks.watch_the_bank", "schedule": 3600.0},
    "open-balances": {"task": "orders.tasks.mind_balances", "schedule": 900.0},
    "received-orders": {"task": "orders.tasks.complete_received", "schedule": 3600.0},
    "file-declarations": {
        "task": "customs.tasks.file_declarations",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "lost-authority-messages": {
        "task": "customs.tasks.read_lost_messages",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "hold-deadlines": {
        "task": "customs.tasks.remind_of_deadlines",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "papers-of-origin": {
        "task": "customs.tasks.watch_evidence",
        "schedule": crontab(hour="0", minute="10"),
        "options": {"expires": 1800},
    },
    "expired-reservations": {
        "task": "logistics.warehousing.tasks.release_expired_reservations",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    "shown-stock": {
        "task": "logistics.warehousing.tasks.show_all_stock",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "end-of-the-stores-day": {
        "task": "logistics.warehousing.tasks.end_the_day",
        "schedule": crontab(hour="23", minute="30"),
        "options": {"expires": 1800},
    },
    "unbooked-shipments": {
        "task": "logistics.tasks.book_waiting",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    "unread-carrier-messages": {
        "task": "logistics.tasks.sweep_carrier_messages",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    "quiet-carriers": {
        "task": "logistics.tasks.ask_carriers",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "reference-rates": {
        "task": "marketplace.currency.tasks.fetch_rates",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "silent-payments": {
        "task": "orders.payments.tasks.look_up_silence",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    "pay-sellers": {
        "task": "orders.payments.tasks.pay_sellers",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "reconcile": {
        "task": "orders.payments.tasks.reconcile",
        "schedule": 86_400.0 / 4,
        "options": {"expires": 3600},
    },
    "held-money": {
        "task": "orders.payments.tasks.watch_held_money",
        "schedule": crontab(hour="6", minute="10"),
        "options": {"expires": 3600},
    },
    "invoice-fees": {
        "task": "orders.payments.tasks.invoice_fees",
        "schedule": crontab(hour="2", minute="20"),
        "options": {"expires": 3600},
    },
    "bank-deadlines": {
        "task": "orders.tasks.mind_bank_deadlines",
        "schedule": 1800.0,
        "options": {"expires": 1800},
    },
    "seal-ledger": {
        "task": "orders.payments.tasks.seal_ledger",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
}
