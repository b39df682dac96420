"""The limit to compare with: a Django site of one view, which checks an HMAC and inserts
one row. No middleware, no routing to speak of, no checks beyond the signature. Its
connection to the database is configured as ours is (kept open, checked before use)."""

from __future__ import annotations

import hashlib
import hmac
import json
import os

import dj_database_url
from django.conf import settings

settings.configure(
    SECRET_KEY="bench",  # noqa: S106 # signs nothing
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            **dj_database_url.parse(os.environ["DATABASE_URL"]),
            "CONN_MAX_AGE": 300,
            "CONN_HEALTH_CHECKS": True,
        }
    },
    MIDDLEWARE=[],
    USE_TZ=True,
)

import django  # noqa: E402 # after the settings

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 # after the settings
from django.db import models  # noqa: E402 # after the settings
from django.http import HttpRequest, HttpResponse  # noqa: E402 # after the settings
from django.urls import path  # noqa: E402 # after the settings

SECRET = os.environ["STRIPE_WEBHOOK_SECRET"].encode()


class Event(models.Model):
    event_id = models.CharField(max_length=255, unique=True)
    body = models.TextField()

    class Meta:
        app_label = "bench"
        db_table = "bench_event"

    def __str__(self) -> str:
        return self.event_id


def webhook(request: HttpRequest) -> HttpResponse:
    parts = dict(part.split("=", 1) for part in request.headers["Stripe-Signature"].split(","))
    signed = parts["t"].encode() + b"." + request.body
    expected = hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, parts["v1"]):
        return HttpResponse(status=400)
    Event(event_id=json.loads(request.body)["id"], body=request.body.decode()).save(
        force_insert=True
    )
    return HttpResponse("ok")


urlpatterns = [path("stripe/webhook", webhook)]
application = get_wsgi_application()
