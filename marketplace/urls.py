from __future__ import annotations

from django.urls import include, path

from marketplace import health

urlpatterns = [
    path("healthz/", health.healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
    path("", include("marketplace.pages.urls")),
]
