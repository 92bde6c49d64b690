from __future__ import annotations

from django.urls import path

from logistics import sending_views, views, webhooks

app_name = "logistics"
urlpatterns = [
    path("logistics/tracking/", webhooks.tracking, name="tracking"),
    path("track/<str:token>/", views.track, name="track"),
    path("sell/orders/manifest.pdf", views.manifest, name="manifest"),
    path("sell/orders/<str:number>/parcel/", views.parcel, name="parcel"),
    path("sell/warehouse/transfers/", sending_views.send, name="send"),
    path("sell/warehouse/transfers/<str:number>/cover/", sending_views.insure, name="insure"),
    path("sell/warehouse/transfers/<str:number>/handover/", sending_views.handover, name="handover"),
    path("sell/freight/", views.freight, name="freight"),
    path("sell/orders/<str:number>/parcel/plan/", views.pack_plan, name="pack-plan"),
    path("sell/orders/<str:number>/parcel/packing-list.pdf", views.packing_list, name="packing-list"),
    path("sell/orders/<str:number>/parcel/waybill.pdf", views.waybill, name="waybill"),
    path("sell/orders/<str:number>/parcel/<str:parcel_number>/label.pdf", views.label, name="label"),
]
