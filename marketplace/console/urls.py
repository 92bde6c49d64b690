"""Addresses of the operator's console."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from marketplace.console import companies, health, holds, listings, screening

app_name = "console"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:holds"), name="home"),
    path("holds/", holds.holds, name="holds"),
    path("holds/export/", holds.holds_csv, name="holds_csv"),
    path("holds/views/", holds.saved_views, name="saved_views"),
    path("holds/<str:number>/", holds.hold, name="hold"),
    path("holds/<str:number>/ownership/", holds.ownership, name="ownership"),
    path("holds/<str:number>/decision/", holds.decision, name="decision"),
    path("holds/<str:number>/agreement/", holds.agreement, name="agreement"),
    path("holds/<str:number>/file/", holds.case_file, name="case_file"),
    path("holds/<str:number>/papers/<int:version>/", holds.paper, name="paper"),
    path("screening/", screening.screening, name="screening"),
    path("screening/<int:hit>/decision/", screening.screening_decision, name="screening_decision"),
    path("listings/", listings.listings, name="listings"),
    path("listings/<str:number>/", listings.listing, name="listing"),
    path("listings/<str:number>/decision/", listings.decision, name="listing_decision"),
    path("companies/", companies.companies, name="companies"),
    path("companies/<str:number>/decision/", companies.company_decision, name="company_decision"),
    path("health/", health.health, name="health"),
    path("health/deliveries/<int:delivery>/", health.delivery_again, name="delivery_again"),
]
