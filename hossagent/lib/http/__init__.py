"""The only outgoing HTTP: bounded in size, time and place.

Addresses given by strangers (a lead's web site, a redirect) never lead to a private
network: `client` follows redirects by hand and checks each address like the first,
`addresses` resolves the name and judges every answer, and `connections` connects to the
very address that was checked, so a second DNS answer changes nothing. Only an address that
the operator configured may be on a private network, and its redirects are not followed.
"""

from __future__ import annotations

from hossagent.lib.http.addresses import is_public_address
from hossagent.lib.http.client import USER_AGENT, Answer, Limits, fetch
from hossagent.lib.http.errors import FetchFailed

__all__ = ["USER_AGENT", "Answer", "FetchFailed", "Limits", "fetch", "is_public_address"]
