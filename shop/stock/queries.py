"""Read stock. Nothing here is a promise: only the conditional updates in ``services`` decide who gets a unit."""

from __future__ import annotations

from collections.abc import Iterable

from shop.stock.models import Stock


def available_for(variant_ids: Iterable[int]) -> dict[int, int | None]:
    """Return units that can be ordered now, by variant id; ``None`` for no limit (not counted, or sold beyond zero)."""
    wanted = list(variant_ids)
    rows = Stock.objects.filter(pk__in=wanted, sells_without=False).values_list("pk", "available")
    counted: dict[int, int] = dict(rows)
    return {variant_id: counted.get(variant_id) for variant_id in wanted}
