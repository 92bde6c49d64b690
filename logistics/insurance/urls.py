"""Addresses of cover and claims, mounted at the root."""

from __future__ import annotations

from django.urls import path

from logistics.insurance import views

app_name = "insurance"
urlpatterns = [
    path("orders/<str:number>/claim/", views.report, name="report"),
    path("claims/<str:number>/", views.claim, name="claim"),
    path("claims/<str:number>/papers/", views.evidence, name="evidence"),
]
