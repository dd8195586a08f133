"""Flows to test the machine on: a purchase, an account, and a back office that is strict about where one comes from."""

from __future__ import annotations

from typing import Any

from navstate.flow import Facts, Flow, Stage
from navstate.rules.machine import advance
from navstate.rules.state import NavState

NAV_ID = "visitor-1"


def has_lines(facts: Facts) -> bool:
    return bool(facts["lines"])


def is_delivered(facts: Facts) -> bool:
    return not facts.get("download")


def is_signed_in(facts: Facts) -> bool:
    return bool(facts.get("user"))


def has_consented(facts: Facts) -> bool:
    return bool(facts.get("consent"))


PURCHASE = Flow(
    name="purchase",
    subject="cart",
    stages=(
        Stage(name="cart", url="cart", reads=("lines",), holds=has_lines, why="The cart comes first."),
        Stage(name="address", url="address", reads=("email", "country"), why="The address comes first."),
        Stage(
            name="shipping",
            url="shipping",
            reads=("country", "method"),
            applies=is_delivered,
            why="The delivery comes first.",
        ),
        Stage(name="payment", url="payment", reads=("country", "paid_by"), why="The payment comes first."),
        Stage(name="review", url="review", reads=("lines", "email", "country", "method", "paid_by"), why="Look again."),
        Stage(name="receipt", url="receipt", outcome=True),
    ),
)
FORMS = ("address", "shipping", "payment", "review")

ACCOUNT = Flow(
    name="account",
    stages=(
        Stage(name="login", url="login", holds=is_signed_in, once=True, why="Please log in."),
        Stage(name="consent", url="consent", holds=has_consented, once=True, why="Please agree."),
        Stage(name="dashboard", url="dashboard", holds=is_signed_in),
        Stage(name="profile", url="profile", reads=("user", "name")),
    ),
)

OFFICE = Flow(
    name="office",
    policy="strict",
    stages=(
        Stage(name="login", url="login", holds=is_signed_in, once=True, why="Please log in."),
        Stage(name="list", url="list", reads=("user",)),
        Stage(name="edit", url="edit", reads=("user", "name"), applies=is_delivered),
        Stage(name="check", url="check", reads=("name",)),
        Stage(name="done", url="done", outcome=True),
    ),
)


def purchase_facts(**changes: Any) -> dict[str, Any]:
    """A cart with one line, everything entered."""
    facts = {
        "cart": "cart-1",
        "lines": [["BOOT-42", 1]],
        "email": "a@example.org",
        "country": "DE",
        "method": "parcel",
        "paid_by": "card",
    }
    return {**facts, **changes}


def run(*done: str, facts: Facts | None = None, flow: Flow = PURCHASE) -> NavState:
    """The state of a visitor whose forms of the stages ``done`` were accepted under ``facts``, in that order."""
    state = NavState.virtual(NAV_ID, flow.name)
    facts = purchase_facts() if facts is None else facts
    for name in done:
        state = advance(flow, state, facts, name, payload=f"payload of {name}", led_to=f"after {name}")
    return state
