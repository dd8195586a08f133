"""The till as a flow: all that has to be written to have it guarded."""

from __future__ import annotations

from django.http import HttpRequest

from navstate.flow import Facts, Flow, Form, Gate, Outcome
from tests.toy.till import PRICES, order_placed


def facts(request: HttpRequest) -> Facts:
    basket = request.session.get("basket", [])
    return {
        "basket": basket,
        "street": request.session.get("street", ""),
        "total": PRICES["tea"] * len(basket),
        "order": request.session.get("orders", 0) + 1,
    }


TILL = Flow(
    name="till",
    subject="order",
    facts=facts,
    stages=(
        Gate("till:basket", "basket", why="Please take something first."),
        Form("till:address", reads=("street",), why="Where to?"),
        Form("till:preview", reads=("basket", "street", "total"), ends=True),
        Outcome("till:thanks"),
    ),
    labels={"basket": "In the basket"},
    formats={"total": "{} euros".format},
    closes_on=(order_placed, "order.number"),
)
