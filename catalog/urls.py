from __future__ import annotations

from django.urls import path

from catalog import import_views, views

app_name = "catalog"
urlpatterns = [
    path("sell/imports/", import_views.imports, name="imports"),
    path("sell/imports/template/", import_views.template, name="import-template"),
    path("sell/products.csv", import_views.export, name="export"),
    path("sell/imports/<int:pk>/", import_views.one, name="import"),
    path("sell/imports/<int:pk>/wrong.csv", import_views.wrong, name="import-wrong"),
    path("sell/imports/<int:pk>/columns/", import_views.match, name="import-columns"),
    path("sell/imports/<int:pk>/cells/", import_views.cells, name="import-cells"),
    path("sell/imports/<int:pk>/run/", import_views.run, name="import-run"),
    path("sell/imports/<int:pk>/undo/", import_views.undo, name="import-undo"),
    path("sell/products/", views.products, name="products"),
    path("sell/products/new/", views.new, name="new"),
    path("sell/products/<str:number>/", views.edit, name="edit"),
    path("sell/products/<str:number>/option/", views.option, name="option"),
    path("sell/products/<str:number>/photos/", views.photos, name="photos"),
    path("sell/products/<str:number>/photos/<int:pk>/", views.photo, name="photo"),
    path("sell/products/<str:number>/submission/", views.submission, name="submission"),
    path("sell/products/<str:number>/changes/", views.changes, name="changes"),
    path("sell/products/<str:number>/state/", views.state, name="state"),
]
