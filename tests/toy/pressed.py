"""Views whose effect can be counted, each carried out once; their own addresses."""

from __future__ import annotations

import asyncio
import threading
import time

from django.contrib import messages
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from navstate.decorators import cross_site, once, private, public, public_form
from navstate.http import redirect_with_history

EFFECTS: list[str] = []
BEGUN = threading.Event()
GO_ON = threading.Event()


def reset() -> None:
    EFFECTS.clear()
    BEGUN.clear()
    GO_ON.set()


def act(request: HttpRequest) -> None:
    """What may happen once; it waits until a test lets it go on."""
    BEGUN.set()
    GO_ON.wait(10)
    time.sleep(float(request.POST.get("takes", 0)))
    EFFECTS.append(request.POST.get("what", ""))


@private
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">')


@public
def open_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


@private
def done(request: HttpRequest) -> HttpResponse:
    return render(request, "toy/home.html", status=int(request.GET.get("status", 200)))


@once
def send(request: HttpRequest) -> HttpResponse:
    """``how``: what becomes of it."""
    how = request.POST.get("how", "")
    if how == "invalid":
        return HttpResponse("again")
    act(request)
    if how == "error":
        raise RuntimeError("broken")
    if how == "status":
        return HttpResponse(status=int(request.POST["status"]))
    if how in {"session", "ended"}:
        request.session["had"] = "it"
    if how == "ended":  # by a logout in another tab
        type(request.session)(request.session.session_key).delete()
    if how == "cookie":
        response = redirect_with_history(request, "/done/")
        response.set_cookie("own", "x" * int(request.POST.get("length", 1)))
        return response
    if how == "told":
        messages.success(request, "taken")
    return redirect_with_history(request, "/done/")


def unguarded(request: HttpRequest) -> HttpResponse:
    act(request)
    return HttpResponseRedirect("/done/")


@once
@public_form
def subscribe(request: HttpRequest) -> HttpResponse:
    return send(request)


@once
async def later(request: HttpRequest) -> HttpResponse:
    if request.POST.get("how") == "invalid":
        return HttpResponse("again")
    BEGUN.set()
    await asyncio.sleep(float(request.POST.get("takes", 0)))
    EFFECTS.append(request.POST.get("what", ""))
    if request.POST.get("how") in {"session", "ended"}:
        await request.session.aset("had", "it")
    if request.POST.get("how") == "ended":
        await type(request.session)(request.session.session_key).adelete()
    if request.POST.get("how") == "told":
        messages.success(request, "taken")
    return HttpResponseRedirect("/done/")


@method_decorator(once, name="dispatch")
class Classy(View):
    def post(self, request: HttpRequest) -> HttpResponse:
        act(request)
        return HttpResponseRedirect("/done/")


@once
def write(request: HttpRequest) -> HttpResponse:
    """Rows, as a view in ATOMIC_REQUESTS writes them."""
    Group.objects.create(name=f"one of {Group.objects.count()} {time.monotonic_ns()}")
    act(request)
    if request.POST.get("how") == "error":
        raise RuntimeError("broken")
    return HttpResponse("again") if request.POST.get("how") == "invalid" else HttpResponseRedirect("/done/")


@once
@transaction.non_atomic_requests
def write_apart(request: HttpRequest) -> HttpResponse:
    assert not transaction.get_connection().in_atomic_block
    return write(request)


@once
@cross_site
@csrf_exempt
def api(request: HttpRequest) -> HttpResponse:
    act(request)
    size = int(request.headers.get("X-Size", 1))
    if "X-Binary" in request.headers:
        return HttpResponse(b"\xff", status=201)
    if "X-Refuse" in request.headers:
        return JsonResponse({"why": "not so"}, status=422)
    return JsonResponse({"number": len(EFFECTS), "pad": "x" * size}, status=201, headers={"Location": "/api/1/"})


urlpatterns = [
    path("page/", page),
    path("open/", open_page),
    path("done/", done),
    path("send/", send),
    path("unguarded/", unguarded),
    path("subscribe/", subscribe),
    path("later/", later),
    path("classy/", Classy.as_view()),
    path("write/", write),
    path("write/apart/", write_apart),
    path("api/things/", api),
    path("", include("navstate.urls")),
]
