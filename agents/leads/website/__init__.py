"""What a company publishes about itself on its own website: addresses and facts."""

from __future__ import annotations

from agents.leads.website.robots import Fetch
from agents.leads.website.site import Published, SiteReport, choose_address, read_site

__all__ = ["Fetch", "Published", "SiteReport", "choose_address", "read_site"]
