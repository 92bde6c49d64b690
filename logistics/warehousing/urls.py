"""Addresses of the stores' pages, mounted at the root."""

from __future__ import annotations

from django.urls import path

from logistics.warehousing import views

app_name = "stores"
urlpatterns = [
    path("sell/warehouse/", views.home, name="home"),
    path("sell/warehouse/inbound/", views.announce, name="announce"),
    path("sell/warehouse/inbound/<str:number>/", views.receive, name="inbound"),
    path("sell/warehouse/inbound/<str:number>/closing/", views.close, name="close"),
    path("sell/warehouse/picks/", views.start_pick, name="start_pick"),
    path("sell/warehouse/picks/<str:number>/", views.pick, name="pick"),
    path("sell/warehouse/counts/", views.open_count, name="open_count"),
    path("sell/warehouse/counts/<str:number>/", views.count, name="count"),
    path("sell/warehouse/counts/<str:number>/decision/", views.decide_count, name="decide_count"),
    path("sell/warehouse/shelves/<int:balance>/", views.shelf, name="shelf"),
    path("sell/warehouse/shelves/<int:balance>/withdrawals/", views.withdraw, name="withdraw"),
    path("sell/warehouse/lots/", views.block, name="block"),
    path("sell/warehouse/transfers/<str:number>/", views.transfer, name="transfer"),
]
