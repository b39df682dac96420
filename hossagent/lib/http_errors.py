"""What the errors of libraries that bring their own HTTP client say.

A module of its own, so that only who uses such a library loads its client.
"""

from __future__ import annotations

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError


def is_never_connected(error: BaseException) -> bool:
    """True when a call by `requests` failed because no connection came about, so no request
    can have arrived. `error` is what `requests` raised."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
