"""The mark on every stage and private page, by which the server can tell later whether the page is current (R9)."""

from __future__ import annotations

import re
from hashlib import blake2b

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from navstate.flow import digest
from navstate.request.passage import Passage
from navstate.revalidation.ignored import without_ignored

REVISION_COOKIE = "navrev"
"""Cookie that changes with every accepted change: browsers drop no-store pages kept for Back when it does (R8)."""


PENDING = "@nav-page@"
"""Placeholder for the page's version in its mark until the whole page is rendered."""


def mark_of_stage(passage: Passage) -> str:
    """Return ``<revision>.<page>.<changes>.<account>``, with :data:`PENDING` for the version of the page."""
    return f"{passage.state.revision}.{PENDING}.{end_of_mark(passage.nav.request)}"


def mark_of_private(request: HttpRequest) -> str:
    """Return the mark of a page that is no stage: its revision is 0."""
    return f"0.{PENDING}.{end_of_mark(request)}"


def stamp(response: HttpResponseBase) -> None:
    """Put the version of a rendered page into its mark, if it has one."""
    if isinstance(response, HttpResponse) and PENDING_BYTES in response.content:
        page = response.content
        response.content = page.replace(PENDING_BYTES, version_of(page).encode(), 1)


def version_of(page: bytes) -> str:
    """Return a digest of the rendered page, so that everything that a template shows counts.

    Left out are attributes of ``<html>`` (the end of the session), the token of a form, and what a template puts
    between ``<!--nav:apart-->`` and ``<!--/nav:apart-->`` (notices of the last request).
    """
    for start, end in APART:
        page = _without(page, start, end)
    return blake2b(page, digest_size=10).hexdigest()


def content_version(page: bytes) -> str:
    """Return a digest of what another app's page shows: two renderings of the same facts have the same version."""
    shown = TOKEN.sub(b"", SILENT.sub(b"", without_ignored(shown_of(page))))
    return blake2b(shown, digest_size=10).hexdigest()


def shown_of(page: bytes) -> bytes:
    """Return title and body: the rest of the head may contain the time at which a page was made."""
    body = BODY.search(page)
    if body is None:
        return page
    title = TITLE.search(page, 0, body.start())
    return (title[0] if title else b"") + page[body.start() :]


SILENT = re.compile(
    rb"<script\b.*?</script\s*>"
    rb"|<!--.*?-->"
    rb"""|<input\b[^>]*\bname=["']?csrfmiddlewaretoken\b[^>]*>"""
    rb"""|\s(?:nonce|data-nav-[\w-]+)(?:=(?:"[^"]*"|'[^']*'|[^\s>"']*))?""",
    re.IGNORECASE | re.DOTALL,
)
"""Parts that do not change what a page shows: scripts, comments, a form's token, nonces, navstate's attributes."""

TOKEN = re.compile(rb"(?<![A-Za-z0-9])(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{64}(?![A-Za-z0-9])")
"""A masked CSRF token anywhere in a page, such as in ``hx-headers``; not a hexadecimal digest, which has one case."""

TITLE = re.compile(rb"<title\b.*?</title\s*>", re.IGNORECASE | re.DOTALL)
BODY = re.compile(rb"</head\s*>|<body\b", re.IGNORECASE)
"""Where the head ends; a page may omit either tag."""

PENDING_BYTES = PENDING.encode()
APART = (
    (b"<!--nav:apart-->", b"<!--/nav:apart-->"),
    (b"<html", b">"),
    (b'name="csrfmiddlewaretoken" value="', b'"'),
)


def _without(page: bytes, start: bytes, end: bytes) -> bytes:
    if start not in page:
        return page
    first, *parts = page.split(start)
    return first + b"".join(part.partition(end)[2] for part in parts)


def account_of(mark: str) -> str:
    """Return the account that a page was rendered for, as in its mark; empty for a guest."""
    return mark.rpartition(".")[2] if mark.count(".") == PARTS - 1 else ""


PARTS = 4


def says_the_same(shown: str, now: str) -> bool:
    """Compare two marks except for the page's version. ``shown``: the mark of a page, or its revision alone."""
    parts, others = shown.split("."), now.split(".")
    if len(parts) == 1:
        return parts == others[:1]
    return len(parts) == PARTS and (parts[0], *parts[2:]) == (others[0], *others[2:])


def revision_in(mark: str) -> int | None:
    """Return the revision in a mark; ``None`` for none."""
    revision = mark.partition(".")[0]
    return int(revision) if revision.isdecimal() and len(revision) < 10 else None


def page_in(mark: str) -> str:
    """Return the page's version in a mark; empty for a revision alone."""
    return mark.split(".")[1] if mark.count(".") == PARTS - 1 else ""


def end_of_mark(request: HttpRequest) -> str:
    """Return ``<changes>.<account>`` for a request.

    ``changes`` differs after each accepted change and for each account, so that open pages can tell each other.
    ``account`` tells accounts apart without revealing one.
    """
    user = getattr(request, "user", None)
    account = str(user.pk) if user is not None and user.is_authenticated else ""
    return end_of_mark_for(request.COOKIES.get(REVISION_COOKIE, ""), account)


def end_of_mark_for(revision: str, account: str) -> str:
    """Return the same from its parts. ``revision``: the cookie's value. ``account``: primary key, empty for a guest."""
    if account:
        account = salted_hmac("navstate.shown", account, algorithm="sha256").hexdigest()[:12]
    return f"{digest([revision, account])[:8]}.{account}"
