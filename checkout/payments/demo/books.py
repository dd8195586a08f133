"""Payment sessions read and opened by statements compiled once: an ORM call takes ten times what the database does."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from babel.numbers import get_currency_precision
from django.db import connection
from django.utils import timezone
from djmoney.money import Money

from checkout.payments.demo.models import Session, new_reference

NAMES = (
    *("pk", "reference", "merchant_key", "state", "sequence", "capture", "order_number", "language"),
    *("return_url", "return_method", "webhook_url", "amount", "amount_currency"),
)
OPENED = (
    *("reference", "merchant_key", "order_number", "email", "language", "state", "sequence", "capture"),
    *("return_url", "return_method", "webhook_url", "amount", "amount_currency", "created_at"),
)


class SessionRow(NamedTuple):
    """A session as it was read."""

    pk: int
    reference: str
    merchant_key: str
    state: str
    sequence: int
    capture: str
    order_number: str
    language: str
    return_url: str
    return_method: str
    webhook_url: str
    amount: Money


class _Statements:
    """Compiled at their first use, when the database is known."""

    @cached_property
    def by_reference(self) -> str:
        return self._read(reference="@")

    @cached_property
    def by_key(self) -> str:
        return self._read(merchant_key="@")

    @cached_property
    def insert(self) -> str:
        columns = ", ".join(connection.ops.quote_name(name) for name in OPENED)
        places = ", ".join(["%s"] * len(OPENED))
        table = connection.ops.quote_name(Session._meta.db_table)
        return f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608

    def _read(self, **wanted: str) -> str:
        sql: str = Session.objects.order_by().filter(**wanted).values_list(*NAMES).query.sql_with_params()[0]
        return sql


@lru_cache(maxsize=1)
def _statements() -> _Statements:
    return _Statements()


def read_session(reference: str) -> SessionRow:
    """Raises ``Session.DoesNotExist``, and ``DatabaseError`` when the books cannot be reached."""
    return _read(_statements().by_reference, reference)


def open_session(*, merchant_key: str, amount: Money, **wanted: Any) -> SessionRow:
    """A new session, or the one that was opened with this key. The key is unique, so two at once are one."""
    values = {
        "merchant_key": merchant_key,
        "reference": new_reference(),
        "state": Session.State.CREATED,
        "sequence": 0,
        "amount": _stored(amount),
        "amount_currency": amount.currency.code,
        "created_at": _now(),
        **wanted,
    }
    with connection.cursor() as cursor:
        cursor.execute(_statements().insert, [values[name] for name in OPENED])
    return _read(_statements().by_key, merchant_key)


def _read(sql: str, value: str) -> SessionRow:
    if "\x00" in value:
        raise Session.DoesNotExist(value)
    with connection.cursor() as cursor:
        cursor.execute(sql, [value])
        row = cursor.fetchone()
    if row is None:
        raise Session.DoesNotExist(value)
    *rest, amount, currency = row
    return SessionRow._make([*rest, _money(amount, currency)])


def _money(value: Any, currency: str) -> Money:
    """With the digits of its currency: none for JPY, two for EUR, three for KWD."""
    return Money(Decimal(str(value)).quantize(Decimal(1).scaleb(-get_currency_precision(currency))), currency)


def _stored(amount: Money) -> Any:
    field: Any = Session._meta.get_field("amount")
    return field.get_db_prep_save(amount, connection)


def _now() -> Any:
    return connection.ops.adapt_datetimefield_value(timezone.now())
