"""Claim a press before its view runs, so that it is carried out once (R20). Afterwards: :mod:`navstate.once.settling`.

The claim is a row of its own, written before the view's transaction begins and visible to other requests at once, so
that twins find it and wait. If the view runs in one transaction (``ATOMIC_REQUESTS``) and claims are in that database,
the outcome is written in it: effect and outcome are committed together or not at all. Otherwise the outcome is written
as soon as the view has answered (``docs/adr/0030``).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.db import transaction
from django.http.response import HttpResponseBase

from navstate.conf import setting
from navstate.once import sql
from navstate.once.answers import bad_key, other_body, still_running
from navstate.once.base import Found, get_claims
from navstate.once.outcome import Outcome, replay
from navstate.once.press import BadKey, Claimed, Press, Proof, press_of
from navstate.once.settling import mark
from navstate.request.nav import NavRequest

View = Callable[..., Any]


def claim(request: NavRequest, view: View) -> HttpResponseBase | None:
    """Answer a twin; ``None`` for the first press, whose view then runs."""
    try:
        press = press_of(request)
    except BadKey:
        return bad_key()
    if press is None:
        return None
    for wait in _waits(press):
        found = get_claims().claim(press.name, owner=press.owner, payload=press.payload, seconds=_lock_timeout())
        if found is None:
            request.nav.claimed = claimed = Claimed(press)
            _share_transaction(claimed, view)
            return None
        if answer := _answer(request, press, found):
            return answer
        _wait(wait)
    return still_running(request, press)


async def aclaim(request: NavRequest) -> HttpResponseBase | None:
    try:
        press = await sync_to_async(press_of)(request) if request.FILES else press_of(request)
    except BadKey:
        return bad_key()
    if press is None:
        return None
    for wait in _waits(press):
        found = await get_claims().aclaim(press.name, owner=press.owner, payload=press.payload, seconds=_lock_timeout())
        if found is None:
            request.nav.claimed = Claimed(press)
            return None
        if found.outcome or press.proof is Proof.KEY:
            return await sync_to_async(_answer)(request, press, found)
        await _await(wait)
    return await sync_to_async(still_running)(request, press)


def _answer(request: NavRequest, press: Press, found: Found) -> HttpResponseBase | None:
    """Answer a twin; ``None`` while the first press is running and the twin of a browser waits for it."""
    if press.proof is Proof.KEY and found.payload != press.payload:
        return other_body()
    if found.outcome:
        outcome = Outcome.from_json(found.outcome)
        return mark(replay(request, press, outcome), press, outcome, press.name)
    return still_running(request, press) if press.proof is Proof.KEY else None


def _waits(press: Press) -> Iterator[float]:
    """Yield the seconds to wait between two tries, growing, until ``NAVSTATE_ONCE_WAIT`` is over."""
    ends, wait = time.monotonic() + float(setting("NAVSTATE_ONCE_WAIT")), 0.02
    while True:
        yield wait
        if time.monotonic() >= ends:
            return
        wait = min(wait * 1.5, 0.25)


def _wait(seconds: float) -> None:
    time.sleep(seconds)


async def _await(seconds: float) -> None:
    await asyncio.sleep(seconds)


def _lock_timeout() -> float:
    return float(setting("NAVSTATE_ONCE_LOCK_TIMEOUT"))


def _share_transaction(claimed: Claimed, view: View) -> None:
    """Open the transaction around that of ``ATOMIC_REQUESTS``, so that the outcome can be written in it."""
    if not isinstance(get_claims(), sql.SqlClaims) or not settings.DATABASES[sql.alias()].get("ATOMIC_REQUESTS"):
        return
    if BaseHandler().make_view_atomic(view) is not view:  # it is not exempt
        claimed.transaction.enter_context(transaction.atomic(sql.alias()))
        claimed.is_shared = True
