"""A named place in a compiled statement, where a value goes in later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression
from django.db.models.sql.compiler import SQLCompiler


class Slot(Expression):
    """Stands in a filter for a value: ``Variant.objects.filter(sku=Slot("sku"))``. The same name may stand twice."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return "%s", [Place(self.name)]


class Place:
    """A parameter of compiled SQL that has no value yet."""

    def __init__(self, name: str) -> None:
        self.name = name


def names_in(params: Iterable[Any]) -> frozenset[str]:
    return frozenset(param.name for param in params if isinstance(param, Place))


def filled(params: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
    """The parameters with ``values`` in their slots. Raises ``TypeError`` where the names differ."""
    if values.keys() != names_in(params):
        raise TypeError(f"slots {sorted(names_in(params))}, values for {sorted(values)}")
    return [values[param.name] if isinstance(param, Place) else param for param in params]
