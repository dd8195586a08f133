"""Render navstate's own pages: what changed, a form that is offered again, a press still running, too many requests.

They extend ``NAVSTATE_BASE_TEMPLATE``, whose blocks are ``title`` and ``main``. A project whose layout has other names
adds a template between: ``{% extends "base.html" %}{% block content %}{% block main %}{% endblock %}{% endblock %}``.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from navstate.conf import setting
from navstate.request.nav import NavRequest


def render_own(
    request: NavRequest, template: str, context: dict[str, Any] | None = None, *, status: int
) -> HttpResponse:
    """Render one of ``navstate/*.html`` with ``nav``, independent of the project's context processors."""
    base = {"nav": request.nav, "nav_base": setting("NAVSTATE_BASE_TEMPLATE")}
    return render(request, f"navstate/{template}.html", {**base, **(context or {})}, status=status)
