"""A pretend lead search API on this machine: the contract's answers, with fictional leads.

For trying out SEARCH_API, for tests, and as a model for a real source behind the contract. It
is a separate server on loopback, and LEAD_SEARCH_API_URL points the provider to it. Only the
command that starts it imports it.
"""

from __future__ import annotations
