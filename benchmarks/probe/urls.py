"""Views that do nothing: one of each cache class, and what they are compared with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from navstate.decorators import public, stage
from navstate.flow import Flow, Stage
from navstate.registry import register
from navstate.sessions import NAV_ID_KEY

FLOW = Flow(
    name="probe",
    stages=(Stage(name="start", url="start", reads=("kind",)), Stage(name="end", url="end", reads=("kind", "size"))),
)
register(FLOW, facts=lambda request: {"kind": "boot", "size": 42})


def empty(request: HttpRequest) -> HttpResponse:
    """Reads the session, as any view does that greets somebody."""
    request.session.get(NAV_ID_KEY)
    return HttpResponse("")


@public
def same_for_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


@stage("probe", "start")
def start(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [
    path("", include("navstate.urls")),
    path("empty/", empty),
    path("public/", same_for_all),
    path("start/", start, name="start"),
    path("end/", empty, name="end"),
]
