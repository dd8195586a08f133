"""``{% load nav %}``: attributes for ``<html>``, fields for forms, the trail of a flow, the page in other languages."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template import Context
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, translate_url
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from navstate.decorators import PRIVATE, STAGE
from navstate.expiry.renewal import now_ms, warning_ms
from navstate.flow import digest
from navstate.request.nav import Nav
from navstate.request.passage import Passage, TrailStage
from navstate.revalidation.page_version import end_of_mark, mark_of_private, mark_of_stage
from navstate.urlcache import address_of

register = template.Library()


@register.simple_tag(takes_context=True)
def nav_attributes(context: Context) -> SafeString:
    """Render this page's ``data-nav-*``: its place in the flow, the view's ``nav.attributes``, the light context."""
    nav = nav_in(context)
    if nav is None:
        return SafeString("")
    return format_html_join("", ' data-nav-{}="{}"', attributes_of(nav).items())


def nav_in(context: Context) -> Nav | None:
    """Return ``request.nav``, from navstate's context processor or Django's own; ``None`` outside of a request."""
    return context.get("nav") or getattr(context.get("request"), "nav", None)


def _needed(context: Context) -> Nav:
    nav = nav_in(context)
    if nav is None:
        raise ImproperlyConfigured("navstate's tags need django.template.context_processors.request in TEMPLATES.")
    return nav


def attributes_of(nav: Nav, *, shown: str = "") -> dict[str, Any]:
    """Return the attributes by name, without ``data-nav-``. ``shown``: the page's mark, where it is known already."""
    attributes = {**nav.context, **nav.attributes, **_stage_attributes(nav), **_mark(nav, shown)}
    if expires := _session_expires(nav):
        attributes["session-expires"] = expires
    return attributes


def _stage_attributes(nav: Nav) -> dict[str, Any]:
    if not nav.has_passage:
        return {}
    passage = nav.passage
    attributes = {
        "flow": passage.flow.name,
        "stage": passage.stage.name,
        "attempt": passage.attempt,
        "rev": passage.state.revision,
    }
    return attributes | ({"ended": ""} if passage.state.outcome else {})


def _mark(nav: Nav, shown: str) -> dict[str, str]:
    """Return the page's mark and the URL that it is checked at when the page comes back (R9); none on a public page."""
    if not nav.has_passage and nav.cache_class != PRIVATE:
        return {}
    try:
        asked_at = address_of("nav-route")
    except NoReverseMatch:  # navstate.urls is not included: pages are not checked
        return {}
    shown = shown or (mark_of_stage(nav.passage) if nav.has_passage else mark_of_private(nav.request))
    return {"route": asked_at, "shown": shown}


def _session_expires(nav: Nav) -> int | None:
    """Return the session's end in ms since the epoch; ``None`` on public pages, which never read a session (R8)."""
    is_personal = nav.cache_class in {STAGE, PRIVATE}
    return getattr(nav.request.session, "expires_at_ms", None) if is_personal else None


@register.simple_tag(takes_context=True)
def nav_session_warning(context: Context) -> SafeString:
    """Render the warning before the session ends (R11); nothing on a page that has not read a session."""
    nav = nav_in(context)
    expires = _session_expires(nav) if nav is not None else None
    if nav is None or expires is None:
        return SafeString("")
    draw = _draw_warning if settings.DEBUG else _warning
    text = draw(get_language(), get_urlconf(), get_script_prefix())
    text = text.replace(LEFT, str(max(expires - now_ms(), 0))).replace(BEFORE, str(warning_ms()))
    text = text.replace(BACK, escape(nav.request.get_full_path()))
    return SafeString(f"<!--nav:apart-->{text}<!--/nav:apart-->")


LEFT, BEFORE, BACK = "@nav-left@", "@nav-before@", "@nav-back@"
"""Placeholders for what differs from page to page in the warning, which is rendered once per language and site."""


def _draw_warning(language: str | None, urlconf: str | None, prefix: str) -> str:
    return render_to_string("navstate/session_warning.html", {"left": LEFT, "before": BEFORE, "back": BACK})


_warning = lru_cache(_draw_warning)


@register.simple_tag(takes_context=True)
def nav_fields(context: Context) -> SafeString:
    """Render a stage form's hidden fields (R4): the attempt, the facts that it shows and their fingerprint."""
    return fields_of(_needed(context).passage)


def fields_of(passage: Passage) -> SafeString:
    """Render the same fields for a passage, to put them into the forms of another app's template."""
    was = json.dumps(passage.shown, ensure_ascii=False, separators=(",", ":"), default=str)
    fields = [
        ("nav_attempt", passage.attempt),
        ("nav_seen", passage.fingerprint),
        ("nav_was", was),
    ]
    if passage.owner:
        fields.append(("nav_owner", passage.owner))
    # autocomplete="off": otherwise Firefox restores an earlier page's values when it reloads this one.
    hidden = format_html_join("", '<input type="hidden" name="{}" value="{}" autocomplete="off">', fields)
    return generation_field(passage.generation) + hidden


@register.simple_tag(takes_context=True)
def nav_generation(context: Context) -> SafeString:
    """Render :func:`generation_field` for a form that belongs to no stage; it differs after each accepted change.

    Put it right after the token of the form.
    """
    return generation_field(end_of_mark(_needed(context).request))


def generation_field(generation: str) -> SafeString:
    """Render a field that keeps browsers from restoring what was typed into an earlier form at the same history entry.

    Chromium and WebKit identify a form by the names of its first two fields, and restore what was typed after the page
    has loaded, with or without scripts. A form of another generation has another name there. The field is disabled, so
    it is never sent.
    """
    name = f"nav_generation_{digest(generation)[:12]}"
    return format_html('<input type="hidden" name="{}" autocomplete="off" disabled>', name)


@register.simple_tag(takes_context=True)
def nav_trail(context: Context) -> tuple[TrailStage, ...]:
    """Return the stages of this page's flow, each with ``name title url state``; empty on a page outside flows."""
    nav = _needed(context)
    return nav.passage.trail() if nav.has_passage else ()


@register.simple_tag
def other_language_url(language: str, path: str) -> str:
    """Return the URL of this page in another language; the same URL when there is no such page."""
    rest = "/" + path.removeprefix(get_script_prefix()).lstrip("/")
    translated = translate_url(rest, language)  # resolves without the script prefix, and reverses with it
    return path if translated == rest else translated


@register.simple_tag
def hidden_field(name: str, value: str) -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', name, value)
