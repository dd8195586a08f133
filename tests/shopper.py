"""A shopper at Django's test client: fills the forms that pages show, with everything hidden that they carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

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


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    hooks: set[str] = field(default_factory=set)


class FormReader(HTMLParser):
    """The forms of a page: action, the values a browser would send, and the ``data-testid`` inside each."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        on = dict(attrs)
        if tag == "form":
            self._open = True
            self.forms.append(Form(on.get("action") or ""))
        if not self._open:
            return
        form = self.forms[-1]
        if on.get("data-testid"):
            form.hooks.add(on["data-testid"] or "")
        if tag == "input" and on.get("name"):
            if on.get("type") in {"radio", "checkbox"} and "checked" not in on:
                return
            form.fields[on["name"] or ""] = on.get("value") or ""
        if tag == "select":
            self._select = on.get("name") or ""
        if tag == "option" and "selected" in on and self._select:
            form.fields[self._select] = on.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        if tag == "select":
            self._select = ""


def forms_of(response: HttpResponse) -> list[Form]:
    reader = FormReader()
    reader.feed(response.content.decode())
    return reader.forms


def form_with(response: HttpResponse, hook: str) -> Form:
    """The form that holds the element with this ``data-testid``."""
    found = [form for form in forms_of(response) if hook in form.hooks]
    assert found, f"no form with {hook!r} in: {response.content.decode()[:3000]}"
    return found[0]


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
