"""A browser that presses forms, and how the tests wait for a press that is under way."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from tests.toy.visitor import Visitor, hidden_fields
from tests.visits import NAVIGATION

BROWSER = NAVIGATION
"""What it says of a form that it sends as a document."""


class Presser(Visitor):
    """Draws a form, and presses it; as often as it is asked to."""

    def __init__(self) -> None:
        super().__init__(checks_csrf=True)
        self.client.raise_request_exception = False
        self.form_fields = hidden_fields(self.get("/page/"))

    def draw(self) -> None:
        self.form_fields = hidden_fields(self.get("/page/"))

    def press(self, url: str = "/send/", channel: str = "document", **entered: Any) -> HttpResponse:
        says = {"Sec-Fetch-Site": "same-origin"} if channel != "document" else BROWSER
        return self.send(url, {**self.form_fields, **entered}, channel, **says)

    def twin(self) -> Presser:
        """The same browser a moment ago: no answer has arrived since."""
        other = Presser()
        other.form_fields = self.form_fields
        other.client.cookies.clear()
        for name, morsel in self.client.cookies.items():
            other.client.cookies[name] = morsel.value
        return other
