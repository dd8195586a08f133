"""What a view declares: by a decorator, by a stage that names its URL, or by its URL name in the setting ``NAVSTATE``.

::

    NAVSTATE = {
        "private": ["customer:*"],
        "public": ["home", "catalogue:*"],
        "once": ["contact"],
        "cross_site": ["bank-return"],
    }

Names are those of ``reverse()``; ``*`` matches any part of one. A decorator takes precedence over the setting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from django.urls import ResolverMatch

from navstate import registry
from navstate.conf import setting
from navstate.decorators import PRIVATE, PUBLIC, STAGE, UNDECLARED, Declaration, declaration_of
from navstate.urlcache import match_at

ONCE, CROSS_SITE = "once", "cross_site"
KINDS = (PUBLIC, PRIVATE, ONCE, CROSS_SITE)
"""The keys of ``NAVSTATE``."""


def declaration_for(view: Callable[..., Any], name: str) -> Declaration:
    """Return what ``view`` declares. ``name``: its URL name with namespaces, empty for none."""
    declared = declaration_of(view)
    if declared.stage or not name:
        return declared
    if not declared.cache and (found := registry.stage_at(name)):
        flow, stage = found
        declared = replace(
            declared, cache=STAGE, flow=flow.name, stage=stage.name, is_by_name=True, once=stage.holds is None
        )
    named = setting("NAVSTATE")
    return _by_setting(declared, name) if named else declared


def declared_at(path: str) -> Declaration:
    """Return what the view at a path declares; :data:`UNDECLARED` when there is no view."""
    match = match_at(path)
    return UNDECLARED if match is None else declaration_of_match(match)


def declaration_of_match(match: ResolverMatch) -> Declaration:
    return declaration_for(match.func, match.view_name)


def is_named(name: str, kind: str) -> bool:
    """Tell whether ``NAVSTATE`` names a URL under one of its keys."""
    return any(fnmatchcase(name, pattern) for pattern in setting("NAVSTATE").get(kind, ()))


def _by_setting(declared: Declaration, name: str) -> Declaration:
    declared = replace(
        declared,
        once=declared.once or is_named(name, ONCE),
        is_cross_site=declared.is_cross_site or is_named(name, CROSS_SITE),
    )
    if declared.cache:
        return declared
    cache = next((kind for kind in (PUBLIC, PRIVATE) if is_named(name, kind)), "")
    return replace(declared, cache=cache, is_by_name=bool(cache))
