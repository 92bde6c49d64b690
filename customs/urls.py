"""Addresses for the papers that a seller or a buyer was asked for."""

from __future__ import annotations

from django.urls import path

from customs import views, webhooks

app_name = "customs"
urlpatterns = [
    path("papers/", views.asked, name="papers"),
    path("papers/<str:number>/", views.papers, name="hold_papers"),
    path("papers/<str:number>/<int:paper>/", views.upload, name="upload"),
    path("customs/authority/", webhooks.authority, name="authority"),
    path("customs/declarations/<str:number>/<str:paper>", views.paper, name="declaration_paper"),
]
