"""A browser as the tests of the toy see it: it opens pages, reads the fields of forms, and sends them in three ways."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

DOCUMENT: dict[str, str] = {}
HTMX = {"HX-Request": "true", "X-Nav-Seq": "1"}
JSON = {"Accept": "application/json"}
CHANNELS = {"document": DOCUMENT, "htmx": HTMX, "json": JSON}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"[^>]*>')
LOAN = {"amount": "2000", "purpose": "a boat"}


def hidden_fields(page: HttpResponse) -> dict[str, str]:
    """What the forms of a page carry about themselves."""
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page.content.decode())}


class Visitor:
    """``checks_csrf``: as a browser is treated; tests of the rules themselves go without."""

    def __init__(self, *, checks_csrf: bool = False) -> None:
        self.client = Client(enforce_csrf_checks=checks_csrf)

    def get(self, url: str, **headers: str) -> HttpResponse:
        return self.client.get(url, headers=headers)

    def form(self, url: str) -> dict[str, str]:
        """The hidden fields of the form at ``url``."""
        page = self.client.get(url)
        assert page.status_code == 200, (url, page.status_code, page.headers.get("Location"))
        return hidden_fields(page)

    def send(self, url: str, data: dict[str, Any], channel: str = "document", **headers: str) -> HttpResponse:
        headers = {**CHANNELS[channel], **headers}
        if channel == "json":
            return self.client.post(url, json.dumps(data), content_type="application/json", headers=headers)
        return self.client.post(url, data, headers=headers)

    # --- the way through the loan ---

    def start(self) -> None:
        assert self.send("/loan/start/", {}).headers["Location"] == "/loan/form/?from=start&step=1"

    def ask(self, **entered: str) -> dict[str, str]:
        """Start and send the loan's form; what was sent."""
        self.start()
        sent = {**self.form("/loan/form/"), **LOAN, **entered}
        assert self.send("/loan/form/", sent).status_code == 303
        return sent

    def prove(self) -> None:
        from_form = self.form("/loan/upload/")
        assert self.send("/loan/upload/", {**from_form, "document": proof()}).headers["Location"] == "/loan/confirm/"

    def finish(self) -> dict[str, str]:
        """All of it; what the last form sent."""
        self.ask(amount="500")
        sent = self.form("/loan/confirm/")
        assert self.send("/loan/confirm/", sent).headers["Location"].startswith("/loan/done/")
        return sent

    def lose_session(self) -> None:
        self.client.cookies.pop("sessionid", None)


def proof(text: str = "payslip", name: str = "proof.txt") -> Any:
    return SimpleUploadedFile(name, text.encode())
