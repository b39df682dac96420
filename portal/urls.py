"""Addresses of the customer's pages; `portal:<view>`."""

from __future__ import annotations

from django.urls import path

from portal.views import home, preview

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    # Last, because it matches any name.
    path("<str:token>", preview.preview, name="preview"),
]
