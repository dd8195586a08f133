"""What browsers keep for Back and Forward, as measured in Chromium 156, Firefox 153 and WebKitGTK 2.50."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Engine:
    """What a browser keeps for Back and Forward.

    ``keeps_pages``: pages come back as they were left, without a request. ``keeps_no_store``: also those with
    ``no-store``. ``drops_on_change``: but not if the ``navrev`` cookie has changed since they were loaded.
    """

    keeps_pages: bool
    keeps_no_store: bool
    drops_on_change: bool = True


CHROMIUM = Engine(keeps_pages=True, keeps_no_store=True)
FIREFOX = Engine(keeps_pages=True, keeps_no_store=False)
WEBKIT = Engine(keeps_pages=True, keeps_no_store=True, drops_on_change=False)
NO_PAGE_CACHE = Engine(keeps_pages=False, keeps_no_store=False)
"""Any browser without bfcache: pages without ``no-store`` still come from the HTTP cache, without a request."""
