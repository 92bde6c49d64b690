from __future__ import annotations

from django.urls import path

from marketplace.pages import shop, styleguide

app_name = "shop"
urlpatterns = [
    path("destination/", shop.destination, name="destination"),
    path("promise/", shop.promise, name="promise"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
