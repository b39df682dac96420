"""Addresses of the public pages; `marketing:<view>`."""

from __future__ import annotations

from django.urls import path

from marketing.views import pages

app_name = "marketing"

urlpatterns = [
    path("", pages.landing, name="landing"),
]
