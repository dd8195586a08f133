"""Two members of staff, each with pages that they opened at some time and send later."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client

from tests.shopper import forms_of

SEVERAL = {"groups", "user_permissions", "permissions", "countries"}
"""Fields with several choices, of which the reader of pages knows one."""


class Opened:
    """A page of the staff as its browser holds it: what it would send, hidden fields included."""

    def __init__(self, client: Client, url: str, response: HttpResponse | None = None) -> None:
        self.client, self.url = client, url
        response = response or client.get(url)
        assert response.status_code == 200, response
        posts = [form for form in forms_of(response) if form.method == "post" and "logout" not in form.action]
        self.fields: dict[str, Any] = dict(max(posts, key=lambda form: len(form.fields)).fields)
        for name in SEVERAL & self.fields.keys():  # of something new nothing is chosen yet
            self.fields[name] = json.loads(self.fields.get(f"initial-{name}", "[]"))

    def send(self, **changes: object) -> HttpResponse:
        """``None`` takes a tick away."""
        sent = {**self.fields, **{name.replace("__", "-"): value for name, value in changes.items()}}
        return self.client.post(self.url, {name: value for name, value in sent.items() if value is not None})

    def save_list(self, **changes: object) -> HttpResponse:
        return self.send(_save="Save", **changes)


def member(name: str) -> Client:
    client = Client()
    # Without a password, which would take its time to be hashed.
    rights = {"is_staff": True, "is_superuser": True}
    client.force_login(get_user_model().objects.create(email=f"{name}@example.org", password="!", **rights))
    return client


def text(response: HttpResponse) -> str:
    return response.content.decode()


def told(client: Client, response: HttpResponse) -> str:
    """The notices on the page that the answer leads to."""
    assert response.status_code == 302, text(response)
    page = client.get(response["Location"])
    return " ".join(str(message) for message in page.context["messages"])
