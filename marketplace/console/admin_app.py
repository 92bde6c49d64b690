"""Tell Django which site holds the raw rows."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class Rows(AdminConfig):
    default_site = "marketplace.console.rows.RawRows"
