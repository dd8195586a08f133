"""The forms of a page, with the fields that a browser would send, hidden ones included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

HOOK = "data-testid"
"""The attribute by which tests find elements on a page."""

Attributes = list[tuple[str, str | None]]

_NOT_SENT = frozenset({"button", "file", "image", "reset", "submit"})
_CHOSEN = frozenset({"checkbox", "radio"})


@dataclass
class Form:
    """One form. Of fields with the same name the last one counts.

    ``hooks``: every ``data-testid`` inside; ``method``: ``get`` or ``post``; ``buttons``: name and value by hook, of
    buttons that have both a hook and a name.
    """

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    hooks: set[str] = field(default_factory=set)
    method: str = "get"
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)

    def filled(self, changes: Mapping[str, str] | None = None, *, button: str = "") -> dict[str, str]:
        """Return what is sent when ``changes`` are typed in and the button with this hook is pressed."""
        name, value = self.buttons.get(button, ("", ""))
        pressed = {name: value} if name else {}
        return {**self.fields, **(changes or {}), **pressed}


class FormReader(HTMLParser):
    """Reads the ``forms`` of a page that it is fed, in the order of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        on = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(on.get("action", ""), method=on.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is None:
            return
        if on.get(HOOK):
            self._form.hooks.add(on[HOOK])
        if tag == "input":
            _take_input(self._form, on)
        elif tag == "button" and on.get("name") and on.get(HOOK):
            self._form.buttons[on[HOOK]] = (on["name"], on.get("value", ""))
        elif tag == "textarea":
            self._area = on.get("name", "")
            self._form.fields[self._area] = ""
        elif tag == "select":
            self._select = on.get("name", "")
        elif tag == "option" and self._select:
            self._take_option(self._form, on)

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area:
            self._form.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def _take_option(self, form: Form, on: Mapping[str, str]) -> None:
        """Take the selected option, or the first one if none is selected."""
        if "selected" in on or self._select not in form.fields:
            form.fields[self._select] = on.get("value", "")


def _take_input(form: Form, on: Mapping[str, str]) -> None:
    kind, name = on.get("type", "text"), on.get("name", "")
    if not name or "disabled" in on or kind in _NOT_SENT or (kind in _CHOSEN and "checked" not in on):
        return
    form.fields[name] = on.get("value", "on" if kind in _CHOSEN else "")


def forms_in(text: str) -> list[Form]:
    reader = FormReader()
    reader.feed(text)
    return reader.forms


def form_in(text: str, hook: str) -> Form:
    """Return the form around the element with this ``data-testid``; ``AssertionError`` with the page if none has it."""
    return form_among(forms_in(text), hook, text)


def form_among(forms: Sequence[Form], hook: str, text: str) -> Form:
    """Return :func:`form_in` from forms of ``text`` that were read before."""
    found = next((form for form in forms if hook in form.hooks), None)
    assert found is not None, f"no form with {hook!r} in: {text[:3000]}"  # noqa: S101
    return found
