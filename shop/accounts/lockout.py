"""Guessing passwords: how tries are counted, and the answer to a visitor who is locked out.

django-axes counts wrong tries by e-mail address and IP address together. By IP alone, one guesser would lock out the
whole office behind it. The count by account alone, and its exemptions, are in :mod:`shop.accounts.devices`. allauth's
limits hold for an IP as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext

from navstate.http import Channel, Problem, channel_of, makes_entry, redirect_with_history
from shop.accounts.forms import LoginForm

NAMES = ("email", "username", "login")
"""Names of the field with the e-mail address: allauth's, the staff login's, and our own form's."""


def client_ip(request: HttpRequest) -> str:
    """Return the browser's IP address: behind the shop's one proxy, the last of ``X-Forwarded-For``, added by it."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    for address in (forwarded.rpartition(",")[2].strip(), request.META.get("REMOTE_ADDR") or ""):
        if is_ip(address):
            return address
    return "127.0.0.1"  # a socket file, and a proxy that sent no address


def is_ip(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True


def attempted_login(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str | None:
    """Return the e-mail address of a try under any of :data:`NAMES`; axes itself would miss the staff login's."""
    source = credentials or request.POST
    found = next((str(source[name]) for name in NAMES if source.get(name)), "")
    return found.strip().lower()[:255] or None


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: Mapping[str, Any] | None
) -> HttpResponse:
    """Answer 429 in the shop's look: the e-mail address kept in the form, and when to try again.

    A browser at the shop's login is redirected to it and finds the refused form there; the staff login keeps none.
    """
    waits: int = getattr(request, "login_waits", 0)  # counted by account or browser
    seconds = waits or seconds_left(attempted_login(request, credentials), client_ip(request))
    minutes = math.ceil(seconds / 60)
    if makes_entry(request.headers) and "username" not in request.POST:
        messages.error(request, _told(minutes))
        return redirect_with_history(request, request.get_full_path(), replace=True)
    if channel_of(request.headers) is Channel.JSON:
        refusal: HttpResponse = Problem(429, "Too many wrong tries.", minutes=minutes)
    else:
        context = {"form": refilled_form(request), "minutes": minutes}
        refusal = render(request, "account/locked.html", context, status=429)
    refusal["Retry-After"] = str(seconds)
    refusal["Cache-Control"] = "private, no-store"
    return refusal


def _told(minutes: int) -> str:
    sentence = ngettext(
        "The password was wrong too often, so no more tries are taken for a while. Please try again in %(minutes)s minute.",
        "The password was wrong too often, so no more tries are taken for a while. Please try again in %(minutes)s minutes.",
        minutes,
    )
    return sentence % {"minutes": minutes}


def refilled_form(request: HttpRequest) -> forms.Form:
    """Return the form that was sent, the shop's or the staff login's, with the address and without the password."""
    if "username" in request.POST:
        return AdminAuthenticationForm(request, initial={"username": request.POST["username"]})
    return LoginForm(request=request, initial={"login": request.POST.get("login", "")})


def seconds_left(email: str | None, ip: str) -> int:
    """Return the seconds until the last counted try has cooled off, at least 1.

    Tries while locked out are not counted, so they do not prolong it.
    """
    tries = AccessAttempt.objects.filter(username=email, ip_address=ip)
    last = tries.aggregate(last=Max("attempt_time"))["last"]
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    ends = (last or timezone.now()) + cool_off
    return max(1, math.ceil((ends - timezone.now()).total_seconds()))


def let_in_again(email: str) -> None:
    """Delete the wrong tries of an address, whose owner has just proved to read its mail."""
    AccessAttempt.objects.filter(username=email.lower()).delete()
