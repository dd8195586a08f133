"""Which view answers at an address, and what it declares itself to be."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.urls import Resolver404, ResolverMatch, get_script_prefix, resolve
from django.utils import translation

from navstate.decorators import UNDECLARED, Declaration, declaration_of
from navstate.languages import language_in


def match_at(path: str) -> ResolverMatch | None:
    """The view at a path, whatever language is active now: an address is read in its own (R19)."""
    with translation.override(language_in(path)):
        try:
            return resolve(path_info_of(path))
        except Resolver404:
            return None


def declared_at(path: str) -> Declaration:
    """What the view at a path declares; :data:`UNDECLARED` where there is none."""
    match = match_at(path)
    return UNDECLARED if match is None else declaration_of(match.func)


def path_info_of(path: str) -> str:
    """The path without the prefix that the whole site stands under."""
    return f"/{urlsplit(path).path.removeprefix(get_script_prefix()).lstrip('/')}"
