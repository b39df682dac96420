"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from hossagent import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("accounts.urls")),
    path("", include("accounts.allauth_urls")),
    path("", include("portal.signup_urls")),
    path("portal/", include("portal.urls")),
    path("", include("billing.urls")),
    path("", include("marketing.urls")),
]
