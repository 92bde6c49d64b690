from __future__ import annotations

from django.urls import path

from logistics import views, webhooks

app_name = "logistics"
urlpatterns = [
    path("logistics/tracking/", webhooks.tracking, name="tracking"),
    path("track/<str:token>/", views.track, name="track"),
    path("sell/orders/<str:number>/parcel/", views.parcel, name="parcel"),
    path("sell/freight/", views.freight, name="freight"),
    path("sell/orders/<str:number>/parcel/plan/", views.pack_plan, name="pack-plan"),
    path("sell/orders/<str:number>/parcel/packing-list.pdf", views.packing_list, name="packing-list"),
    path("sell/orders/<str:number>/parcel/waybill.pdf", views.waybill, name="waybill"),
    path("sell/orders/<str:number>/parcel/<str:parcel_number>/label.pdf", views.label, name="label"),
]
