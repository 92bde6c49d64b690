"""Addresses of the operator's console."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from marketplace.console import (
    claims,
    companies,
    disputes,
    health,
    holds,
    listings,
    money,
    returns,
    screening,
)

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
    path("claims/", claims.claims, name="claims"),
    path("claims/<str:number>/", claims.claim, name="claim"),
    path("claims/<str:number>/step/", claims.claim_step, name="claim_step"),
    path("returns/", returns.returns, name="returns"),
    path("returns/<str:number>/", returns.case, name="return"),
    path("returns/<str:number>/decision/", returns.decide, name="return_decision"),
    path("health/", health.health, name="health"),
    path("health/deliveries/<int:delivery>/", health.delivery_again, name="delivery_again"),
    path("money/", money.money, name="money"),
    path("money/payouts.csv", money.payouts_csv, name="payouts_csv"),
    path("money/rates/", money.enter_rate, name="enter_rate"),
    path("money/rates/<str:number>/decision/", money.decide_rate, name="decide_rate"),
    path("money/files/<str:kind>/", money.bank_file, name="bank_file"),
    path("money/payouts/<str:number>/", money.payout_step, name="payout_step"),
    path("payouts/", RedirectView.as_view(pattern_name="console:money"), name="payouts"),
    path("books/", RedirectView.as_view(pattern_name="console:money"), name="books"),
    path("rates/", RedirectView.as_view(pattern_name="console:money"), name="rates"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/<str:number>/", disputes.dispute, name="dispute"),
    path("disputes/<str:number>/ownership/", disputes.ownership, name="dispute_ownership"),
    path("disputes/<str:number>/messages/", disputes.message, name="dispute_message"),
    path("disputes/<str:number>/decision/", disputes.decision, name="dispute_decision"),
]
