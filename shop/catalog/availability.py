"""How much of a variant is left, in the classes that a shopper is told.

In stock, only a few, to be ordered though none is there, sold out, not sold at present.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext, ngettext

FEW = 5
"""Up to this many units the page says how many are left."""


@dataclass(frozen=True, slots=True)
class Availability:
    """``left``: units, told only while few; ``None`` when it does not run out."""

    kind: Literal["in", "few", "order", "out", "off"]
    left: int | None = None

    @property
    def can_buy(self) -> bool:
        return self.kind not in {"out", "off"}

    @property
    def text(self) -> str:
        if self.kind == "out":
            return gettext("Sold out")
        if self.kind == "off":
            return gettext("Not on sale at present")
        if self.kind == "order":
            return gettext("Can be ordered")
        if self.kind == "few" and self.left is not None:
            return ngettext("Only %(count)d left", "Only %(count)d left", self.left) % {"count": self.left}
        return gettext("In stock")


NOT_SOLD = Availability("off")


def availability(available: int | None, *, sells_without: bool | None = False) -> Availability:
    """Return the class that a shopper reads.

    ``available``: units, ``None`` for a variant that nobody counts. ``sells_without``: sold beyond zero.
    """
    if sells_without and available is not None and available <= 0:
        return Availability("order")
    if available is None or (sells_without and available <= FEW):
        return Availability("in")
    if available <= 0:
        return Availability("out", 0)
    if available <= FEW:
        return Availability("few", available)
    return Availability("in", available)


def shown_class(available: int) -> int:
    """Return the same for amounts that pages show alike: 0 sold out, 1 to ``FEW`` as they are, one for all above."""
    return min(max(available, 0), FEW + 1)
