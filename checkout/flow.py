"""The way through checkout: its stages in order, what each reads, when it applies. This is the page to read.

A stage is done by its facts (navigation.md R3): while what it depends on is as it was when its form was accepted. So a
changed country lapses delivery and payment by comparison, a delivery that got cheaper lapses nothing, and neither does
going back without a change. What was accepted is noted on the draft (``recalls``), together with what was entered.
"""

from __future__ import annotations

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from navstate.flow import Facts, Flow, Stage


def has_goods(facts: Facts) -> bool:
    """Tell whether something is in the cart, and all of it can be had."""
    return bool(facts["lines"]) and not facts["short"]


def what_is_missing(facts: Facts) -> str:
    """Name the articles that cannot be had as they are in the cart; empty where it has none."""
    return " ".join(_about(*trouble) for trouble in facts.get("trouble", ()))


def _about(title: str, trouble: str | int) -> str:
    if trouble == "unsold":
        return gettext("%(title)s is no longer sold.") % {"title": title}
    if not isinstance(trouble, int):
        return gettext("%(title)s is sold out.") % {"title": title}
    left = ngettext("Only %(count)d of %(title)s is left.", "Only %(count)d of %(title)s are left.", trouble)
    return left % {"count": trouble, "title": title}


CHECKOUT = Flow(
    name="checkout",
    subject="cart",
    recalls="accepted",
    stages=(
        Stage(
            name="cart",
            url="cart",
            title=_("Cart"),
            reads=("lines", "subtotal"),
            holds=has_goods,
            why=_("Your cart comes first."),
            because=what_is_missing,
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
            depends=("country", "shipping_choice"),
            why=_("Please choose the delivery first; it depends on the address and on what is in the cart."),
        ),
        Stage(
            name="payment",
            url="checkout-payment",
            title=_("Payment"),
            reads=("country", "payment_options", "payment_method"),
            depends=("country", "payment_choice"),
            why=_("Please choose first how you want to pay."),
        ),
        Stage(
            name="review",
            url="checkout-review",
            title=_("Review"),
            reads=(
                *("lines", "email", "address"),
                *("shipping_method", "shipping_name", "shipping_price", "payment_method", "total"),
            ),
            ends=True,
            why=_("Please look at your order once more."),
        ),
        Stage(name="pay", url="pay", title=_("Pay"), outcome=True),
        Stage(name="receipt", url="receipt", title=_("Receipt"), outcome=True),
    ),
)
