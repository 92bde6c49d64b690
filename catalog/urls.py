from __future__ import annotations

from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("sell/products/", views.products, name="products"),
    path("sell/products/new/", views.new, name="new"),
    path("sell/products/<str:number>/", views.edit, name="edit"),
    path("sell/products/<str:number>/option/", views.option, name="option"),
    path("sell/products/<str:number>/photos/", views.photos, name="photos"),
    path("sell/products/<str:number>/photos/<int:pk>/", views.photo, name="photo"),
    path("sell/products/<str:number>/submission/", views.submission, name="submission"),
    path("sell/products/<str:number>/state/", views.state, name="state"),
]
