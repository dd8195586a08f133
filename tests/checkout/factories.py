"""Orders as they are right after they were placed, without going through checkout."""

from __future__ import annotations

import secrets
from datetime import timedelta
from unittest.mock import patch

from django.db import connection
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from djmoney.money import Money

from checkout.models import Order, OrderLine, Payment
from checkout.services import pay
from shop.cart.models import Cart, CartLine
from shop.stock.services import hold
from tests.factories import make_variant

ORIGIN = "http://testserver"


def make_order(
    *,
    sku: str = "BOOT-42",
    quantity: int = 2,
    available: int = 10,
    price: str = "129.00",
    gateway: str = "fake",
    with_cart: bool = False,
    expires_in: timedelta = timedelta(minutes=30),
    **fields: object,
) -> Order:
    """An order awaiting payment, with its line and its held stock."""
    variant = make_variant(sku, price=price, available=available, title=f"Trail Boot {sku}")
    subtotal = Money(price, "EUR") * quantity
    shipping = Money("4.90", "EUR")
    defaults = {
        "attempt": secrets.token_urlsafe(16),
        "email": "ada@example.org",
        "language": "en",
        "name": "Ada Wanderer",
        "line1": "Waldweg 3",
        "city": "Freiburg",
        "postcode": "79098",
        "country": "DE",
        "shipping_code": "standard",
        "shipping_name": "Standard",
        "payment_method": gateway,
        "subtotal": subtotal,
        "shipping_price": shipping,
        "total": subtotal + shipping,
        **fields,
    }
    cart = make_ordered_cart(variant, quantity) if with_cart else None
    order = Order.objects.create(**{"cart": cart, **defaults})
    OrderLine.objects.create(
        order=order,
        variant=variant,
        sku=sku,
        title="Trail Boot",
        variant_label="42 / Moss",
        quantity=quantity,
        unit_price=variant.price,
    )
    hold(order.token, [(variant.pk, quantity)], timezone.now() + expires_in)
    return order


def make_ordered_cart(variant, quantity: int) -> Cart:
    cart = Cart.objects.create(status=Cart.Status.ORDERED)
    CartLine.objects.create(cart=cart, variant=variant, quantity=quantity, seen_price=variant.price)
    return cart


def start_payment(order: Order, gateway: str = "fake") -> Payment:
    """An open payment of the order at the provider."""
    pay.start(order.pk, gateway=gateway, origin=ORIGIN)
    return order.payments.last()


def read(order: Order) -> Order:
    """The order as the database has it now."""
    return Order.objects.get(pk=order.pk)


def kinds(order: Order) -> list[str]:
    """The order's timeline."""
    return list(order.events.values_list("kind", flat=True))


def work() -> None:
    """Work off every task that is due now, as the worker process would, on the connection of this test."""
    with patch("django_tasks_db.management.commands.db_worker.close_old_connections"):
        Worker(
            queue_names=["default"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id="tests",
            excluded_queue_names=[],
        ).run()


def close_connection() -> None:
    """At the end of a thread: give its database connection back."""
    connection.close()
