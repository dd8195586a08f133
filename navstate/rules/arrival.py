"""Read from a request's headers how a visitor came here (:class:`Arrival`). Pure.

Every header is a hint. None of them decides who a visitor is, what an article costs or whether it is paid (R10).
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
    """What the response has to be: a whole document, an htmx response or JSON."""

    DOCUMENT = "document"
    HTMX = "htmx"
    JSON = "json"


class Site(StrEnum):
    """The site that a request came from, by ``Sec-Fetch-Site`` or ``Origin``; unknown if the browser sent neither."""

    OURS = "ours"
    CROSS = "cross-site"
    UNKNOWN = "unknown"


class Arrival(NamedTuple):
    """One request for one stage.

    ``attempt``, ``seen``: the attempt and the fingerprint that the form was rendered from. ``payload``: digest of what
    was sent. ``came_from``: the stage of a same-origin Referer, ``""`` for another page of this site, ``None`` without
    one. ``outcome``: the outcome of ``attempt`` that the project knows and the visitor's state does not.
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
    """The place of a request in the sequence of its tab's navigations. ``tab``: empty if the page does not send it."""

    tab: str
    seq: int


MAX_TAB_LENGTH = 40
"""Characters of a tab's name; the rest is cut off."""


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

UNUSUAL = ("Sec-Purpose", "Purpose", "X-Moz", "HX-Request", "HX-History-Restore-Request")
"""The headers of requests other than for a tab's document. A request without any of them is no prefetch, is not by htmx
and does not restore history."""


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Return True for a prefetch or prerender: nobody has seen the page yet."""
    purpose = headers.get("Sec-Purpose") or headers.get("Purpose") or headers.get("X-Moz") or ""
    return purpose.lower().startswith(("prefetch", "prerender"))


def is_htmx(headers: Mapping[str, str]) -> bool:
    return headers.get("HX-Request") == "true"


def is_restore(headers: Mapping[str, str]) -> bool:
    """Return True when htmx requests a page because the visitor pressed Back or Forward."""
    return headers.get("HX-History-Restore-Request") == "true"


def is_navigation(headers: Mapping[str, str]) -> bool:
    """Return True for a document in a tab (a link, a form, Back, a reload), not for a script, frame or prefetch."""
    return not is_htmx(headers) and not is_prefetch(headers) and wants_document(headers)


def is_shoppers(headers: Mapping[str, str]) -> bool:
    """Return True for what only a visitor's act causes: a navigation, or an htmx request with a place in the sequence.

    This is what the request says. Whether it continues the tab's sequence, only the session knows.
    """
    if is_prefetch(headers):
        return False
    if is_htmx(headers):
        return is_restore(headers) or position_of(headers) is not None
    return wants_document(headers) or is_restore(headers)


def wants_document(headers: Mapping[str, str]) -> bool:
    """Return :func:`is_shoppers` for a request with none of the :data:`UNUSUAL` headers."""
    mode = headers.get("Sec-Fetch-Mode")
    if mode is None:  # an old browser: decide by what it accepts
        return "text/html" in headers.get("Accept", "")
    return mode == "navigate" and headers.get("Sec-Fetch-Dest", "document") == "document"


def makes_entry(headers: Mapping[str, str]) -> bool:
    """Return True when the browser says that the response becomes an entry of a tab's history.

    Reload of an entry with the response to a POST, or Back to it, sends the POST again. So the result of such a request
    is shown at a URL of its own. API clients and very old browsers do not send the header and are answered at once.
    """
    return headers.get("Sec-Fetch-Mode") == "navigate" and is_navigation(headers)


def position_of(headers: Mapping[str, str]) -> Position | None:
    """Read ``X-Nav-Seq`` and ``X-Nav-Tab``; ``None`` if the visitor did not cause the request, and for invalid ones."""
    seq = read_seq(headers.get("X-Nav-Seq", ""))
    return None if seq is None else Position(tab=headers.get("X-Nav-Tab", "")[:MAX_TAB_LENGTH], seq=seq)


def read_seq(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def wants_fragment(headers: Mapping[str, str]) -> bool:
    """Return True for an htmx request that is neither boosted nor restores history; others get the document (R7)."""
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
    """Return :func:`kind_of` for a request with none of the :data:`UNUSUAL` headers."""
    is_asked_anew = headers.get("Cache-Control") in ASKS_ANEW and method in SAFE_METHODS
    return Kind.RELOAD if is_asked_anew else Kind.ENTER


ASKS_ANEW = frozenset({"max-age=0", "no-cache"})
"""``Cache-Control`` of a request by Reload."""


def site_of(headers: Mapping[str, str], our_origins: frozenset[str]) -> Site:
    """Tell which site a request came from. ``our_origins``: scheme://host[:port], lower case.

    ``Sec-Fetch-Site: none`` (address bar, bookmark) is the visitor's own act and counts as ours.
    """
    fetch_site = headers.get("Sec-Fetch-Site", "")
    if fetch_site in {"same-origin", "none"}:
        return Site.OURS
    if fetch_site == "cross-site":
        return Site.CROSS
    origin = headers.get("Origin", "").lower()
    if not origin:  # "same-site" is another origin of the same domain, so not ours
        return Site.CROSS if fetch_site else Site.UNKNOWN
    return Site.OURS if origin in our_origins else Site.CROSS
