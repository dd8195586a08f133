"""A refused account form, kept for the page that shows it again.

Every submit is answered with a redirect, so that Reload and Back send nothing twice (S29). What was wrong and what was
entered wait in the session meanwhile, passwords never. Showing them changes nothing: they lapse by time, give way to the
next refused form, and go with the login.
"""

from __future__ import annotations

import time

from navstate.http import NavRequest
from shop.accounts.forms import KeptForm

KEY = "account_refused"
DONE_KEY = "account_done"
DONE_FOR = 3600
KEPT_FOR = 600
"""Seconds after which a refused form is shown empty again."""


def keep(request: NavRequest, page: str, form: KeptForm) -> None:
    request.nav.keep_session_briefly()
    request.session[KEY] = {"page": page, "at": time.time(), "sent": form.sent(), "complaints": form.complaints()}


def restore(request: NavRequest, page: str, form: KeptForm) -> None:
    """Fill ``form`` with what was refused on this very page a short while ago, if anything."""
    kept = request.session.get(KEY)
    if kept and kept["page"] == page and 0 <= time.time() - kept["at"] < KEPT_FOR:
        form.show_again(kept["sent"], kept["complaints"])


def note_done(request: NavRequest, page: str) -> None:
    """What the page after this one says has been done in this browser just now."""
    request.nav.keep_session_briefly()
    request.session[DONE_KEY] = {"page": page, "at": time.time()}


def was_done(request: NavRequest, page: str) -> bool:
    done = request.session.get(DONE_KEY)
    return done is not None and done["page"] == page and 0 <= time.time() - done["at"] < DONE_FOR


def forget(request: NavRequest) -> None:
    request.session.pop(KEY, None)
