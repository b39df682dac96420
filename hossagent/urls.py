"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from agents.views import inbound, metrics
from hossagent import health
from hossagent.error_pages import bad_request, server_error

handler400 = bad_request
handler500 = server_error

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("accounts.urls")),
    path("", include("accounts.allauth_urls")),
    path("", include("portal.signup_urls")),
    path("portal/", include("portal.urls")),
    path("webhooks/sendgrid/inbound", inbound.sendgrid_inbound, name="sendgrid_inbound"),
    path("", include("billing.urls")),
    path("", include("agents.urls")),
    path("", include("marketing.urls")),
]
