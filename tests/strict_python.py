"""The standard library as the newest security fixes have it, on any Python: what a test writes must pass there too."""

from __future__ import annotations

import re
from http.cookies import CookieError, Morsel
from typing import Any

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def refuse_control_characters_in_cookies() -> None:
    """A test that means raw bytes sends a ``Cookie`` header of its own; a shop that sets such a cookie is found here."""
    lenient = Morsel.set

    def set_strictly(self: Morsel[Any], key: str, val: Any, coded_val: str) -> None:
        if any(CONTROL.search(str(text)) for text in (key, val, coded_val)):
            raise CookieError(f"Control characters are not allowed in cookies: {key!r}")
        lenient(self, key, val, coded_val)

    Morsel.set = set_strictly  # type: ignore[method-assign]
