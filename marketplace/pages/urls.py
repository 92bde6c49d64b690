from __future__ import annotations

from django.urls import path

from marketplace.pages import cities, desk, sell, shop, styleguide

app_name = "shop"
urlpatterns = [
    path("", shop.home, name="home"),
    path("search/", shop.search_page, name="search"),
    path("categories/<slug:slug>/", shop.category, name="category"),
    path("makers/<slug:slug>/", shop.maker, name="maker"),
    path("products/<slug:slug>/", shop.product, name="product"),
    path("products/<slug:slug>/price/", shop.price, name="price"),
    path("find/", shop.find, name="find"),
    path("destination/", shop.destination, name="destination"),
    path("sell/", desk.today, name="desk"),
    path("sell/products/<str:number>/cities/", cities.cities, name="cities"),
    path("sell/products/<str:number>/stock/", sell.stock, name="product-stock"),
    path("promise/", shop.promise, name="promise"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
