"""Addresses that mail and providers use; `agents:<view>`."""

from __future__ import annotations

from django.urls import path

from agents import webhooks
from agents.views import unsubscribe

app_name = "agents"

urlpatterns = [
    path("u/<str:token>/", unsubscribe.one_click, name="unsubscribe"),
    path("webhooks/sendgrid/events", webhooks.sendgrid_events, name="sendgrid_events"),
]
