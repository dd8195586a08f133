"""The countries that a form offers: those that can be delivered to, the likeliest first."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from django_countries import countries

BY_LANGUAGE = {"zh-hans": ("CN",)}
"""Where most readers of a language live. Not for English, which everybody reads whose language is not offered."""


class Destinations(NamedTuple):
    """``codes``: countries that can be delivered to, ``None`` for all. ``near``: those that a delivery method names."""

    codes: frozenset[str] | None = None
    near: frozenset[str] = frozenset()

    def serve(self, country: str) -> bool:
        return self.codes is None or country in self.codes


EVERYWHERE = Destinations()


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    return frozenset(code for code, _name in countries)


def offered_countries(destinations: Destinations, language: str, home: str) -> list[tuple[str, str]]:
    """Return codes and names: the shop's country, those of the language, near ones, then the others by name."""
    likely = [home, *BY_LANGUAGE.get(language, ())]
    offered = [(code, str(name)) for code, name in countries if destinations.serve(code)]
    return sorted(offered, key=lambda country: _rank(country[0], likely, destinations.near))


def _rank(code: str, likely: list[str], near: Collection[str]) -> int:
    if code in likely:
        return likely.index(code)
    return len(likely) + (code not in near)
