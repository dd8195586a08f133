"""``{% load nav %}``: attributes for ``<html>``, fields for forms, the way through a flow, the other language."""

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
    """``data-nav-*`` of this page: where it stands in its flow, what a list was asked for, the light context."""
    nav = nav_in(context)
    if nav is None:
        return SafeString("")
    return format_html_join("", ' data-nav-{}="{}"', attributes_of(nav).items())


def nav_in(context: Context) -> Nav | None:
    """``request.nav``, by navstate's context processor or by Django's own; ``None`` outside of a request."""
    return context.get("nav") or getattr(context.get("request"), "nav", None)


def _needed(context: Context) -> Nav:
    nav = nav_in(context)
    if nav is None:
        raise ImproperlyConfigured("navstate's tags need django.template.context_processors.request in TEMPLATES.")
    return nav


def attributes_of(nav: Nav) -> dict[str, Any]:
    """The same as values by name, without ``data-nav-``."""
    attributes = {**nav.context, **nav.attributes, **_stage_attributes(nav), **_mark(nav)}
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


def _mark(nav: Nav) -> dict[str, str]:
    """What the page asks with when it comes back (R9), and where. Nothing on a page that everybody sees alike."""
    if not nav.has_passage and nav.cache_class != PRIVATE:
        return {}
    try:
        asked_at = address_of("nav-route")
    except NoReverseMatch:  # navstate.urls is not included: pages are not checked
        return {}
    return {"route": asked_at, "shown": mark_of_stage(nav.passage) if nav.has_passage else mark_of_private(nav.request)}


def _session_expires(nav: Nav) -> int | None:
    """Ms since the epoch, on a page that has read the session. Public pages have not, and never do (R8)."""
    is_personal = nav.cache_class in {STAGE, PRIVATE}
    return getattr(nav.request.session, "expires_at_ms", None) if is_personal else None


@register.simple_tag(takes_context=True)
def nav_session_warning(context: Context) -> SafeString:
    """What warns before the session ends (R11); nothing on a page that has not read one."""
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
"""What differs from page to page stands for itself while the warning is drawn, once for each language and site."""


def _draw_warning(language: str | None, urlconf: str | None, prefix: str) -> str:
    return render_to_string("navstate/session_warning.html", {"left": LEFT, "before": BEFORE, "back": BACK})


_warning = lru_cache(_draw_warning)


@register.simple_tag(takes_context=True)
def nav_fields(context: Context) -> SafeString:
    """What a stage form carries about itself (R4): the attempt, the fingerprint of what it shows, and those facts."""
    return fields_of(_needed(context).passage)


def fields_of(passage: Passage) -> SafeString:
    """The same for a passage, to be put into the forms of somebody else's template."""
    was = json.dumps(passage.shown, ensure_ascii=False, separators=(",", ":"), default=str)
    fields = [
        ("nav_attempt", passage.attempt),
        ("nav_seen", passage.fingerprint),
        ("nav_was", was),
    ]
    if passage.owner:
        fields.append(("nav_owner", passage.owner))
    # Off: or Firefox would put the values of an earlier page back in when it reloads this one.
    hidden = format_html_join("", '<input type="hidden" name="{}" value="{}" autocomplete="off">', fields)
    return generation_field(passage.generation) + hidden


@register.simple_tag(takes_context=True)
def nav_generation(context: Context) -> SafeString:
    """The mark of :func:`nav_fields` alone, for a form that is no stage's: another one after each accepted change here.

    To stand right behind the token of the form.
    """
    return generation_field(end_of_mark(_needed(context).request))


def generation_field(generation: str) -> SafeString:
    """Keep a browser from putting what was sent from an entry into the form that is drawn there later.

    Chromium and WebKit know a form again by the names of its first two fields, and put what was typed into it back in
    after the page has loaded, scripts or none. A form of another generation has another name there. It is never sent:
    it is disabled.
    """
    name = f"nav_generation_{digest(generation)[:12]}"
    return format_html('<input type="hidden" name="{}" autocomplete="off" disabled>', name)


@register.simple_tag(takes_context=True)
def nav_trail(context: Context) -> tuple[TrailStage, ...]:
    """The stages of this page's flow: ``name title url state``; empty on a page outside flows."""
    nav = _needed(context)
    return nav.passage.trail() if nav.has_passage else ()


@register.simple_tag
def other_language_url(language: str, path: str) -> str:
    """The address of this very page in another language; the same one where there is no such page."""
    rest = "/" + path.removeprefix(get_script_prefix()).lstrip("/")
    translated = translate_url(rest, language)  # which resolves without the prefix of the site, and reverses with it
    return path if translated == rest else translated


@register.simple_tag
def hidden_field(name: str, value: str) -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', name, value)
