"""shop.sql.writes: writes whose SQL is kept do what the ORM would have done."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from djmoney.money import Money

from checkout.models import OrderEvent, OutboxMessage, Payment
from shop.sql.slots import Slot
from shop.sql.writes import CompiledInsert, CompiledUpdate
from shop.stock.models import Stock
from tests.checkout.factories import make_order

pytestmark = pytest.mark.django_db


def test_an_update_writes_only_where_its_condition_holds() -> None:
    order = make_order(available=10, quantity=2)
    variant_id = order.lines.get().variant_id
    set_count = CompiledUpdate(Stock.objects.filter(pk=Slot("pk"), available__gte=Slot("least")), ("available",))
    assert set_count.run((3,), pk=variant_id, least=9) == 0
    assert Stock.objects.get().available == 8
    assert set_count.run((3,), pk=variant_id, least=8) == 1
    assert Stock.objects.get().available == 3


def test_an_update_can_add_to_what_is_there() -> None:
    order = make_order(available=10, quantity=2)
    add = CompiledUpdate(Stock.objects.filter(pk=Slot("pk")), ("available",), adds=True)
    assert [add.run((-3,), pk=order.lines.get().variant_id), add.run((1,), pk=0)] == [1, 0]
    assert Stock.objects.get().available == 5


def test_values_of_an_update_stay_values() -> None:
    order = make_order()
    OrderEvent.objects.create(order=order, kind="placed")
    tell = CompiledUpdate(OrderEvent.objects.filter(kind=Slot("kind")), ("message",))
    assert tell.run(("'; DROP TABLE checkout_order; --",), kind="placed") == 1
    assert OrderEvent.objects.get().message == "'; DROP TABLE checkout_order; --"


def test_an_update_takes_a_value_for_each_slot() -> None:
    tell = CompiledUpdate(OrderEvent.objects.filter(kind=Slot("kind")), ("message",))
    with pytest.raises(TypeError, match="kind"):
        tell.run(("x",), sort="placed")


def test_a_relation_to_many_is_no_column() -> None:
    with pytest.raises(TypeError, match="no column"):
        CompiledUpdate(Payment.objects.filter(key=Slot("key")), ("events",))


def test_an_inserted_row_has_the_defaults_and_times_of_its_model() -> None:
    order = make_order()
    pk = CompiledInsert(Payment).run(
        order_id=order.pk, gateway="fake", key="k:1", amount=Decimal("5.00"), amount_currency="EUR"
    )
    payment = Payment.objects.get()
    assert (payment.pk, payment.state, payment.amount, payment.asked_at) == (pk, "created", Money("5.00", "EUR"), None)
    assert payment.created_at is not None
    assert payment.updated_at is not None


def test_what_a_constraint_forbids_is_an_error() -> None:
    order, insert = make_order(), CompiledInsert(OutboxMessage)
    assert insert.run(order_id=order.pk, kind="confirmation") == OutboxMessage.objects.get().pk
    with pytest.raises(IntegrityError), transaction.atomic():
        insert.run(order_id=order.pk, kind="confirmation")
    assert OutboxMessage.objects.count() == 1


def test_a_database_that_returns_nothing_from_an_insert(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite before 3.35")
    monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
    order = make_order()
    assert CompiledInsert(OutboxMessage).run(order_id=order.pk, kind="confirmation") == OutboxMessage.objects.get().pk


def test_a_name_that_is_no_column_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="has no"):
        CompiledInsert(OrderEvent).run(order=1, kind="placed")
