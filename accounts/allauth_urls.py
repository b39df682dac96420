"""The few addresses that allauth looks up by its own names; they are our pages."""

from __future__ import annotations

from allauth.socialaccount.providers.google.urls import urlpatterns as google
from allauth.socialaccount.providers.microsoft.urls import urlpatterns as microsoft
from django.urls import include, path

from accounts.views import sign_in

urlpatterns = [
    path("login", sign_in.login, name="account_login"),
    path("logout", sign_in.logout, name="account_logout"),
    path("login/off", sign_in.inactive, name="account_inactive"),
    path("oauth/canceled", sign_in.social_canceled, name="socialaccount_login_cancelled"),
    path("oauth/", include(google)),
    path("oauth/", include(microsoft)),
]
