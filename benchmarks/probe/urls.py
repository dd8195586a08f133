"""Views that do next to nothing: one of each cache class, and one stage of a flow as long as a checkout."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from navstate.decorators import public, stage
from navstate.flow import Facts, Flow, Stage
from navstate.registry import register

GREETED = "greeted"
"""A key of the session that any project might have."""

FLOW = Flow(
    name="probe",
    subject="basket",
    stages=(
        Stage(name="basket", url="basket", reads=("lines", "subtotal"), holds=lambda facts: bool(facts["lines"])),
        Stage(name="address", url="address", reads=("email", "address")),
        Stage(name="delivery", url="delivery", reads=("country", "deliveries", "delivery")),
        Stage(name="payment", url="payment", reads=("country", "payments", "payment")),
        Stage(
            name="review", url="review", reads=("lines", "email", "address", "delivery", "price", "payment", "total")
        ),
        Stage(name="receipt", url="receipt", outcome=True),
    ),
)
FACTS: Facts = {
    "basket": "4711",
    "lines": [[f"BOOT-{size}-BR", 1 + size % 3, "129.00"] for size in (40, 41, 42)],
    "subtotal": "774.00",
    "email": "somebody@example.org",
    "address": ["Somebody", "Some Street 1", "", "12345", "Somewhere", "DE"],
    "country": "DE",
    "deliveries": [["standard", "4.90"], ["express", "12.90"]],
    "delivery": "standard",
    "payments": ["card", "invoice"],
    "payment": "card",
    "price": "4.90",
    "total": "778.90",
}
"""What the stages read, made once: reading facts is the project's own work, with navstate or without."""

register(FLOW, facts=lambda request: FACTS)


def empty(request: HttpRequest, **named: Any) -> HttpResponse:
    """Reads the session, as any view does that greets somebody."""
    request.session.get(GREETED)
    return HttpResponse("")


@public
def same_for_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


review = stage("probe", "review")(lambda request: empty(request))

urlpatterns = [
    path("", include("navstate.urls")),
    path("empty/", empty),
    path("public/", same_for_all),
    path("review/", review, name="review"),
    *(path(f"{each.name}/", empty, name=each.url) for each in FLOW.stages if each.name != "review"),
]
