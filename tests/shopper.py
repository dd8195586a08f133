"""A shopper at Django's test client: fills the forms that pages show, with everything hidden that they carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.test import Client

from navstate.testing.forms import Form, form_in, forms_in

ADDRESS = {
    "email": "ada@example.org",
    "name": "Ada Wanderer",
    "line1": "Waldweg 3",
    "line2": "",
    "city": "Freiburg",
    "region": "",
    "postcode": "79098",
    "country": "DE",
    "phone": "",
}


def forms_of(response: HttpResponse) -> list[Form]:
    return forms_in(response.content.decode())


def form_with(response: HttpResponse, hook: str) -> Form:
    """The form that holds the element with this ``data-testid``."""
    return form_in(response.content.decode(), hook)


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def leads_to(response: HttpResponse, url: str) -> bool:
    return response.status_code == 303 and response["Location"] == url


class Shopper:
    """One browser. CSRF is enforced; requests say that they come from our own pages, as browsers do."""

    def __init__(self, **headers: str) -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"Sec-Fetch-Site": "same-origin", **headers})

    def get(self, url: str, **options: Any) -> HttpResponse:
        return self.client.get(url, **options)

    def send(self, form: Form, changes: Mapping[str, str] | None = None, **options: Any) -> HttpResponse:
        return self.client.post(form.action, {**form.fields, **(changes or {})}, **options)

    def add(self, sku: str = "BOOT-42", quantity: int = 1) -> HttpResponse:
        return self.client.post("/cart/add/", {"sku": sku, "quantity": quantity})

    def open(self, url: str, hook: str = "stage-submit") -> Form:
        """Look at a stage and take its form."""
        response = self.get(url)
        assert response.status_code == 200, (url, response.status_code, response.headers.get("Location"))
        return form_with(response, hook)

    def fill(self, url: str, **changes: str) -> HttpResponse:
        return self.send(self.open(url), changes)

    def give_address(self, **changes: str) -> HttpResponse:
        return self.fill("/checkout/address/", **{**ADDRESS, **changes})

    def choose_shipping(self, code: str = "standard") -> HttpResponse:
        return self.fill("/checkout/shipping/", shipping_method=code)

    def choose_payment(self, code: str = "demo") -> HttpResponse:
        return self.fill("/checkout/payment/", payment_method=code)

    def go_to_review(self, sku: str = "BOOT-42", quantity: int = 1) -> Form:
        """Everything up to the review, and its form."""
        self.add(sku, quantity)
        self.give_address()
        self.choose_shipping()
        self.choose_payment()
        return self.open("/checkout/review/", "place-order")
