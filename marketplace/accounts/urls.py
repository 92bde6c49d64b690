from __future__ import annotations

from django.urls import path

from marketplace.accounts import views

app_name = "people"
urlpatterns = [
    path("company/", views.company, name="company"),
    path("company/acting/", views.acting, name="acting"),
    path("members/", views.people, name="people"),
    path("members/<int:pk>/role/", views.role, name="role"),
    path("members/invitations/<int:pk>/withdrawal/", views.withdrawal, name="withdrawal"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("addresses/", views.addresses, name="addresses"),
    path("addresses/rule/", views.address_rule, name="address-rule"),
    path("addresses/<int:pk>/", views.address, name="address"),
    path("selling/", views.selling, name="selling"),
]
