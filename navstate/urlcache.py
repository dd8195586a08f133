"""Addresses by name, and views by address.

A page asks for the same few addresses again and again, and ``reverse`` takes 20 µs each time, so they are remembered.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from django.urls import Resolver404, ResolverMatch, get_script_prefix, get_urlconf, resolve, reverse
from django.utils import translation
from django.utils.translation import get_language

from navstate.languages import language_in


def address_of(name: str, args: tuple[str | int, ...] = ()) -> str:
    """``reverse(name, args=args)`` in the language, URLconf and script prefix that are active now."""
    return _address_of(name, args, get_language(), get_urlconf(), get_script_prefix())


@lru_cache(maxsize=2048)
def _address_of(name: str, args: tuple[str | int, ...], language: str | None, urlconf: str | None, prefix: str) -> str:
    return reverse(name, urlconf, args=args)


def match_at(path: str) -> ResolverMatch | None:
    """The view at a path, whatever language is active now: an address is read in its own (R19)."""
    with translation.override(language_in(path)):
        try:
            return resolve(path_info_of(path))
        except Resolver404:
            return None


def path_info_of(path: str) -> str:
    """The path without the prefix that the whole site stands under."""
    return f"/{urlsplit(path).path.removeprefix(get_script_prefix()).lstrip('/')}"
