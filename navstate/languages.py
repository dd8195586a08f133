"""The language of a page is in its path (R19)."""

from __future__ import annotations

from django.conf import settings
from django.urls import get_script_prefix


def language_in(path: str) -> str:
    """The language that the path of a URL names by its first part; the default language otherwise."""
    return language_of("/" + path.removeprefix(get_script_prefix()).lstrip("/"))


def language_of(path_info: str) -> str:
    """The same for a path without the prefix that the whole site stands under, as a request has it."""
    first = path_info[1 : path_info.find("/", 1)] if path_info.count("/") > 1 else path_info[1:]
    if first:
        for code, _ in settings.LANGUAGES:
            if code == first:
                return first
    default: str = settings.LANGUAGE_CODE
    return default
