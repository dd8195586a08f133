"""What was done in this browser a moment ago, for the page that confirms it and must not confirm anything else."""

from __future__ import annotations

import time

from navstate.http import NavRequest

KEY = "account_done"
SECONDS = 3600
"""How long the page confirms it."""


def note_done(request: NavRequest, page: str) -> None:
    """Note in the session what the page of this name will confirm."""
    request.nav.keep_session_briefly()
    request.session[KEY] = {"page": page, "at": time.time()}


def was_done(request: NavRequest, page: str) -> bool:
    """Tell whether what the page of this name confirms was done here within :data:`SECONDS`."""
    done = request.session.get(KEY)
    return done is not None and done["page"] == page and 0 <= time.time() - done["at"] < SECONDS
