from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.static import serve

from marketplace import health

urlpatterns = [
    path("healthz/", health.healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
    path("", include("orders.payments.urls")),
    path("people/", include("marketplace.accounts.urls")),
    path("inbox/", include("marketplace.notifications.urls")),
    path("documents/", include("marketplace.documents.urls")),
    path("api/", include("marketplace.api")),
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
    path("", include("logistics.insurance.urls")),
    path("", include("logistics.warehousing.urls")),
    path("", include("logistics.urls")),
    path("", include("orders.urls")),
    path("console/", include("marketplace.console.urls")),
    path("console/rows/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("console/rows/", admin.site.urls),
    path("", include("customs.urls")),
    path("", include("catalog.urls")),
    path("", include("marketplace.pages.urls")),
]
