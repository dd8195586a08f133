"""What a shopper enters on the way is written here, each time only onto what they saw."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone

from checkout.models import CheckoutDraft
from shop.accounts.models import ADDRESS_FIELDS
from shop.cart.services import Joined


class DraftChanged(RuntimeError):
    """Another tab wrote the draft since it was read."""


def write_draft(cart_id: int, *, version: int, **fields: Any) -> None:
    """Write ``fields`` onto the draft as it was read; ``version`` 0: there was none.

    Raises :class:`DraftChanged` when it is not that any more.
    """
    if not version:
        return _create(cart_id, fields)
    as_read = CheckoutDraft.objects.filter(cart_id=cart_id, version=version)
    if not as_read.update(**fields, version=version + 1, updated_at=timezone.now()):
        raise DraftChanged(cart_id)
    return None


def _create(cart_id: int, fields: dict[str, Any]) -> None:
    _, is_new = CheckoutDraft.objects.get_or_create(cart_id=cart_id, defaults={"version": 1, **fields})
    if not is_new:
        raise DraftChanged(cart_id)


GROUPS: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "address": ADDRESS_FIELDS,
    "shipping_method": ("shipping_method",),
    "payment_method": ("payment_method",),
}
"""Fields of a draft that belong together: half of one address and half of another is no address."""


def join_drafts(older: int, newer: int) -> Joined:
    """Bring what was entered with one cart to another, inside the transaction that joins them.

    What was entered with the newer cart stays; a group of which nothing was entered there comes from the older one.
    """
    drafts = {draft.pk: draft for draft in CheckoutDraft.objects.select_for_update().filter(pk__in=(older, newer))}
    source, target = drafts.get(older), drafts.get(newer)
    if source is None:
        return Joined()
    there = {group: _entered(source, group) for group in GROUPS if any(_entered(source, group))}
    if target is None:
        CheckoutDraft.objects.filter(pk=older).update(cart_id=newer)
        return Joined(taken=tuple(there))
    taken = [group for group in there if not any(_entered(target, group))]
    fields = {name: value for group in taken for name, value in zip(GROUPS[group], there[group], strict=True)}
    if taken:
        CheckoutDraft.objects.filter(pk=newer).update(**fields, version=F("version") + 1, updated_at=timezone.now())
    kept = [group for group in there if group not in taken and there[group] != _entered(target, group)]
    return Joined(kept=tuple(kept), taken=tuple(taken))


def _entered(draft: CheckoutDraft, group: str) -> tuple[str, ...]:
    return tuple(str(getattr(draft, name) or "") for name in GROUPS[group])
