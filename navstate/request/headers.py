"""The headers of a request by name, without a copy.

``request.headers`` copies all of them first, which takes longer than all else that navstate does for a public page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any


class Headers(Mapping[str, str]):
    """A view of ``request.META`` for reading headers by name; iteration yields only those from ``HTTP_`` keys."""

    __slots__ = ("_meta",)

    def __init__(self, meta: Mapping[str, Any]) -> None:
        self._meta = meta

    def get(self, name: str, default: Any = None) -> Any:
        return self._meta.get(key_of(name), default)

    def __getitem__(self, name: str) -> str:
        return str(self._meta[key_of(name)])

    def __contains__(self, name: object) -> bool:
        return key_of(str(name)) in self._meta

    def __iter__(self) -> Iterator[str]:
        return (key.removeprefix("HTTP_").replace("_", "-").title() for key in self._meta if key.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(key.startswith("HTTP_") for key in self._meta)


@cache
def key_of(name: str) -> str:
    """Return the WSGI name of a header. Only names in navstate's code are asked for, so the cache stays small."""
    return f"HTTP_{name.upper().replace('-', '_')}"
