"""URLs of checkout, billing portal and Stripe's webhook. Others rely on them: do not change."""

from __future__ import annotations

from django.urls import path

from billing import views, webhooks

app_name = "billing"

urlpatterns = [
    path("stripe/webhook", webhooks.stripe_webhook, name="stripe_webhook"),
    path(
        "api/create-checkout-session",
        views.create_checkout_session,
        name="create_checkout_session",
    ),
    path(
        "api/create-billing-portal-session",
        views.create_billing_portal_session,
        name="create_billing_portal_session",
    ),
    path("post-checkout", views.post_checkout, name="post_checkout"),
    path("post-billing", views.post_billing, name="post_billing"),
]
