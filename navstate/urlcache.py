"""URLs by name, and views by URL.

A page needs the same few URLs again and again, and ``reverse`` takes 20 µs each time, so they are cached.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from django.urls import Resolver404, ResolverMatch, get_script_prefix, get_urlconf, resolve, reverse
from django.utils import translation
from django.utils.translation import get_language

from navstate.languages import language_in


def address_of(name: str, args: tuple[str | int, ...] = ()) -> str:
    """Return ``reverse(name, args=args)`` for the active language, URLconf and script prefix, cached."""
    return _address_of(name, args, get_language(), get_urlconf(), get_script_prefix())


@lru_cache(maxsize=2048)
def _address_of(name: str, args: tuple[str | int, ...], language: str | None, urlconf: str | None, prefix: str) -> str:
    return reverse(name, urlconf, args=args)


def match_at(path: str) -> ResolverMatch | None:
    """Return the view at a path, resolved in the path's language, not the active one (R19); ``None`` for none."""
    with translation.override(language_in(path)):
        try:
            return resolve(path_info_of(path))
        except Resolver404:
            return None


def path_info_of(path: str) -> str:
    """Return the path of a URL without the script prefix."""
    return f"/{urlsplit(path).path.removeprefix(get_script_prefix()).lstrip('/')}"
