"""The few addresses that allauth looks up by its own names; they are our pages."""

from __future__ import annotations

from django.urls import path

from accounts.views import sign_in

urlpatterns = [
    path("login", sign_in.login, name="account_login"),
    path("logout", sign_in.logout, name="account_logout"),
]
