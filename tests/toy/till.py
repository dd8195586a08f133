"""A shop by somebody who has never heard of navstate: function views, a class-based view, a signal for each order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.html import format_html
from django.views import View

order_placed = Signal()
PAGE = (
    '<!doctype html><html><head><title>Till</title></head><body><p>{}</p><form method="post">'
    '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input name="street"></form>{}</body></html>'
)
PRICES = {"tea": 3}


@dataclass(frozen=True)
class Order:
    number: str


class AddressForm(forms.Form):
    street = forms.CharField()


def page(request: HttpRequest, shown: Any, errors: Any = "") -> HttpResponse:
    return HttpResponse(format_html(PAGE, shown, get_token(request), errors))


def basket(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session["basket"] = [*request.session.get("basket", []), "tea"]
        return HttpResponseRedirect("/till/")
    return page(request, request.session.get("basket", []))


class Address(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return page(request, request.session.get("street", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AddressForm(request.POST)
        if not form.is_valid():
            return page(request, "", form.errors)
        if form.cleaned_data["street"] == "again":
            return HttpResponseRedirect("/till/address/")
        request.session["street"] = form.cleaned_data["street"]
        return HttpResponseRedirect("/till/preview/")


def preview(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        order = Order(f"{len(request.session['basket'])}-{request.session['street']}")
        request.session["basket"] = []
        request.session["orders"] = request.session.get("orders", 0) + 1
        order_placed.send(sender=preview, order=order)
        if request.GET.get("fails"):
            return HttpResponse(status=500)
        return HttpResponseRedirect("/till/thanks/")
    return page(request, f"{PRICES['tea'] * len(request.session['basket'])} to {request.session['street']}")


def thanks(request: HttpRequest) -> HttpResponse:
    return page(request, "thanks")


def help_page(request: HttpRequest) -> HttpResponse:
    return page(request, "help")


urlpatterns = [
    path("", basket, name="basket"),
    path("address/", Address.as_view(), name="address"),
    path("preview/", preview, name="preview"),
    path("thanks/", thanks, name="thanks"),
    path("help/", help_page, name="help"),
]
