"""How often something is done, counted in the cache, so that nobody does it by the thousand."""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.module_loading import import_string

from navstate.conf import setting

HOUSEHOLD = 64
"""Bits of an IPv6 address that one subscriber has to himself; all addresses that share them count as one."""


def spend(name: str, *parts: object, limit: int, seconds: int) -> bool:
    """Count one more of ``name`` for these ``parts``. False for more than ``limit`` in ``seconds`` from the first.

    One increment in the cache, so that requests at once are all counted.
    """
    key = _key(name, *parts)
    if cache.add(key, 1, timeout=seconds):
        return limit >= 1
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it ended between the two
        return True


def take_back(name: str, *parts: object) -> None:
    """Count one less: what was counted turned out to be none."""
    try:
        cache.decr(_key(name, *parts))
    except ValueError:  # it has ended meanwhile
        return


def forget(name: str, *parts: object) -> None:
    """Begin to count anew."""
    cache.delete(_key(name, *parts))


def network_of(request: HttpRequest) -> str:
    """Where a request comes from: an IPv4 address, or the network of an IPv6 address; empty where nobody knows.

    ``NAVSTATE_CLIENT_ADDRESS`` names the project's own function, which knows of its proxies.
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
    """Digested: a key of memcached takes neither blanks nor 300 letters, and a cache need not hold e-mail addresses."""
    digest = hashlib.blake2b(repr((name, *map(str, parts))).encode("utf-8", "replace"), digest_size=16)
    return f"navstate.throttle.{digest.hexdigest()}"
