"""Stock that arrives with a catalogue import."""

from __future__ import annotations

from collections.abc import Sequence

from shop.catalog.importing.base import Arrival
from shop.stock.models import Stock


class CountedStock:
    """Sets the units of variants that have none recorded yet; recorded ones only with ``overwrite``.

    A file has the count of the day it was written. Units sold since then are missing from the stock but not from the
    file: setting the count on every import would sell them again.
    """

    def __init__(self, *, overwrite: bool = False) -> None:
        self._overwrite = overwrite

    def receive(self, arrivals: Sequence[Arrival]) -> int:
        """Write arrivals in the given order within the caller's transaction; return how many variants have changed."""
        known = set(
            Stock.objects.filter(variant__in=[arrival.variant_id for arrival in arrivals]).values_list("pk", flat=True)
        )
        return sum(self._receive(arrival, arrival.variant_id in known) for arrival in arrivals)

    def _receive(self, arrival: Arrival, is_known: bool) -> bool:
        rows = Stock.objects.filter(pk=arrival.variant_id)
        if arrival.units_unknown:
            return bool(rows.exclude(sells_without=arrival.sells_without).update(sells_without=arrival.sells_without))
        if arrival.units is None:
            return is_known and self._overwrite and bool(rows.delete()[0])
        if not is_known:
            Stock.objects.create(
                variant_id=arrival.variant_id, available=arrival.units, sells_without=arrival.sells_without
            )
            return True
        changed = rows.exclude(sells_without=arrival.sells_without).update(sells_without=arrival.sells_without)
        if self._overwrite:
            changed += rows.exclude(available=arrival.units).update(available=arrival.units)
        return changed > 0
