"""The pages on which requests race in the tests of the session middleware; their URLconf, and the way to race."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path

from shop.accounts.models import User

MEANWHILE: list[Callable[[], object]] = []
"""What others do while a slow view runs; each once."""


def while_it_runs() -> None:
    while MEANWHILE:
        MEANWHILE.pop()()


def log_in(request: HttpRequest) -> HttpResponse:
    login(request, User.objects.get(email="ada@example.com"), "django.contrib.auth.backends.ModelBackend")
    return HttpResponse("in", status=int(request.GET.get("status", 200)))


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("out")


def who(request: HttpRequest) -> HttpResponse:
    """Reads the session; ``?slow``: others go first once it is read."""
    seen = request.session.get("_auth_user_id", "nobody")
    if "slow" in request.GET:
        while_it_runs()
    return HttpResponse(f"{seen}: {sorted(key for key in dict(request.session.items()) if not key.startswith('_'))}")


def write(request: HttpRequest, key: str) -> HttpResponse:
    """A slow view that writes one key; answers as the query says."""
    request.session.get("anything")
    while_it_runs()
    request.session[key] = request.GET.get("value", "1")
    if "to" in request.GET:
        return HttpResponseRedirect(request.GET["to"])
    if "htmx" in request.GET:
        return HttpResponse(headers={"HX-Location": "/next/"})
    return HttpResponse("written", status=int(request.GET.get("status", 200)))


async def write_later(request: HttpRequest, key: str) -> HttpResponse:
    await request.session.aset(key, "1")
    return HttpResponse("written")


def expire(request: HttpRequest, seconds: int) -> HttpResponse:
    request.session.set_expiry(seconds)
    return HttpResponse("set")


async def expire_later(request: HttpRequest, seconds: int) -> HttpResponse:
    await request.session.aset_expiry(seconds)
    return HttpResponse("set")


def fail(request: HttpRequest) -> HttpResponse:
    request.session["half"] = "1"
    raise RuntimeError("the view failed")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Writes before and while the body is sent."""
    request.session["before"] = "1"

    def body() -> Iterator[bytes]:
        yield b"first "
        request.session["during"] = "1"
        yield b"last"

    return StreamingHttpResponse(body())


def flush_in_stream(request: HttpRequest) -> StreamingHttpResponse:
    request.session.get("a")

    def body() -> Iterator[bytes]:
        request.session.flush()
        yield b"gone"

    return StreamingHttpResponse(body())


def unmake(request: HttpRequest) -> HttpResponse:
    """Deletes the session that it made itself, and writes to it."""
    request.session.create()
    request.session.delete()
    request.session["a"] = 1
    return HttpResponse("unmade")


def page(request: HttpRequest) -> HttpResponse:
    """``Cache-Control`` as the query says; ``?read`` reads the session, ``?cookie`` sets a cookie, ``?none`` has none."""
    if "none" in request.GET:
        del request.session
        return HttpResponse("no session")
    shown = request.session.get("name", "nobody") if "read" in request.GET else "anybody"
    response = JsonResponse({"shown": shown})
    if "cache" in request.GET:
        response["Cache-Control"] = request.GET["cache"]
    if "cookie" in request.GET:
        response.set_cookie("theirs", request.GET["cookie"])
    return response


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse("bad request", status=400)


def handler500(request: HttpRequest) -> HttpResponse:
    return HttpResponse("failed", status=500)


urlpatterns = [
    path("in/", log_in),
    path("out/", log_out),
    path("who/", who),
    path("write/<str:key>/", write),
    path("later/<str:key>/", write_later),
    path("expire/<int:seconds>/", expire),
    path("later-expire/<int:seconds>/", expire_later),
    path("fail/", fail),
    path("stream/", stream),
    path("flush/", flush_in_stream),
    path("unmake/", unmake),
    path("page/", page),
]


def twin(client: Client) -> Client:
    """Another tab of the same browser: the cookies that it holds now."""
    other = Client(raise_request_exception=False)
    other.cookies.update(client.cookies)
    return other
