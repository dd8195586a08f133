"""Count in the cache how often something is done, to limit it."""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.module_loading import import_string

from navstate.conf import setting

HOUSEHOLD = 64
"""Bits of an IPv6 address that identify one subscriber; all addresses that share them count as one."""


def spend(name: str, *parts: object, limit: int, seconds: int) -> bool:
    """Count one more of ``name`` for these ``parts``. False for more than ``limit`` in ``seconds`` from the first.

    One increment in the cache, so that simultaneous requests are all counted.
    """
    key = _key(name, *parts)
    if cache.add(key, 1, timeout=seconds):
        return limit >= 1
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it expired between the two calls
        return True


def take_back(name: str, *parts: object) -> None:
    """Count one less, when what was counted should not have been."""
    try:
        cache.decr(_key(name, *parts))
    except ValueError:  # it has expired meanwhile
        return


def forget(name: str, *parts: object) -> None:
    """Reset the count."""
    cache.delete(_key(name, *parts))


def network_of(request: HttpRequest) -> str:
    """Return the IPv4 address of a request, or the network of its IPv6 address; empty if it is unknown.

    ``NAVSTATE_CLIENT_ADDRESS``: path of the project's own function, which knows the project's proxies.
    """
    path = setting("NAVSTATE_CLIENT_ADDRESS")
    try:
        found = ip_address(import_string(path)(request) if path else request.META.get("REMOTE_ADDR") or "")
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, HOUSEHOLD), strict=False))


def _key(name: str, *parts: object) -> str:
    """Return a digest: memcached keys allow no blanks and 250 bytes, and e-mail addresses stay out of the cache."""
    digest = hashlib.blake2b(repr((name, *map(str, parts))).encode("utf-8", "replace"), digest_size=16)
    return f"navstate.throttle.{digest.hexdigest()}"
