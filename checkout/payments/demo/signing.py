"""How the provider proves that a message is its own: HMAC-SHA256 with a secret that merchant and provider share.

``Demo-Signature: t=<seconds since the epoch>,v1=<hex>`` over ``<t>.<body>``. A returning shopper brings the reference and
a signature over it, so that nobody can look for other people's orders by guessing references.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.utils.crypto import salted_hmac

HEADER = "Demo-Signature"


def secret() -> bytes:
    """Return the configured secret; without one, a secret that follows from the project's own."""
    configured: str = settings.DEMO_GATEWAY_SECRET
    return (configured or salted_hmac("demo-gateway", "webhooks", algorithm="sha256").hexdigest()).encode()


def signature_of(timestamp: int, body: bytes) -> str:
    return _hex(f"{timestamp}.".encode() + body)


def header_of(timestamp: int, body: bytes) -> str:
    return f"t={timestamp},v1={signature_of(timestamp, body)}"


def return_signature(reference: str) -> str:
    return _hex(f"return.{reference}".encode())


def _hex(message: bytes) -> str:
    return hmac.new(secret(), message, hashlib.sha256).hexdigest()
