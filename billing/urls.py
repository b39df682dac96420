"""Addresses of checkout, billing portal and Stripe's webhook: fixed by the outside."""

from __future__ import annotations

from django.urls import path

from billing import webhooks

app_name = "billing"

urlpatterns = [
    path("stripe/webhook", webhooks.stripe_webhook, name="stripe_webhook"),
]
