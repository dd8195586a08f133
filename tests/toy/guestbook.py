"""A part of the toy that declares nothing: ordinary views of an ordinary Django site, as navstate finds them (R9)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.views import View
from django.views.decorators.csrf import csrf_exempt

PAGE = "<!doctype html><html lang=en><head><title>{0}</title></head><body><main>{0}</main></body></html>"


def entries(request: HttpRequest) -> HttpResponse:
    """What this visitor has written, and a form for more."""
    if request.GET.get("count"):
        request.session["looked"] = request.session.get("looked", 0) + 1
    return render(request, "toy/guestbook.html", {"entries": request.session.get("entries", [])})


def write(request: HttpRequest) -> HttpResponse:
    """A refused entry is shown again by the answer to the POST itself, as Django's generic views do."""
    text = request.POST.get("text", "")
    if not text:
        return render(request, "toy/guestbook.html", {"entries": request.session.get("entries", []), "error": "empty"})
    request.session["entries"] = [*request.session.get("entries", []), text]
    messages.success(request, "written")
    return HttpResponseRedirect("/guestbook/")


class Mine(View):
    """For whoever has written something."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not request.session.get("entries"):
            return HttpResponseRedirect("/guestbook/")
        return HttpResponse(PAGE.format("mine"))


async def later(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE.format(len(await request.session.aget("entries", []))))


def same_for_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE.format("open from 9 to 5"))


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse([PAGE.format("streamed")])


def noted(request: HttpRequest) -> HttpResponse:
    """A GET that counts its readers, but no checks."""
    if not request.nav.is_check:
        request.session["readers"] = request.session.get("readers", 0) + 1
    answer = HttpResponse(PAGE.format(request.session["readers"]))
    answer.set_cookie("seen", "1")
    return answer


def raw(request: HttpRequest) -> HttpResponse:
    """Whatever a test wants to send: ``body``, ``type``, and headers by name."""
    kind = request.GET.get("type", "text/html")
    answer = HttpResponse(request.GET["body"], content_type=kind, status=int(request.GET.get("status", 200)))
    for name in ("Content-Encoding", "Content-Disposition", "Content-Length"):
        if name in request.GET:
            answer.headers[name] = request.GET[name]
    return answer


@csrf_exempt
def returned(request: HttpRequest) -> HttpResponse:
    """A payment app that declares nothing: the bank's page sends the shopper here."""
    return HttpResponseRedirect("/guestbook/")


urlpatterns = [
    path("", entries, name="guestbook"),
    path("write/", write, name="guestbook-write"),
    path("mine/", Mine.as_view(), name="guestbook-mine"),
    path("later/", later, name="guestbook-later"),
    path("hours/", same_for_all, name="guestbook-hours"),
    path("streamed/", streamed, name="guestbook-streamed"),
    path("noted/", noted, name="guestbook-noted"),
    path("raw/", raw, name="guestbook-raw"),
    path("returned/", returned, name="guestbook-returned"),
]
