"""Remove from a page what its author marked with ``data-nav-ignore``: clocks, advertisements, visit counters."""

from __future__ import annotations

from html.parser import HTMLParser

IGNORED = b"data-nav-ignore"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
"""Elements without content."""

WITHOUT_END = {"dd", "dt", "li", "option", "p", "td", "th", "tr"}
"""Elements whose end tag may be omitted before the next one of their kind."""


def without_ignored(page: bytes) -> bytes:
    """Return the page without the elements that have ``data-nav-ignore``; the same page if there are none."""
    if IGNORED not in page:
        return page
    finder = _Finder()
    finder.feed(page.decode("utf-8", "replace"))
    finder.close()
    return "".join(finder.kept).encode()


class _Finder(HTMLParser):
    """Collects the source text outside ignored elements.

    ``around``: open elements outside an ignored one. ``within``: the ignored element and the open ones inside it.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []
        self.around: list[str] = []
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.within == [tag] and tag in WITHOUT_END:
            self.within = []
        is_ignored = any(name == "data-nav-ignore" for name, _ in attrs)
        if not self.within and not is_ignored:
            self._keep(self.get_starttag_text() or "")
        if tag not in VOID:
            (self.within if self.within or is_ignored else self.around).append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if all(name != "data-nav-ignore" for name, _ in attrs):
            self._keep(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.within:
            while self.within.pop() != tag:  # an element without an end tag ends with its parent
                pass
            return
        if tag in self.around:
            self.within = []
            while self.around.pop() != tag:
                pass
        self._keep(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._keep(data)

    def handle_entityref(self, name: str) -> None:
        self._keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._keep(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self._keep(f"<!{decl}>")

    def _keep(self, text: str) -> None:
        if not self.within:
            self.kept.append(text)
