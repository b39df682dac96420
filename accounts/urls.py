"""Signing in and out, proving an address, and belonging to customers."""

from __future__ import annotations

from django.urls import path

from accounts.views import address, customers, sessions, sign_in

app_name = "accounts"

urlpatterns = [
    path("login", sign_in.login, name="login"),
    path("login/sent", sign_in.check_inbox, name="check_inbox"),
    path("login/link/<str:token>", sign_in.login_link, name="login_link"),
    path("logout", sessions.logout, name="logout"),
    path("logout/everywhere", sessions.logout_everywhere, name="logout_everywhere"),
    path("account/address", address.confirm_address, name="confirm_address"),
    path("account/address/resend", address.resend_confirmation, name="resend_confirmation"),
    path("account/customers", customers.choose_customer, name="choose_customer"),
    path("account/customers/<int:pk>", customers.switch_customer, name="switch_customer"),
]
