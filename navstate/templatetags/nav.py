"""``{% load nav %}``: attributes for ``<html>``, fields for forms, the way through a flow, the other language."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.template import Context
from django.urls import translate_url
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from navstate.nav import Nav, TrailStage

register = template.Library()


@register.simple_tag(takes_context=True)
def nav_attributes(context: Context) -> SafeString:
    """``data-nav-*`` of this page: where it stands in its flow, what a list was asked for, the light context."""
    nav: Nav | None = context.get("nav")
    if nav is None:
        return SafeString("")
    attributes = {**nav.context, **nav.attributes, **(_stage_attributes(nav) if nav.has_passage else {})}
    return format_html_join("", ' data-nav-{}="{}"', attributes.items())


def _stage_attributes(nav: Nav) -> dict[str, Any]:
    passage = nav.passage
    attributes = {
        "flow": passage.flow.name,
        "stage": passage.stage.name,
        "attempt": passage.attempt,
        "rev": passage.state.revision,
    }
    expires = getattr(nav.request.session, "expires_at_ms", None)
    return {**attributes, "session-expires": expires} if expires else attributes


@register.simple_tag(takes_context=True)
def nav_fields(context: Context) -> SafeString:
    """What a stage form carries about itself (R4): the attempt, the fingerprint of what it shows, and those facts."""
    passage = context["nav"].passage
    was = json.dumps(passage.shown, ensure_ascii=False, separators=(",", ":"), default=str)
    fields = [
        ("nav_attempt", passage.attempt),
        ("nav_seen", passage.fingerprint),
        ("nav_was", was),
    ]
    if passage.owner:
        fields.append(("nav_owner", passage.owner))
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', fields)


@register.simple_tag(takes_context=True)
def nav_trail(context: Context) -> tuple[TrailStage, ...]:
    """The stages of this page's flow: ``name title url state``; empty on a page outside flows."""
    nav: Nav = context["nav"]
    return nav.passage.trail() if nav.has_passage else ()


@register.simple_tag
def other_language_url(language: str, path: str) -> str:
    """The address of this very page in another language."""
    return translate_url(path, language)


@register.simple_tag
def hidden_field(name: str, value: str) -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', name, value)
