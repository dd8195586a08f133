"""Columns for the search: text as :func:`shop.catalog.text.fold` compares it, kept beside the text itself.

Kept and not made in the query, because the two databases fold differently, and neither all that people type. Written by
``save()``, ``update()``, ``bulk_create`` and ``bulk_update``, so that forms, imports and scripts cannot leave it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet

from shop.catalog.text import fold


class Folded(models.TextField):  # type: ignore[type-arg]
    """``of``: names of the columns that it holds, folded, one line each."""

    def __init__(self, *args: Any, of: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{"default": "", "db_default": "", "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = fold("\n".join(str(getattr(model_instance, column)) for column in self.of))
        setattr(model_instance, self.attname, text)
        return text


class Searchable(models.Model):
    """A model with :class:`Folded` columns."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        written = kwargs.get("update_fields")
        if written is not None:
            kwargs["update_fields"] = {*written, *(column.name for column in _folded_of(type(self), written))}
        super().save(*args, **kwargs)


class RefoldsText(QuerySet[Any, Any]):
    """``update()`` and ``bulk_update`` bring what is folded along."""

    def update(self, **changes: Any) -> int:
        stale = list(_folded_of(self.model, changes))
        if not stale:
            return super().update(**changes)
        with transaction.atomic():
            keys = list(self.values_list("pk", flat=True))
            count = super().update(**changes)
            refold(self.model, keys)
            return count


def refold(model: type[models.Model], keys: Iterable[Any] | None = None) -> int:
    """Fold the text of these rows, of all without ``keys``, where it differs; return how many rows that were."""
    rows = model._base_manager.all() if keys is None else model._base_manager.filter(pk__in=list(keys))
    columns = list(_folded_of(model))
    sources = {name for column in columns for name in column.of}
    changed = 0
    for row in rows.only(*sources, *(column.name for column in columns)).iterator(chunk_size=500):
        was = {column.name: getattr(row, column.name) for column in columns}
        now = {column.name: column.pre_save(row, add=False) for column in columns}
        if was != now:
            changed += model._base_manager.filter(pk=row.pk).update(**now)
    return changed


def _folded_of(model: type[models.Model], written: Iterable[str] | None = None) -> Iterator[Folded]:
    """Return the folded columns of a model; with ``written`` those that hold one of these columns."""
    names = None if written is None else set(written)
    for column in model._meta.get_fields():
        if isinstance(column, Folded) and (names is None or names & set(column.of)):
            yield column
