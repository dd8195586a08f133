"""What a save has to write: the session keys that differ from what was read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delta:
    """Serialised values by session key, and the session keys to remove."""

    changed: dict[str, bytes]
    removed: list[str]


def delta(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Delta:
    """From one set of serialised values to another. A value counts as changed when its bytes are others."""
    return Delta(
        changed={key: value for key, value in after.items() if before.get(key) != value},
        removed=[key for key in before if key not in after],
    )
