"""Which page a browser shows: the mark that every stage and private page carries, to be asked about later (R9)."""

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
"""Changes with every accepted change: a browser throws its stored no-store pages away when a cookie changes (R8)."""


PENDING = "@nav-page@"
"""Stands in the mark of a page until all of it is drawn."""


def mark_of_stage(passage: Passage) -> str:
    """``<revision>.<page>.<changes>.<account>``, with :data:`PENDING` for the version of the page."""
    return f"{passage.state.revision}.{PENDING}.{end_of_mark(passage.nav.request)}"


def mark_of_private(request: HttpRequest) -> str:
    """The same for a page that is no stage, of which there are no revisions."""
    return f"0.{PENDING}.{end_of_mark(request)}"


def stamp(response: HttpResponseBase) -> None:
    """Put the version of a page that is drawn into its mark, where it has one."""
    if isinstance(response, HttpResponse) and PENDING_BYTES in response.content:
        page = response.content
        response.content = page.replace(PENDING_BYTES, version_of(page).encode(), 1)


def version_of(page: bytes) -> str:
    """A digest of all that a page shows, as it was drawn: so nothing that a template shows can be forgotten.

    Left out is what says nothing of what it shows: attributes of ``<html>`` (the end of the session), the token of a form,
    and what a template puts between ``<!--nav:apart-->`` and ``<!--/nav:apart-->`` (notices of the last request).
    """
    for start, end in APART:
        page = _without(page, start, end)
    return blake2b(page, digest_size=10).hexdigest()


def content_version(page: bytes) -> str:
    """Digest what a page of somebody else's template shows: two renderings of the same facts have the same version."""
    shown = TOKEN.sub(b"", SILENT.sub(b"", without_ignored(shown_of(page))))
    return blake2b(shown, digest_size=10).hexdigest()


def shown_of(page: bytes) -> bytes:
    """Leave out of the head all but the title: the rest says things such as when a page was made."""
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
"""What says nothing of what a page shows: scripts, comments, the token of a form, nonces, and what navstate put there."""

TOKEN = re.compile(rb"(?<![A-Za-z0-9])(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{64}(?![A-Za-z0-9])")
"""A masked CSRF token wherever a page writes one, into ``hx-headers`` for example. Hexadecimal digests have one case."""

TITLE = re.compile(rb"<title\b.*?</title\s*>", re.IGNORECASE | re.DOTALL)
BODY = re.compile(rb"</head\s*>|<body\b", re.IGNORECASE)
"""Where the head ends; a page may leave out either tag."""

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
    """For whom a marked page was drawn; empty for a guest."""
    return mark.rpartition(".")[2] if mark.count(".") == PARTS - 1 else ""


PARTS = 4


def says_the_same(shown: str, now: str) -> bool:
    """Compare all of two marks but for the page. ``shown``: the mark of a page, or its revision alone."""
    parts, others = shown.split("."), now.split(".")
    if len(parts) == 1:
        return parts == others[:1]
    return len(parts) == PARTS and (parts[0], *parts[2:]) == (others[0], *others[2:])


def revision_in(mark: str) -> int | None:
    """The revision of a stage's attempt that a mark names; ``None`` where there is none."""
    revision = mark.partition(".")[0]
    return int(revision) if revision.isdecimal() and len(revision) < 10 else None


def page_in(mark: str) -> str:
    """The version of the page that a mark names; empty for a revision alone."""
    return mark.split(".")[1] if mark.count(".") == PARTS - 1 else ""


def end_of_mark(request: HttpRequest) -> str:
    """``changes``: differs after each accepted change and for each account, so that pages can tell each other.

    ``account``: tells accounts apart and gives none away.
    """
    user = getattr(request, "user", None)
    account = str(user.pk) if user is not None and user.is_authenticated else ""
    return end_of_mark_for(request.COOKIES.get(REVISION_COOKIE, ""), account)


def end_of_mark_for(revision: str, account: str) -> str:
    """``<changes>.<account>``. ``revision``: of the cookie. ``account``: its primary key, empty for a guest."""
    if account:
        account = salted_hmac("navstate.shown", account, algorithm="sha256").hexdigest()[:12]
    return f"{digest([revision, account])[:8]}.{account}"
