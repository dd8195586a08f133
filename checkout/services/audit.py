"""Whether the books agree with each other: charges with orders, stock with what was sold, mails with what was paid.

Orders are read page by page with everything that belongs to them; memory stays the same however many there are. What looks
wrong is looked at again under the order's lock, which all who write about it take, so that traffic meanwhile is no finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from checkout.models import Order, OrderLine, OutboxMessage, Payment
from checkout.payments import registry
from checkout.payments.base import GatewayError, GatewayState
from checkout.services import background
from checkout.services.status import lock_order
from shop.cart.models import Cart
from shop.stock.models import Hold, Stock

Status, State, Kind = Order.Status, Payment.State, OutboxMessage.Kind

PAGE = 200
PAID = (Status.PAID, Status.SHIPPED)
GIVEN_UP = (Status.CANCELLED, Status.EXPIRED)
HOLD_OF = {
    Status.AWAITING_PAYMENT: Hold.State.HELD,
    Status.PAID: Hold.State.TAKEN,
    Status.SHIPPED: Hold.State.TAKEN,
    Status.REFUNDED: Hold.State.TAKEN,
    Status.CANCELLED: Hold.State.RELEASED,
    Status.EXPIRED: Hold.State.RELEASED,
}
"""Where the stock of an order is. What was refunded comes back by hand, when the goods do."""
AT_PROVIDER = {
    GatewayState.CAPTURED: {State.CAPTURED, State.SURPLUS, State.MISMATCH},
    GatewayState.REFUNDED: {State.REFUNDED},
}
"""What a payment may be here, where money has moved at its provider."""


class Finding(NamedTuple):
    """``check``: which promise is broken. ``subject``: the order or thing. ``text``: how."""

    check: str
    subject: str
    text: str


@dataclass
class Books:
    """An order with everything that belongs to it, as it was read."""

    order: Order
    lines: list[OrderLine] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    messages: list[OutboxMessage] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)

    def in_state(self, *states: Payment.State) -> list[Payment]:
        return [payment for payment in self.payments if payment.state in states]


def orders_pages(size: int = PAGE) -> Iterator[list[int]]:
    """Return the primary keys of all orders, a page at a time."""
    last = 0
    while page := list(Order.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]):
        yield page
        last = page[-1]


def audit_orders(pks: list[int], *, grace: timedelta) -> Iterator[Finding]:
    """Yield the findings about these orders. ``grace``: how long something may be under way before it hangs."""
    before = timezone.now() - grace
    for books in _books_of(pks):
        if list(_findings(books, before)):
            with transaction.atomic():
                lock_order(books.order.pk)
                yield from list(_findings(next(_books_of([books.order.pk])), before))


def ask_providers(pks: list[int]) -> Iterator[Finding]:
    """Compare what the providers say of the payments of these orders with what is written here."""
    for payment in (
        Payment.objects.filter(order_id__in=pks).exclude(reference="").select_related("order").order_by("pk")
    ):
        try:
            answer = registry.gateway(payment.gateway).status(payment.reference)
        except GatewayError as failure:
            yield Finding("provider", payment.order.number, f"{payment}: {failure}")
            continue
        payment.refresh_from_db(fields=["state"])
        has_money = payment.state in (State.CAPTURED, State.SURPLUS, State.MISMATCH, State.REFUNDED)
        if answer.state in AT_PROVIDER:
            if payment.state not in AT_PROVIDER[answer.state]:
                yield Finding("charges", payment.order.number, f"{payment}: {answer.state} there, {payment.state} here")
        elif has_money:
            yield Finding("charges", payment.order.number, f"{payment}: {answer.state} there, {payment.state} here")


def audit_rest(*, grace: timedelta) -> Iterator[Finding]:
    """Look at what belongs to no order: holds, carts, tasks."""
    before = timezone.now() - grace
    orders = Order.objects.filter(token=OuterRef("reference"))
    for hold in Hold.objects.filter(~Exists(orders), created_at__lt=before).iterator():
        yield Finding("stock", hold.reference[:8], f"{hold.quantity} units {hold.state} for no order")
    for hold in Hold.objects.filter(counted__gt=F("quantity")).iterator():
        yield Finding("stock", hold.reference[:8], f"{hold.counted} units out of the count, {hold.quantity} held")
    yield from _carts(before)
    yield from _tasks(before)


# --- One order ----------------------------------------------------------------------------------------------------
def _books_of(pks: list[int]) -> Iterator[Books]:
    books = {order.pk: Books(order) for order in Order.objects.filter(pk__in=pks).order_by("pk")}
    tokens = {each.order.token: each for each in books.values()}
    for line in OrderLine.objects.filter(order_id__in=books):
        books[line.order_id].lines.append(line)
    for payment in Payment.objects.filter(order_id__in=books).order_by("pk"):
        books[payment.order_id].payments.append(payment)
    for message in OutboxMessage.objects.filter(order_id__in=books):
        books[message.order_id].messages.append(message)
    for hold in Hold.objects.filter(reference__in=tokens):
        tokens[hold.reference].holds.append(hold)
    yield from books.values()


def _findings(books: Books, before: datetime) -> Iterator[Finding]:
    for name, check in CHECKS.items():
        for text in check(books, before):
            yield Finding(name, books.order.number, text)


def _totals(books: Books, before: datetime) -> Iterator[str]:
    order = books.order
    goods = sum((line.total.amount for line in books.lines), Decimal(0))
    if goods != order.subtotal.amount:
        yield f"its lines come to {goods}, its goods to {order.subtotal}"
    if order.subtotal + order.shipping_price != order.total:
        yield f"{order.subtotal} and {order.shipping_price} are not {order.total}"


def _charges(books: Books, before: datetime) -> Iterator[str]:
    order, captured = books.order, books.in_state(State.CAPTURED)
    wanted = 1 if order.status in PAID and order.total.amount else 0
    if len(captured) != wanted:
        yield f"{order.status}, and {len(captured)} charges are kept for it"
    if order.status == Status.REFUNDED and order.total.amount and not books.in_state(State.REFUNDED):
        yield "refunded, and no charge went back"
    for payment in captured:
        if payment.amount != order.total:
            yield f"{payment.amount} is charged, it costs {order.total}"


def _stock(books: Books, before: datetime) -> Iterator[str]:
    wanted = HOLD_OF[Status(books.order.status)]
    held = {hold.variant_id: hold for hold in books.holds}
    for line in books.lines:
        hold = held.pop(line.variant_id, None) if line.variant_id else None
        if line.variant_id and hold is None:
            yield f"{line}: nothing is held for it"
        elif hold is not None and (hold.state != wanted or hold.quantity != line.quantity):
            yield f"{line}: {hold.quantity} {hold.state}, the order is {books.order.status}"
    if any(line.variant_id for line in books.lines):
        yield from (f"{hold.quantity} units {hold.state} for no line of it" for hold in held.values())


def _hanging(books: Books, before: datetime) -> Iterator[str]:
    order = books.order
    is_waiting = order.status == Status.AWAITING_PAYMENT
    if is_waiting and any(hold.expires_at < before for hold in books.holds):
        yield f"unpaid, and its stock is held since {order.placed_at:%Y-%m-%d %H:%M}"
    if order.reopen_due_at is not None and order.reopen_due_at < before:
        yield f"{order.status}, and its cart was not opened again"
    for payment in books.payments:
        is_open = payment.state in Payment.OPEN and not is_waiting
        if (is_open or payment.state == State.SURPLUS) and payment.updated_at < before:
            yield f"{payment} is {payment.state}, the order is {order.status}"
        if payment.state == State.MISMATCH:
            yield f"{payment}: {payment.message}"
        if payment.unasked_at is not None:
            yield f"{payment} was closed without asking"


def _mail(books: Books, before: datetime) -> Iterator[str]:
    order = books.order
    kinds = {message.kind for message in books.messages}
    if order.status in (*PAID, Status.REFUNDED) and Kind.CONFIRMATION not in kinds:
        yield f"{order.status}, and no confirmation was promised"
    if order.status == Status.REFUNDED and Kind.REFUNDED not in kinds:
        yield "refunded, and nobody is told"
    for message in books.messages:
        if message.sent_at is None and message.created_at < before:
            yield f"{message.kind} is not sent after {message.tries} tries: {message.error}"


CHECKS: dict[str, Callable[[Books, datetime], Iterator[str]]] = {
    "charges": _charges,
    "totals": _totals,
    "stock": _stock,
    "hanging": _hanging,
    "mail": _mail,
}


# --- What belongs to no order -------------------------------------------------------------------------------------
def _carts(before: datetime) -> Iterator[Finding]:
    of_cart = Order.objects.filter(cart=OuterRef("pk"))
    closed = Cart.objects.filter(status=Cart.Status.ORDERED, updated_at__lt=before)
    for cart in closed.filter(~Exists(of_cart)).iterator():
        yield Finding("carts", str(cart), "closed for no order")
    lost: QuerySet[Cart] = closed.filter(Exists(of_cart)).filter(
        ~Exists(of_cart.filter(~Q(status__in=GIVEN_UP) | Q(reopen_due_at__isnull=False))), user=None
    )
    for cart in lost.iterator():
        yield Finding("carts", str(cart), "its orders were given up, and it was not opened again")


def _tasks(before: datetime) -> Iterator[Finding]:
    waited = background.oldest_due()
    if waited is not None and timezone.now() - waited < before:
        yield Finding("tasks", "the oldest due", f"has waited for {waited.total_seconds():.0f} s")
    for task in DBTaskResult.objects.running().filter(started_at__lt=before).iterator():
        yield Finding("tasks", task.task_name, f"runs since {task.started_at:%Y-%m-%d %H:%M}")
    for task in background.dead_letters().iterator():
        yield Finding("tasks", task.task_name, f"failed for good: {task.exception_class_path}")


# --- Stock since a beginning --------------------------------------------------------------------------------------
def units_by_variant() -> dict[int, int]:
    """Count the units of each counted variant that are there, held or sold.

    That sum stays the same while nobody counts or imports.

    So start - sold + returned is what is available, exactly when this is what it was at the start.
    """
    units: dict[int, int] = defaultdict(int)
    for pk, available in Stock.objects.values_list("pk", "available").iterator():
        units[pk] += available
    gone = Hold.objects.exclude(state=Hold.State.RELEASED).values_list("variant_id", "counted")
    for pk, counted in gone.iterator():
        if pk in units:
            units[pk] += counted
    return dict(units)


def audit_stock(start: dict[int, int]) -> Iterator[Finding]:
    """Compare with :func:`units_by_variant` of an earlier time."""
    now = units_by_variant()
    for pk in sorted({*start, *now}):
        if start.get(pk) != now.get(pk) and start.get(pk) != (counted := _units_of(pk)):
            yield Finding("stock", f"variant {pk}", f"{start.get(pk)} units at the start, {counted} accounted for")


def _units_of(variant_id: int) -> int | None:
    """Count the units of one variant, with its row locked, so that no sale is half seen."""
    with transaction.atomic():
        stock = Stock.objects.select_for_update(no_key=True).filter(pk=variant_id).first()
        if stock is None:
            return None
        gone = Hold.objects.filter(variant_id=variant_id).exclude(state=Hold.State.RELEASED)
        return stock.available + sum(gone.values_list("counted", flat=True))
