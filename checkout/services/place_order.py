"""The one way an order comes to be (navigation.md R5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from djmoney.money import Money

from checkout.flow import CHECKOUT, has_goods
from checkout.models import Order, OrderLine
from checkout.models.order import new_token
from checkout.quote import Quote, read_quote_of
from checkout.services.status import note
from shop.cart.services import close_cart
from shop.catalog.prepared_writes import PreparedInsert
from shop.stock.services import OutOfStock, hold

__all__ = ["OutOfStock", "Placed", "SeenChanged", "place_order"]


class SeenChanged(RuntimeError):
    """What would be ordered is not what the shopper saw and confirmed."""


@dataclass(frozen=True, slots=True)
class Placed:
    """``is_new``: this call created the order; False when the attempt had ended in it before."""

    pk: int
    token: str
    payment_method: str
    is_new: bool

    @property
    def order(self) -> Order:
        return Order.objects.get(pk=self.pk)


def place_order(*, attempt: str, cart_id: int, seen: str, user_id: int | None, language: str) -> Placed:
    """End ``attempt`` in an order for exactly what was seen, or in the order that it ended in before.

    ``seen``: fingerprint of the facts that the review showed, compared inside the transaction with those there are then.
    One short transaction: close the cart as it was read, insert the order (unique attempt), take the stock by
    conditional updates in SKU order. Raises :class:`SeenChanged` and :class:`OutOfStock`; then nothing was written.
    """
    try:
        with transaction.atomic():
            return _place(attempt, cart_id, seen, user_id, language)
    except (IntegrityError, SeenChanged):
        # An earlier or parallel submit of the same attempt won: its order is the answer.
        placed = Order.objects.filter(attempt=attempt).values_list("pk", "token", "payment_method").first()
        if placed is None:
            raise
        return Placed(*placed, is_new=False)


def _place(attempt: str, cart_id: int, seen: str, user_id: int | None, language: str) -> Placed:
    quote = read_quote_of(cart_id)
    cart, facts = quote.cart, quote.facts()
    if cart is None or not has_goods(facts) or CHECKOUT["review"].fingerprint(facts) != seen:
        raise SeenChanged(cart_id)
    if not close_cart(cart_id, version=cart.version):
        raise SeenChanged(cart_id)
    placed = _insert(quote, cart.pk, attempt, user_id, language)
    lines = sorted(quote.lines, key=lambda line: line.sku)
    hold(placed.token, [(line.variant_id, line.quantity) for line in lines], timezone.now() + settings.HOLD_TIME)
    return placed


def _insert(quote: Quote, cart_id: int, attempt: str, user_id: int | None, language: str) -> Placed:
    draft, shipping, token = quote.draft, quote.shipping, new_token()
    pk = _insert_order.run(
        attempt=attempt,
        token=token,
        user_id=user_id,
        cart_id=cart_id,
        email=draft.email,
        language=language,
        shipping_code=shipping.code if shipping else "",
        shipping_name=shipping.name if shipping else "",
        payment_method=draft.payment_method,
        **_amounts(subtotal=quote.subtotal, shipping_price=quote.shipping_price, total=quote.total),
        **draft.address,
    )
    for line in quote.lines:
        _insert_line.run(
            order_id=pk,
            variant_id=line.variant_id,
            sku=line.sku,
            title=line.title,
            variant_label=line.label,
            product_slug=line.slug,
            quantity=line.quantity,
            **_amounts(unit_price=line.unit_price),
        )
    note(pk, "placed", f"{quote.units} units, {quote.total}")
    return Placed(pk, token, draft.payment_method, is_new=True)


def _amounts(**amounts: Money) -> dict[str, Any]:
    """Each amount as the two columns it is stored in."""
    numbers = {name: money.amount for name, money in amounts.items()}
    return numbers | {f"{name}_currency": money.currency.code for name, money in amounts.items()}


_insert_order = PreparedInsert(Order)
_insert_line = PreparedInsert(OrderLine)
