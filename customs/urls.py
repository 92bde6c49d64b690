"""Addresses for the papers that a seller or a buyer was asked for."""

from __future__ import annotations

from django.urls import path

from customs import views

app_name = "customs"
urlpatterns = [
    path("", views.asked, name="papers"),
    path("<str:number>/", views.papers, name="hold_papers"),
    path("<str:number>/<int:paper>/", views.upload, name="upload"),
]
