"""The language of a page is in its path (R19)."""

from __future__ import annotations

from django.conf import settings
from django.urls import get_script_prefix


def language_in(path: str) -> str:
    """Return the language that the path of a URL names by its first part; the default language otherwise."""
    return language_of("/" + path.removeprefix(get_script_prefix()).lstrip("/"))


def language_of(path_info: str) -> str:
    """The same for a path without the prefix that the whole site stands under, as a request has it."""
    first = path_info[1:].partition("/")[0]
    return first if any(first == code for code, _ in settings.LANGUAGES) else settings.LANGUAGE_CODE
