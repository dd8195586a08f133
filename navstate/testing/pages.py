"""A page as a tab shows it: its text, its ``data-nav-*`` attributes, its forms and elements with hooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html.parser import HTMLParser

from navstate.testing.forms import HOOK, Attributes, Form, FormReader, form_among

_EMPTY = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
"""Elements without an end tag."""


@dataclass
class Shown:
    """An element with a ``data-testid``: its attributes and all text inside it."""

    hook: str
    attributes: Mapping[str, str]
    text: str = ""


@dataclass(frozen=True)
class Page:
    """One page.

    ``url``: path and query of the document. ``headers``: names in lower case. ``came``: ``network``, ``memory``
    (without a request) or ``swap`` (htmx replaced part of it).
    """

    url: str
    status: int
    text: str
    headers: Mapping[str, str]
    came: str = "network"

    @property
    def is_stored(self) -> bool:
        """Tell whether a browser may store the page in its HTTP cache."""
        return "no-store" not in self.headers.get("cache-control", "")

    @property
    def is_document(self) -> bool:
        return self.text.lstrip()[:9].lower() == "<!doctype"

    @cached_property
    def _read(self) -> PageReader:
        reader = PageReader()
        reader.feed(self.text)
        return reader

    @property
    def root(self) -> Mapping[str, str]:
        """Return the attributes of ``<html>``."""
        return self._read.root

    @property
    def flow(self) -> str:
        return self.root.get("data-nav-flow", "")

    @property
    def stage(self) -> str:
        return self.root.get("data-nav-stage", "")

    @property
    def forms(self) -> list[Form]:
        return self._read.forms

    def form(self, hook: str) -> Form:
        """Return the form around the element with this ``data-testid``; ``AssertionError`` if there is none."""
        return form_among(self.forms, hook, self.text)

    def all(self, hook: str) -> list[Shown]:
        return [shown for shown in self._read.shown if shown.hook == hook]

    def has(self, hook: str) -> bool:
        return bool(self.all(hook))

    def text_of(self, hook: str) -> str:
        """Return the text of the first element with this hook, white space collapsed; empty if there is none."""
        return next((" ".join(shown.text.split()) for shown in self.all(hook)), "")

    def swapped(self, target: str, part: str, *, outer: bool = False) -> Page:
        """Return the page with ``part`` in place of the content of element ``target`` (``outer``: of the element)."""
        start, inside, end, after = _extent(self.text, target)
        first, last = (start, after) if outer else (inside, end)
        return replace(self, text=self.text[:first] + part + self.text[last:], came="swap")


class PageReader(FormReader):
    """Reads forms, the attributes of ``<html>`` and the elements with hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.root: dict[str, str] = {}
        self.shown: list[Shown] = []
        self._open: list[tuple[str, Shown | None]] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        super().handle_starttag(tag, attrs)
        on = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.root = on
        shown = Shown(on[HOOK], on) if on.get(HOOK) else None
        if shown:
            self.shown.append(shown)
        if tag not in _EMPTY:
            self._open.append((tag, shown))

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        for _, shown in self._open:
            if shown:
                shown.text += data

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        if any(tag == other for other, _ in self._open):
            while self._open.pop()[0] != tag:
                pass


class _Finder(HTMLParser):
    """Finds the element with an id. ``start``, ``end``: (line, column) of its start tag and end tag."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self.target = target
        self.tag = ""
        self.start_tag = ""
        self.start = self.end = (0, 0)
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if not self.start_tag and ("id", self.target) in attrs:
            self.tag, self.start, self.start_tag, self._depth = tag, self.getpos(), self.get_starttag_text() or "", 1
        elif tag == self.tag and self._depth:
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag != self.tag or not self._depth:
            return
        self._depth -= 1
        if not self._depth:
            self.end = self.getpos()


def _extent(text: str, target: str) -> tuple[int, int, int, int]:
    """Return the offsets of the start tag, the content, the end tag and what follows. ``LookupError`` if not found."""
    finder = _Finder(target)
    finder.feed(text)
    if not finder.start_tag or finder.end == (0, 0):
        raise LookupError(f"no element with id {target!r} in: {text[:1000]}")
    lines = [0]
    for line in text.split("\n"):
        lines.append(lines[-1] + len(line) + 1)
    start, end = (lines[row - 1] + column for row, column in (finder.start, finder.end))
    return start, start + len(finder.start_tag), end, text.index(">", end) + 1
