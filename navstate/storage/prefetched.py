"""Read navigation state from the session if that was loaded with it in one round trip, else from the store."""

from __future__ import annotations

from django.http import HttpRequest

from navstate.sessions import NAV_ID_KEY
from navstate.storage.base import Stored, get_storage


def stored_of(request: HttpRequest, nav_id: str, flow: str) -> Stored | None:
    """Return the stored state of a visitor in a flow; ``None`` for none and for an empty ``nav_id``."""
    prefetched = getattr(request.session, "nav_prefetched", None) or {}
    if flow in prefetched and request.session.get(NAV_ID_KEY) == nav_id:
        return prefetched[flow]  # type: ignore[no-any-return]
    return get_storage().load(nav_id, flow) if nav_id else None


async def astored_of(request: HttpRequest, nav_id: str, flow: str) -> Stored | None:
    prefetched = getattr(request.session, "nav_prefetched", None) or {}
    if flow in prefetched and await request.session.aget(NAV_ID_KEY) == nav_id:
        return prefetched[flow]  # type: ignore[no-any-return]
    return await get_storage().aload(nav_id, flow) if nav_id else None
