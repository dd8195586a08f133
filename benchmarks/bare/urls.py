"""One view: a template with 20 products, out of memory."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

PRODUCTS = [
    {
        "name": f"Trail boot {number}",
        "url": f"/product/trail-boot-{number}/",
        "picture": f"/media/trail-boot-{number}.svg",
        "price": f"{100 + number}.00 €",
        "stock": "In stock",
    }
    for number in range(20)
]


def products(request: HttpRequest) -> HttpResponse:
    return render(request, "products.html", {"products": PRODUCTS})


urlpatterns = [path("", products)]
