"""From the headers of a request to an :class:`Arrival`: how a visitor came here, as far as anyone can tell. Pure.

Every header is a hint. None of them decides who somebody is, what a thing costs or whether it is paid (R10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    ENTER = "enter"
    BACK = "back"
    FORWARD = "forward"
    RELOAD = "reload"
    REPLAY = "replay"
    STALE = "stale"
    PREFETCH = "prefetch"
    BACKGROUND = "background"


class Channel(StrEnum):
    """What the answer has to be: a whole document, an htmx answer or JSON."""

    DOCUMENT = "document"
    HTMX = "htmx"
    JSON = "json"


class Site(StrEnum):
    """Where a request started, by ``Sec-Fetch-Site`` or ``Origin``; unknown where a browser sent neither."""

    OURS = "ours"
    CROSS = "cross-site"
    UNKNOWN = "unknown"


class Arrival(NamedTuple):
    """One request for one stage.

    ``attempt``, ``seen``: what the form was rendered from. ``payload``: digest of what was sent. ``came_from``: the
    stage that a same-origin Referer names, ``""`` for another page of ours, ``None`` without a Referer. ``outcome``:
    what the project knows of ``attempt`` where the visitor's own state does not.
    """

    stage: str
    kind: Kind = Kind.ENTER
    submit: bool = False
    attempt: str = ""
    seen: str = ""
    payload: str = ""
    site: Site = Site.UNKNOWN
    came_from: str | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a request stands among the shopper's navigations of its tab. ``tab``: empty where the page does not say."""

    tab: str
    seq: int


MAX_TAB_LENGTH = 40
"""Characters of a tab's name that are read."""


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

UNUSUAL = ("Sec-Purpose", "Purpose", "X-Moz", "HX-Request", "HX-History-Restore-Request")
"""The headers that make a request something else than a document for a tab. Without any of them nothing that is said here
of prefetches, htmx or restoring history has to be looked for."""


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """True for a prefetch or prerender: nobody has seen the page yet."""
    purpose = headers.get("Sec-Purpose") or headers.get("Purpose") or headers.get("X-Moz") or ""
    return purpose.lower().startswith(("prefetch", "prerender"))


def is_htmx(headers: Mapping[str, str]) -> bool:
    return headers.get("HX-Request") == "true"


def is_restore(headers: Mapping[str, str]) -> bool:
    """True when htmx asks for a page because the shopper pressed Back or Forward."""
    return headers.get("HX-History-Restore-Request") == "true"


def is_navigation(headers: Mapping[str, str]) -> bool:
    """True when a document is fetched for a tab: a link, a form, Back, a reload. No script, no frame, no prefetch."""
    return not is_htmx(headers) and not is_prefetch(headers) and wants_document(headers)


def is_shoppers(headers: Mapping[str, str]) -> bool:
    """True for what only a shopper causes: a navigation, or a request by htmx that says its place in the tab's sequence.

    As far as the request itself says. Whether it continues the sequence, only the session knows.
    """
    if is_prefetch(headers):
        return False
    if is_htmx(headers):
        return is_restore(headers) or position_of(headers) is not None
    return wants_document(headers) or is_restore(headers)


def wants_document(headers: Mapping[str, str]) -> bool:
    """:func:`is_shoppers` for a request with none of the :data:`UNUSUAL` headers."""
    mode = headers.get("Sec-Fetch-Mode")
    if mode is None:  # a browser that does not say: by what it would take
        return "text/html" in headers.get("Accept", "")
    return mode == "navigate" and headers.get("Sec-Fetch-Dest", "document") == "document"


def makes_entry(headers: Mapping[str, str]) -> bool:
    """True when the browser says that the answer becomes an entry of a tab's history.

    An entry that answers a POST asks to be sent again by Reload, and by Back to it. So whatever such a request comes to
    is shown at an address of its own. Who does not say so (a program, a very old browser) is answered at once.
    """
    return headers.get("Sec-Fetch-Mode") == "navigate" and is_navigation(headers)


def position_of(headers: Mapping[str, str]) -> Position | None:
    """``X-Nav-Seq`` and ``X-Nav-Tab``; ``None`` for a request that the shopper did not cause, and for nonsense."""
    seq = read_seq(headers.get("X-Nav-Seq", ""))
    return None if seq is None else Position(tab=headers.get("X-Nav-Tab", "")[:MAX_TAB_LENGTH], seq=seq)


def read_seq(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def wants_fragment(headers: Mapping[str, str]) -> bool:
    """True for an htmx request that is neither boosted nor restoring history; others get the whole document (R7)."""
    return is_htmx(headers) and not is_restore(headers) and headers.get("HX-Boosted") != "true"


def channel_of(headers: Mapping[str, str]) -> Channel:
    if is_htmx(headers) and not is_restore(headers):
        return Channel.HTMX
    accept = headers.get("Accept", "")
    if "json" in accept and "text/html" not in accept:
        return Channel.JSON
    return Channel.DOCUMENT


def kind_of(method: str, headers: Mapping[str, str]) -> Kind:
    if is_prefetch(headers):
        return Kind.PREFETCH
    if is_restore(headers):
        return Kind.FORWARD if headers.get("X-Nav-Direction") == "forward" else Kind.BACK
    if is_htmx(headers) and "X-Nav-Seq" not in headers and method in SAFE_METHODS:
        return Kind.BACKGROUND
    return usual_kind(method, headers)


def usual_kind(method: str, headers: Mapping[str, str]) -> Kind:
    """:func:`kind_of` for a request with none of the :data:`UNUSUAL` headers."""
    is_asked_anew = headers.get("Cache-Control") in ASKS_ANEW and method in SAFE_METHODS
    return Kind.RELOAD if is_asked_anew else Kind.ENTER


ASKS_ANEW = frozenset({"max-age=0", "no-cache"})
"""``Cache-Control`` of a request that a shopper made by Reload."""


def site_of(headers: Mapping[str, str], our_origins: frozenset[str]) -> Site:
    """Whether our own page started this request. ``our_origins``: scheme://host[:port], lower case.

    ``Sec-Fetch-Site: none`` (address bar, bookmark) is the shopper's own act and counts as ours.
    """
    fetch_site = headers.get("Sec-Fetch-Site", "")
    if fetch_site in {"same-origin", "none"}:
        return Site.OURS
    if fetch_site == "cross-site":
        return Site.CROSS
    origin = headers.get("Origin", "").lower()
    if not origin:  # same-site is another origin of the same domain: not ours either
        return Site.CROSS if fetch_site else Site.UNKNOWN
    return Site.OURS if origin in our_origins else Site.CROSS
