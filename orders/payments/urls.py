"""Addresses of the annexe."""

from __future__ import annotations

from django.urls import path, re_path

from orders.payments import paid_in, views, webhooks

app_name = "payments"
urlpatterns = [
    path("payments/webhook/", webhooks.receive, name="webhook"),
    path("sell/payouts/", views.payouts, name="payouts"),
    re_path(r"^sell/payouts/statement\.(?P<kind>csv|pdf)$", views.statement_file, name="statement"),
    path("sell/payouts/currency/", paid_in.currency, name="currency"),
    path("sell/payouts/currency/choice/", paid_in.choose, name="choose_currency"),
    path("sell/payouts/plan/", views.plan, name="payout_plan"),
    path("sell/payouts/account/", views.bank_account, name="bank_account"),
]
