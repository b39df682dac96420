"""Addresses of the customer's pages; `portal:<view>`."""

from __future__ import annotations

from django.urls import path

from portal.views import home, outreach, preview

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("outreach/", outreach.message_list, name="message_list"),
    path("outreach/<int:pk>/", outreach.message_detail, name="message_detail"),
    # Last, because it matches any name.
    path("<str:token>", preview.preview, name="preview"),
]
