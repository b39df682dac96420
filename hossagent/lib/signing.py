"""Keyed tokens and hashes, each with its own salt so that none works as another."""

from __future__ import annotations

import hashlib
import hmac

from django.utils.crypto import salted_hmac


def short_signature(value: str, *, salt: str, length: int = 20) -> str:
    """A lower-case hex signature of `value`, for tokens that must survive mail systems
    that fold case. 80 bits by default."""
    return salted_hmac(salt, value, algorithm="sha256").hexdigest()[:length]


def keyed_hash(value: str, *, salt: str) -> str:
    """64 hex digits that identify `value` without revealing it, for as long as the
    signing key lives."""
    return salted_hmac(salt, value, algorithm="sha256").hexdigest()


def hash_with_key(value: str, *, key: str) -> str:
    """64 hex digits that identify `value` to whoever has `key` (hex, 32 bytes)."""
    return hmac.new(bytes.fromhex(key), value.encode(), hashlib.sha256).hexdigest()


def hash_token(token: str) -> str:
    """What is stored of a random token: enough to recognize it, not to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def content_hash(data: bytes) -> str:
    """SHA-256 of raw bytes: the identity of a received mail."""
    return hashlib.sha256(data).hexdigest()


def stable_hash(value: str, *, purpose: str) -> str:
    """64 hex digits that stay the same when the signing key is rotated.

    For the suppression list, which must hold for ever (docs/adr/0004).
    """
    return hashlib.sha256(f"hossagent:{purpose}:{value}".encode()).hexdigest()
