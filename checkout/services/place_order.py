"""The one way an order comes to be (navigation.md R5)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from checkout.flow import CHECKOUT, has_goods
from checkout.models import Order, OrderEvent, OrderLine
from checkout.quote import Quote, read_quote_of
from shop.cart.services import close_cart
from shop.stock.services import OutOfStock, hold

__all__ = ["OutOfStock", "Placed", "SeenChanged", "place_order"]


class SeenChanged(RuntimeError):
    """What would be ordered is not what the shopper saw and confirmed."""


@dataclass(frozen=True, slots=True)
class Placed:
    """``is_new``: this call created the order; False when the attempt had ended in it before."""

    order: Order
    is_new: bool


def place_order(*, attempt: str, cart_id: int, seen: str, user_id: int | None, language: str) -> Placed:
    """End ``attempt`` in an order for exactly what was seen, or in the order that it ended in before.

    ``seen``: fingerprint of the facts that the review showed, compared inside the transaction with those there are then.
    One short transaction: close the cart as it was read, insert the order (unique attempt), take the stock by
    conditional updates in SKU order. Raises :class:`SeenChanged` and :class:`OutOfStock`; then nothing was written.
    """
    try:
        with transaction.atomic():
            return Placed(_place(attempt, cart_id, seen, user_id, language), is_new=True)
    except (IntegrityError, SeenChanged):
        # An earlier or parallel submit of the same attempt won: its order is the answer.
        placed = Order.objects.filter(attempt=attempt).first()
        if placed is None:
            raise
        return Placed(placed, is_new=False)


def _place(attempt: str, cart_id: int, seen: str, user_id: int | None, language: str) -> Order:
    quote = read_quote_of(cart_id)
    cart, facts = quote.cart, quote.facts()
    if cart is None or not has_goods(facts) or CHECKOUT["review"].fingerprint(facts) != seen:
        raise SeenChanged(cart_id)
    if not close_cart(cart_id, version=cart.version):
        raise SeenChanged(cart_id)
    order = _insert(quote, cart.pk, attempt, user_id, language)
    lines = sorted(quote.lines, key=lambda line: line.sku)
    hold(order.token, [(line.variant_id, line.quantity) for line in lines], timezone.now() + settings.HOLD_TIME)
    return order


def _insert(quote: Quote, cart_id: int, attempt: str, user_id: int | None, language: str) -> Order:
    draft, shipping = quote.draft, quote.shipping
    order = Order.objects.create(
        attempt=attempt,
        user_id=user_id,
        cart_id=cart_id,
        email=draft.email,
        language=language,
        shipping_code=shipping.code if shipping else "",
        shipping_name=shipping.name if shipping else "",
        payment_method=draft.payment_method,
        subtotal=quote.subtotal,
        shipping_price=quote.shipping_price,
        total=quote.total,
        **draft.address,
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            variant_id=line.variant_id,
            sku=line.sku,
            title=line.title,
            variant_label=line.label,
            product_slug=line.slug,
            quantity=line.quantity,
            unit_price=line.unit_price,
        )
        for line in quote.lines
    )
    OrderEvent.objects.create(order=order, kind="placed", message=f"{quote.units} units, {quote.total}")
    return order
