"""Which page a browser shows: the mark that every stage and private page carries, to be asked about later (R9)."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from navstate.flow import digest
from navstate.passage import Passage

REVISION_COOKIE = "navrev"
"""Changes with every accepted change: a browser throws its stored no-store pages away when a cookie changes (R8)."""


def mark_of_stage(passage: Passage) -> str:
    """``<revision>.<what it shows>.<changes>.<account>``.

    What it shows is the attempt and the facts of the flow: a stage's page tells of those that other stages read, too (the
    lines of the cart and the delivery beside the address). A page of an outcome is always looked at anew, so its mark
    names none of them.
    """
    facts = {} if passage.stage.outcome else {name: passage.facts.get(name) for name in passage.flow.reads}
    seen = digest([passage.attempt, facts])
    return f"{passage.state.revision}.{seen}.{_end_of_mark(passage.nav.request)}"


def mark_of_private(request: HttpRequest) -> str:
    """The same for a page that is no stage: whose it is, is all that is known of it."""
    return f"0..{_end_of_mark(request)}"


def account_of(mark: str) -> str:
    """For whom a marked page was drawn; empty for a guest."""
    return mark.rpartition(".")[2] if mark.count(".") == PARTS - 1 else ""


PARTS = 4


def is_current(shown: str, now: str) -> bool:
    """``shown``: the mark of a page, or its revision alone."""
    parts = shown.split(".")
    return parts == (now.split(".") if len(parts) > 1 else [now.partition(".")[0]])


def _end_of_mark(request: HttpRequest) -> str:
    """``changes``: differs after each accepted change and for each account, so that pages can tell each other.

    ``account``: tells accounts apart and gives none away.
    """
    user = getattr(request, "user", None)
    account = ""
    if user is not None and user.is_authenticated:
        account = salted_hmac("navstate.shown", str(user.pk), algorithm="sha256").hexdigest()[:12]
    changes = digest([request.COOKIES.get(REVISION_COOKIE, ""), account])[:8]
    return f"{changes}.{account}"
