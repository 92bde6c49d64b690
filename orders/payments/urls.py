"""Addresses of the annexe."""

from __future__ import annotations

from django.urls import path

from orders.payments import webhooks

app_name = "payments"
urlpatterns = [path("webhook/", webhooks.receive, name="webhook")]
