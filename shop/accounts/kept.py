"""A refused account form, kept for the page that shows it again.

Every submit is answered with a redirect, so that Reload and Back send nothing twice (S29). What was wrong and what was
entered wait in the session meanwhile, passwords never. Showing them changes nothing: they lapse by time, give way to the
next refused form, and go with the login.
"""

from __future__ import annotations

import time

from django.http import HttpRequest

from shop.accounts.forms import KeptForm

KEY = "account_refused"
KEPT_FOR = 600
"""Seconds after which a refused form is shown empty again."""


def keep(request: HttpRequest, page: str, form: KeptForm) -> None:
    request.session[KEY] = {"page": page, "at": time.time(), "sent": form.sent(), "complaints": form.complaints()}


def restore(request: HttpRequest, page: str, form: KeptForm) -> None:
    """Fill ``form`` with what was refused on this very page a short while ago, if anything."""
    kept = request.session.get(KEY)
    if kept and kept["page"] == page and 0 <= time.time() - kept["at"] < KEPT_FOR:
        form.show_again(kept["sent"], kept["complaints"])


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
