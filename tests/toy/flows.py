"""The two flows of the toy, and what it answers about them. Its database is a dict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from navstate import registry
from navstate.flow import Facts, Flow, Stage
from navstate.sessions import NAV_ID_KEY

COOKIE = "application"
"""Names the application of this browser, as a cart's cookie names the cart."""


@dataclass
class Application:
    """A loan that somebody asks for. ``attempt``: set when it was sent, unique."""

    token: str
    nav_id: str
    amount: int = 0
    purpose: str = ""
    document: str = ""
    attempt: str = ""


APPLICATIONS: dict[str, Application] = {}
NOTES: dict[str, str] = {}
"""The note of each clerk."""
SIGNED: dict[str, str] = {}
"""Outcome by attempt of the desk."""
TERMS = {"rate": 5}


def application_of(request: HttpRequest) -> Application | None:
    """The one that is not sent yet."""
    token = getattr(request, "application", request.COOKIES.get(COOKIE, ""))
    found = APPLICATIONS.get(token)
    return None if found is None or found.attempt else found


def loan_facts(request: HttpRequest) -> Facts:
    found = application_of(request) or Application("", "")
    return {
        "application": found.token,
        "amount": found.amount,
        "purpose": found.purpose,
        "document": found.document,
        "rate": TERMS["rate"],
    }


def has_application(facts: Facts) -> bool:
    return bool(facts["application"])


def needs_proof(facts: Facts) -> bool:
    return facts["amount"] > 1000


LOAN = Flow(
    name="loan",
    subject="application",
    stages=(
        Stage(name="start", url="loan-start", title="Start", holds=has_application, why="Please start here."),
        Stage(name="form", url="loan-form", title="Loan", reads=("amount", "purpose"), why="Tell us the amount first."),
        Stage(
            name="upload",
            url="loan-upload",
            reads=("amount", "document"),
            applies=needs_proof,
            why="We need a document first.",
        ),
        Stage(name="confirm", url="loan-confirm", reads=("amount", "document", "rate"), why="Please confirm."),
        Stage(name="done", url="loan-done", outcome=True),
    ),
)


def find_outcome(attempt: str) -> str:
    return next((found.token for found in APPLICATIONS.values() if found.attempt == attempt), "")


def outcome_url(request: HttpRequest, outcome: str) -> str:
    return f"/loan/done/{outcome}/"


def seed(request: HttpRequest) -> str:
    found = APPLICATIONS.get(request.COOKIES.get(COOKIE, ""))
    return found.nav_id if found else ""


def clerk_facts(request: HttpRequest) -> Facts:
    clerk = request.session.get("clerk", "")
    return {"clerk": clerk, "note": NOTES.get(clerk, ""), "shift": request.session.get(NAV_ID_KEY, "")}


def is_clerk(facts: Facts) -> bool:
    return bool(facts["clerk"])


DESK = Flow(
    name="desk",
    subject="shift",
    policy="strict",
    stages=(
        Stage(name="login", url="desk:login", holds=is_clerk, once=True, why="Please log in."),
        Stage(name="note", url="desk:note", reads=("clerk", "note"), why="Please write your note."),
        Stage(name="sign", url="desk:sign", reads=("note",)),
        Stage(name="signed", url="desk:signed", outcome=True),
    ),
)


def register_flows() -> None:
    registry.register(LOAN, facts=loan_facts, find_outcome=find_outcome, outcome_url=outcome_url, seed=seed)
    registry.register(DESK, facts=clerk_facts, outcome_url=lambda request, outcome: f"/desk/signed/{outcome}/")


def forget_everything() -> None:
    APPLICATIONS.clear()
    NOTES.clear()
    SIGNED.clear()
    TERMS["rate"] = 5


def change(token: str, /, **fields: Any) -> None:
    """Somebody else changes an application: another tab, a clerk."""
    vars(APPLICATIONS[token]).update(fields)
