"""Mark the pages of templates that know nothing of navstate, and answer when one asks whether it is still true (R9).

Only a request goes through all that the site's own middleware adds to a page whose template is not written for navstate. So
such a page, declared or not, asks for itself when it comes back, with ``X-Nav-Check``. The view runs as for any GET; what
it draws is compared with the mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpResponse, HttpResponseNotModified

from navstate.http import PRIVATE_NO_CACHE
from navstate.request.nav import NavRequest
from navstate.revalidation.fresh_token import fresh_token
from navstate.revalidation.page_version import REVISION_COOKIE, content_version, end_of_mark_for
from navstate.rules.arrival import SAFE_METHODS

MARK = "X-Nav-Shown"
"""Header of the answer to a check: the mark of a page that is as it was."""

PARTS = 4
POSTED = "posted"
"""Stands where other marks have a revision: the page answered a POST, so a GET shows another page."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a page was drawn from.

    ``page``: a digest of what it shows. ``end``: changes of this browser, and account. ``revision``: of a stage's attempt.
    """

    page: str
    end: str
    is_posted: bool = False
    revision: int = 0

    def __str__(self) -> str:
        return f"{POSTED if self.is_posted else self.revision}.{self.page}.{self.end}"

    def is_as_in(self, shown: str) -> bool:
        """Compare with the mark of the page on the screen: the account must be the same, and what it shows.

        A page that answered a POST shows what was sent, which is true until this browser changes something.
        """
        parts = shown.split(".")
        if len(parts) != PARTS:
            return False
        if parts[0] == POSTED:
            return self.end == ".".join(parts[2:])
        return (self.page, self.end.rpartition(".")[2]) == (parts[1], parts[3])


def mark_of(request: NavRequest, response: HttpResponse) -> Mark:
    """Draw the mark of a page that is complete, from its content and from the session that its view has read."""
    changed = response.cookies.get(REVISION_COOKIE)
    revision = changed.value if changed is not None else request.COOKIES.get(REVISION_COOKIE, "")
    account = account_of(request) if is_personal(request) else ""
    stage_revision = request.nav.passage.state.revision if request.nav.has_passage else 0
    return Mark(
        content_version(response.content),
        end_of_mark_for(revision, account),
        is_posted=request.method not in SAFE_METHODS,
        revision=stage_revision,
    )


def is_personal(request: NavRequest) -> bool:
    """Tell whether the view has read the session, so that the page may be one person's."""
    return bool(getattr(getattr(request, "session", None), "accessed", False))


def account_of(request: NavRequest) -> str:
    """Return the primary key of the account in a session that has been read. Nothing is loaded for it."""
    session: Any = request.session
    return str(session.get(SESSION_KEY, "")) if hasattr(session, "_session_cache") else ""


def redirected_check() -> HttpResponse:
    """Tell a page that comes back that a request for it is redirected today.

    The script loads it anew, so that the redirect is followed with the message that says why, and with its cookies.
    """
    return HttpResponse(status=204, headers={"Cache-Control": PRIVATE_NO_CACHE})


def unchanged(request: NavRequest, mark: Mark) -> HttpResponse:
    """Tell a page that comes back that it shows what it would show now; with a new token for its forms."""
    headers = {MARK: str(mark), "Cache-Control": PRIVATE_NO_CACHE, **fresh_token(request)}
    return HttpResponseNotModified(headers=headers)
