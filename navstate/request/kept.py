"""Keep input that was sent but not accepted, to show it again: what of it, how much, how long and for whom.

There is one kind of record, one set of rules, and two places (ADR 31). Input of a stage is in the state of its flow,
where one write accepts a form and drops the input kept for it. Input of any other page is in the session, under a key
for each page, so that two pages refused at the same time both keep theirs; it lapses after :data:`PAGE_SECONDS`.

Secrets, files and Django's token are never kept. For a stranger little is kept, briefly and seldom
(``expiry/strangers.py``).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.http import HttpRequest

from navstate.expiry.strangers import MAX_STRANGER_CHARS, is_stranger, keep_briefly, may_keep
from navstate.flow import digest
from navstate.rules.state import Kept

MAX_KEPT_CHARS = 16_000
"""Characters of a record (``str(kept)``); no honest form is longer."""

PAGE_SECONDS = 600
"""How long a page that is no stage shows its refused input. Input of a stage is kept as long as its attempt."""

MAX_PAGES = 3
"""Pages whose input one session holds; the oldest is dropped first."""

KEY = "_nav_kept_"
"""Prefix of the session keys; a digest of the page follows."""

FORMER_KEY = "_nav_unsent"
"""Where a former release kept forms without a token. It is only deleted: its input lapsed after ten minutes."""


class Keeping(StrEnum):
    """Whether input may be kept."""

    KEPT = "kept"
    TOO_LONG = "too long"
    TOO_OFTEN = "too often"
    """Too many strangers have sent something from this address."""


# --- the rules ---


def is_secret(name: str) -> bool:
    """Tell whether a field has a secret by its name, which is never stored."""
    return "password" in name.lower()


def without_secrets(fields: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the fields that may be kept."""
    return {name: values for name, values in fields.items() if not is_secret(name)}


def check_limits(request: HttpRequest, kept: Kept, *, is_unknown: bool) -> Keeping:
    """Tell whether ``kept`` may be kept, and count it if its visitor is not known."""
    if len(str(kept)) > (MAX_STRANGER_CHARS if is_unknown else MAX_KEPT_CHARS):
        return Keeping.TOO_LONG
    return Keeping.TOO_OFTEN if is_unknown and not may_keep(request) else Keeping.KEPT


def owner_mark(request: HttpRequest, attempt: str = "") -> str:
    """Return a digest of the request's account and ``attempt``; empty for a guest."""
    user = getattr(request, "user", None)
    return digest(["owner", str(user.pk), attempt]) if user is not None and user.is_authenticated else ""


def is_shown_to(request: HttpRequest, owner: str) -> bool:
    """Tell whether input of ``owner`` (a mark, a dot, its attempt) may be shown to this visitor.

    An account's input is shown to that account only, a guest's also after the login (R13). A logout ends the session
    and the input with it.
    """
    mark, _, attempt = owner.partition(".")
    return not owner or secrets.compare_digest(mark.encode(), owner_mark(request, attempt).encode())


# --- pages that are no stage ---


def keep_for_page(request: HttpRequest, kept: Kept, page: str = "") -> Keeping:
    """Keep input in the session for the page of this request. ``page``: name of another page that shows it."""
    session: Any = request.session
    is_unknown = is_stranger(session)
    keeping = check_limits(request, kept, is_unknown=is_unknown)
    if keeping is not Keeping.KEPT:
        return keeping
    if is_unknown:
        keep_briefly(session)
    key = _key_of(request, page)
    _make_room(session, key)
    session[key] = {
        "fields": dict(kept.fields),
        "errors": dict(kept.errors),
        "action": kept.action,
        "has_secret": kept.has_secret,
        "owner": owner_mark(request),
        "at": time.time(),
    }
    return keeping


def kept_for_page(request: HttpRequest) -> Kept | None:
    """Return the input refused on this page within :data:`PAGE_SECONDS`. Reading it changes nothing."""
    stored = request.session.get(_key_of(request))
    if not stored or not _is_recent(stored) or not is_shown_to(request, stored["owner"]):
        return None
    return Kept(**{name: stored[name] for name in Kept._fields if name in stored})


def drop_for_page(request: HttpRequest) -> None:
    """Drop the input refused on this page, after a later submit was accepted or when it is not to be shown again."""
    request.session.pop(_key_of(request), None)


def _make_room(session: Any, key: str) -> None:
    """Drop lapsed input, a former release's, and the oldest, so that with ``key`` :data:`MAX_PAGES` are kept."""
    others = {name: session[name] for name in session.keys() if name.startswith(KEY) and name != key}  # noqa: SIM118
    recent = sorted((name for name in others if _is_recent(others[name])), key=lambda name: others[name]["at"])
    stays = recent[-(MAX_PAGES - 1) :]
    for name in (FORMER_KEY, *(name for name in others if name not in stays)):
        session.pop(name, None)


def _is_recent(stored: Mapping[str, Any]) -> bool:
    return bool(0 <= time.time() - stored["at"] < PAGE_SECONDS)


def _key_of(request: HttpRequest, page: str = "") -> str:
    """Return the session key of a page, from its view and arguments, so that all languages of it share one."""
    match = request.resolver_match
    return KEY + digest([page, {}] if page or not match else [match.view_name, match.kwargs])
