"""What the shop says about a change of the cart. In one place, so that page, fragment and JSON answer say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.messages import constants
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.cart.services import Placed
from shop.catalog.offered import Difference, Offered


@dataclass(frozen=True, slots=True)
class Sentence:
    """``level``: of ``django.contrib.messages``."""

    level: int
    text: str

    @property
    def kind(self) -> str:
        """``data-kind`` of a notice."""
        return {constants.ERROR: "error", constants.WARNING: "warning"}.get(self.level, "info")


def about_trouble(placed: Placed) -> Sentence | None:
    """Say why the cart does not have the quantity that was asked for; ``None`` when it has."""
    named = {"title": placed.title, "count": placed.quantity}
    if placed.is_refused and placed.is_on_sale:
        return Sentence(constants.WARNING, _("%(title)s is sold out. Your cart is as it was.") % named)
    if placed.is_refused:
        return Sentence(constants.WARNING, _("%(title)s is not on sale at present. Your cart is as it was.") % named)
    if placed.is_short:
        sentence = ngettext(
            "Only %(count)s of %(title)s can be ordered now, so your cart has that many.",
            "Only %(count)s of %(title)s can be ordered now, so your cart has that many.",
            placed.quantity,
        )
        return Sentence(constants.WARNING, sentence % named)
    return None


def about_added(placed: Placed, changes: Sequence[Difference]) -> list[Sentence]:
    """Say what was added. ``changes``: differences between what the page with the button showed and today."""
    done = Sentence(constants.SUCCESS, _("%(title)s is in your cart.") % {"title": placed.title})
    sentences = [about_trouble(placed) or done]
    if changes:
        changed = "; ".join(map(str, changes))
        sentences.append(Sentence(constants.WARNING, _("Changed since you saw it: %(changed)s") % {"changed": changed}))
    return sentences


def differences(seen: Offered | None, placed: Placed) -> list[Difference]:
    """Return what has changed since the page was shown, without the stock where :func:`about_trouble` names it."""
    if seen is None:
        return []
    now = placed.offer
    if placed.is_refused or placed.is_short:
        now = now._replace(kind=seen.kind, left=seen.left)
    return seen.differences(now)
