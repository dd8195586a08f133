"""What a shopper enters on the way is written here, each time only onto what they saw."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from checkout.models import CheckoutDraft


class DraftChanged(RuntimeError):
    """Another tab wrote the draft since it was read."""


def write_draft(draft: CheckoutDraft, **fields: Any) -> None:
    """Write ``fields`` onto the draft as it was read. Raises :class:`DraftChanged` when it is not that any more."""
    if draft._state.adding:
        return _create(draft, fields)
    as_read = CheckoutDraft.objects.filter(cart_id=draft.cart_id, version=draft.version)
    if not as_read.update(**fields, version=F("version") + 1, updated_at=timezone.now()):
        raise DraftChanged(draft.cart_id)
    return None


def _create(draft: CheckoutDraft, fields: dict[str, Any]) -> None:
    try:
        with transaction.atomic():
            CheckoutDraft.objects.create(cart_id=draft.cart_id, version=1, **fields)
    except IntegrityError as error:
        raise DraftChanged(draft.cart_id) from error
