"""The few addresses that allauth looks up by its own names; they are our pages."""

from __future__ import annotations

from allauth.socialaccount.providers.google import views as google
from allauth.socialaccount.providers.microsoft import views as microsoft
from django.urls import path

from accounts.views import providers, sessions, sign_in

urlpatterns = [
    path("login", sign_in.login, name="account_login"),
    path("logout", sessions.logout, name="account_logout"),
    path("login/off", providers.inactive, name="account_inactive"),
    path("oauth/canceled", providers.social_canceled, name="socialaccount_login_cancelled"),
    path("oauth/google/login/", google.oauth2_login, name="google_login"),
    path("oauth/google/login/callback/", google.oauth2_callback, name="google_callback"),
    path("oauth/microsoft/login/", microsoft.oauth2_login, name="microsoft_login"),
    path("oauth/microsoft/login/callback/", microsoft.oauth2_callback, name="microsoft_callback"),
]
