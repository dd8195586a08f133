"""Place an order: the one way to do it (navigation.md R5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from djmoney.money import Money

from checkout.flow import CHECKOUT, has_goods
from checkout.models import Order, OrderLine
from checkout.models.order import new_token
from checkout.quote import Quote, read_quote_of
from checkout.services.limits import Placer, TooManyOpen, digest_of, hold_time, refuse_too_many
from checkout.services.status import note
from shop.cart.services import close_cart
from shop.sql.writes import CompiledInsert
from shop.stock.services import OutOfStock, hold

__all__ = ["OutOfStock", "Placed", "SeenChanged", "TooManyOpen", "place_order"]


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


def place_order(
    *, attempt: str, cart_id: int, seen: str, user_id: int | None, language: str, address: str = ""
) -> Placed:
    """End ``attempt`` in an order for exactly what was seen, or in the order that it ended in before.

    ``address``: the network address of the shopper, empty for none. ``seen``: fingerprint of the facts that the review
    showed, compared inside the transaction with those there are then. One short transaction: close the cart as it was
    read, insert the order (unique attempt), take the stock by conditional updates in SKU order.
    Raises :class:`SeenChanged`, :class:`OutOfStock` and :class:`TooManyOpen`; then nothing was written.
    """
    try:
        with transaction.atomic():
            return _place(attempt, cart_id, seen, user_id, language, digest_of(address) if address else "")
    except (IntegrityError, SeenChanged, TooManyOpen) as error:
        # An earlier or parallel submit of the same attempt won: its order is the answer.
        placed = Order.objects.filter(attempt=attempt).values_list("pk", "token", "payment_method").first()
        if placed is not None:
            return Placed(*placed, is_new=False)
        if isinstance(error, IntegrityError):  # an article was deleted in that moment: its line leads nowhere
            raise SeenChanged(cart_id) from error
        raise


def _place(attempt: str, cart_id: int, seen: str, user_id: int | None, language: str, placed_from: str) -> Placed:
    quote = read_quote_of(cart_id)
    cart, facts = quote.cart, quote.facts()
    if cart is None or not has_goods(facts) or CHECKOUT["review"].fingerprint(facts) != seen:
        raise SeenChanged(cart_id)
    refuse_too_many(Placer(user_id=user_id, nav_id=cart.nav_id, email=quote.draft.email, placed_from=placed_from))
    if not close_cart(cart_id, version=cart.version):
        raise SeenChanged(cart_id)
    placed = _insert(quote, cart.pk, attempt, user_id, language, placed_from)
    lines = sorted(quote.lines, key=lambda line: line.sku)
    held_for = hold_time([line.available - line.quantity for line in lines if line.available is not None])
    hold(placed.token, [(line.variant_id, line.quantity) for line in lines], timezone.now() + held_for)
    return placed


def _insert(quote: Quote, cart_id: int, attempt: str, user_id: int | None, language: str, placed_from: str) -> Placed:
    draft, shipping, token = quote.draft, quote.shipping, new_token()
    pk = _insert_order.run(
        attempt=attempt,
        token=token,
        user_id=user_id,
        cart_id=cart_id,
        placed_from=placed_from or None,
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
    """Return each amount as the two columns it is stored in."""
    numbers = {name: money.amount for name, money in amounts.items()}
    return numbers | {f"{name}_currency": money.currency.code for name, money in amounts.items()}


_insert_order = CompiledInsert(Order)
_insert_line = CompiledInsert(OrderLine)
