"""Find out what a save has to write: the values that differ from what was read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delta:
    """Serialised values to write, by their key in the session, and the keys to remove."""

    changed: dict[str, bytes]
    removed: list[str]


def delta(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Delta:
    """Return the difference between two sets of serialised values. A value has changed when its bytes differ."""
    return Delta(
        changed={key: value for key, value in after.items() if before.get(key) != value},
        removed=[key for key in before if key not in after],
    )
