from __future__ import annotations

from django.urls import path

from marketplace.documents import views

app_name = "documents"
urlpatterns = [path("<str:number>/", views.download, name="download")]
