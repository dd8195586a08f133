"""Oscar's checkout as a flow: its pages in order, what each shows, what lets a shopper past it, and what ends it."""

from __future__ import annotations

from django.http import HttpRequest
from oscar.apps.checkout.signals import post_checkout
from oscar.apps.checkout.utils import CheckoutSessionData

from navstate.flow import Facts, Flow, Form, Gate, Outcome


def facts(request: HttpRequest) -> Facts:
    basket, chosen = request.basket, request.session.get(CheckoutSessionData.SESSION_KEY, {}).get("shipping", {})
    return {
        "basket": basket.pk,
        "lines": {line.description: line.quantity for line in basket.all_lines()},
        "total": "" if basket.is_empty else str(basket.total_excl_tax),
        "address": chosen.get("new_address_fields") or chosen.get("user_address_id"),
    }


CHECKOUT = Flow(
    name="checkout",
    subject="basket",
    facts=facts,
    stages=(
        Gate("basket:summary", "lines", why="You need to add some items to your basket to checkout"),
        Gate("checkout:shipping-address", "address", why="Please choose a shipping address"),
        Form("checkout:preview", reads=("lines", "total", "address"), ends=True),
        Outcome("checkout:thank-you"),
    ),
    labels={"lines": "Items", "total": "Total", "address": "Shipping address"},
    formats={"lines": lambda lines: ", ".join(f"{count} × {name}" for name, count in lines.items())},
    closes_on=(post_checkout, "order.number"),
)
