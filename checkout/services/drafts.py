"""What a shopper enters on the way is written here, each time only onto what they saw."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from checkout.models import CheckoutDraft


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
    try:
        with transaction.atomic():
            CheckoutDraft.objects.create(cart_id=cart_id, version=1, **fields)
    except IntegrityError as error:
        raise DraftChanged(cart_id) from error
