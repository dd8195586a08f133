"""The language of a page is in its path (R19)."""

from __future__ import annotations

from django.conf import settings
from django.urls import get_script_prefix


def language_in(path: str) -> str:
    """Return the language that the first part of a URL's path names; the default language if it names none."""
    return language_of("/" + path.removeprefix(get_script_prefix()).lstrip("/"))


def language_of(path_info: str) -> str:
    """Return the same for ``request.path_info``, which is without the script prefix."""
    first = path_info[1:].partition("/")[0]
    return first if any(first == code for code, _ in settings.LANGUAGES) else settings.LANGUAGE_CODE
