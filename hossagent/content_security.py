"""What a browser may load and where its forms may go: nothing but this site, with exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csp.constants import NONE, SELF

if TYPE_CHECKING:
    from hossagent.config import Config


def content_security_policy(config: Config) -> dict[str, Any]:
    """django-csp's setting. Forms may also lead to Stripe's pages and to the providers."""
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF],
            "img-src": [SELF, "data:"],
            "font-src": [SELF],
            "connect-src": [SELF],
            "manifest-src": [SELF],
            "object-src": [NONE],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
            "form-action": [
                SELF,
                "https://checkout.stripe.com",
                "https://billing.stripe.com",
                # The stand-in's pages; the setting is refused in release mode.
                *([config.STRIPE_API_BASE] if config.STRIPE_API_BASE else []),
                "https://accounts.google.com",
                "https://login.microsoftonline.com",
            ],
        }
    }
