"""The way through checkout: its stages in order, what each reads, when it applies. This is the page to read.

A stage is done by its facts (navigation.md R3): while the fingerprint of what it reads is the one stored when its form was
accepted. So a changed country lapses delivery and payment by comparison, and going back without a change lapses nothing.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from navstate.flow import Facts, Flow, Stage


def has_goods(facts: Facts) -> bool:
    """Something is in the cart, and all of it can be had."""
    return bool(facts["lines"]) and not facts["short"]


CHECKOUT = Flow(
    name="checkout",
    subject="cart",
    stages=(
        Stage(
            name="cart",
            url="cart",
            title=_("Cart"),
            reads=("lines", "subtotal"),
            holds=has_goods,
            why=_("Your cart comes first."),
        ),
        Stage(
            name="address",
            url="checkout-address",
            title=_("Address"),
            reads=("email", "address"),
            why=_("Please tell us first where it should go."),
        ),
        Stage(
            name="shipping",
            url="checkout-shipping",
            title=_("Delivery"),
            reads=("country", "shipping_options", "shipping_method"),
            why=_("Please choose the delivery first; it depends on the address and on what is in the cart."),
        ),
        Stage(
            name="payment",
            url="checkout-payment",
            title=_("Payment"),
            reads=("country", "payment_options", "payment_method"),
            why=_("Please choose first how you want to pay."),
        ),
        Stage(
            name="review",
            url="checkout-review",
            title=_("Review"),
            reads=("lines", "email", "address", "shipping_method", "shipping_price", "payment_method", "total"),
            why=_("Please look at your order once more."),
        ),
        Stage(name="pay", url="pay", title=_("Pay"), outcome=True),
        Stage(name="receipt", url="receipt", title=_("Receipt"), outcome=True),
    ),
)
