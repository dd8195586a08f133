"""Read a request for a stage into an :class:`~navstate.rules.arrival.Arrival`, and find out which site sent it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.http import is_same_domain

from navstate.declarations import declared_at
from navstate.flow import Flow
from navstate.request.nav import NavRequest
from navstate.request.passage import Passage
from navstate.rules.arrival import SAFE_METHODS, Arrival, Site, site_of


def read_arrival(request: NavRequest, passage: Passage) -> Arrival:
    """Read a request for the passage's stage. Only a submit reads the body."""
    nav = request.nav
    before = came_from(request, passage.flow) if passage.flow.policy == "strict" else None
    if request.method in SAFE_METHODS:
        return Arrival(stage=passage.stage.name, kind=nav.kind, came_from=before)
    posted: Mapping[str, str] = nav.posted
    if nav.is_by_name and "nav_attempt" not in posted:  # a form without navstate's fields counts as current
        posted = {"nav_attempt": passage.attempt, "nav_seen": passage.fingerprint}
    attempt = posted.get("nav_attempt", "")
    knows = not attempt or passage.state.knows(attempt)
    return Arrival(
        stage=passage.stage.name,
        kind=nav.kind,
        submit=True,
        attempt=attempt,
        seen=posted.get("nav_seen", ""),
        payload=nav.payload_digest,
        site=site_of_request(request),
        came_from=before,
        outcome="" if knows else passage.registered.find_outcome(attempt),
    )


def came_from(request: NavRequest, flow: Flow) -> str | None:
    """Return the stage of a same-origin Referer: ``""`` for another page of this site, ``None`` without one (R15)."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if f"{parts.scheme}://{parts.netloc}".lower() not in own_origins(request):
        return None
    declared = declared_at(parts.path)
    return declared.stage if declared.flow == flow.name else ""


def site_of_request(request: NavRequest) -> Site:
    """Tell which site sent a request. Origins in ``CSRF_TRUSTED_ORIGINS`` count as our own, as they do for Django."""
    headers = request.nav.headers
    if settings.CSRF_TRUSTED_ORIGINS and is_trusted(headers.get("Origin", "")):
        return Site.OURS
    # Computing our own origin reads settings and the Host header; only a request with an Origin header needs it.
    return site_of(headers, own_origins(request) if "Origin" in headers else frozenset())


def is_trusted(origin: str) -> bool:
    """Tell whether ``CSRF_TRUSTED_ORIGINS`` has an origin, by itself or by its domain (``https://*.example.org``)."""
    found = urlsplit(origin.lower())
    trusted = (urlsplit(each.lower()) for each in settings.CSRF_TRUSTED_ORIGINS)
    return any(
        found.scheme == each.scheme and is_same_domain(found.netloc, each.netloc.removeprefix("*")) for each in trusted
    )


def own_origins(request: NavRequest) -> frozenset[str]:
    return frozenset({f"{request.scheme}://{request.get_host()}".lower()})
