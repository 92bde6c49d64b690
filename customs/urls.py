"""Addresses for the papers that a seller or a buyer was asked for."""

from __future__ import annotations

from django.urls import path

from customs import code_views, origin_views, views, webhooks

app_name = "customs"
urlpatterns = [
    path("sell/products/<str:number>/markets/", code_views.markets, name="markets"),
    path("sell/products/<str:number>/customs-code/", code_views.find_code, name="find_code"),
    path("sell/products/<str:number>/customs-code/choice/", code_views.confirm, name="confirm_code"),
    path("sell/products/<str:number>/customs-code/question/", code_views.ask, name="ask_code"),
    path("sell/products/<str:number>/origin/", origin_views.papers, name="origin"),
    path("sell/products/<str:number>/origin/materials/", origin_views.materials, name="made_of"),
    path("sell/products/<str:number>/origin/<int:pk>/withdrawal/", origin_views.withdraw, name="origin_end"),
    path("papers/", views.asked, name="papers"),
    path("papers/<str:number>/", views.papers, name="hold_papers"),
    path("papers/<str:number>/<int:paper>/", views.upload, name="upload"),
    path("customs/authority/", webhooks.authority, name="authority"),
    path("customs/declarations/<str:number>/<str:paper>", views.paper, name="declaration_paper"),
]
