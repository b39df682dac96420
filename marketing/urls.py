"""Addresses of the public pages; `marketing:<view>`."""

from __future__ import annotations

from django.urls import path

from marketing.views import contact, pages

app_name = "marketing"

urlpatterns = [
    path("", pages.landing, name="landing"),
    path("how-it-works", pages.how_it_works, name="how_it_works"),
    path("pricing", pages.pricing, name="pricing"),
    path("contact-sales", contact.contact_sales, name="contact_sales"),
    path("terms", pages.terms, name="terms"),
    path("privacy", pages.privacy, name="privacy"),
    path("robots.txt", pages.robots, name="robots"),
    path("sitemap.xml", pages.sitemap, name="sitemap"),
]
