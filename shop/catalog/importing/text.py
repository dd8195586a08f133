"""Makes plain text of what other shops keep as HTML. Nothing is rendered or run, and no markup is left."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_BLOCK_TAGS = """
    address article aside blockquote center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header
    hr li main nav ol p pre section table tbody td tfoot th thead tr ul
"""
_SILENT_TAGS = "script style template noscript iframe object svg math head title select"
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_SILENT = frozenset(_SILENT_TAGS.split())
_TAG = re.compile(r"<[A-Za-z/!?]")
_ENTITY = re.compile(r"&#?[A-Za-z0-9]+;")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"\s*\n\s*\n\s*")


class _Words(HTMLParser):
    """Collects the words; ``\\n\\n`` stands between blocks, ``\\n`` where a line was broken."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent_depth += 1
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in _BLOCKS:
            self.pieces.append("\n\n• " if tag == "li" else "\n\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent_depth = max(0, self._silent_depth - 1)
        elif tag in _BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent_depth:
            self.pieces.append(re.sub(r"\s+", " ", data))


def plain_text(html: str) -> str:
    """Paragraphs with a blank line between them.

    Exports of exports escape their markup more than once, so what still looks like a tag is taken off again; a sign
    that is not followed by a letter, as in ``-5 < 0``, stays.
    """
    text = html.replace("\r\n", "\n").replace("\r", "\n")
    for _ in range(4):
        if _TAG.search(text):
            text = _without_tags(text)
        elif _ENTITY.search(text):
            text = unescape(text)
        else:
            break
    # First what cannot be seen: it may stand between a sign and its letter.
    return _tidy(re.sub(r"<+(?=[A-Za-z/!?])", "", _UNPRINTABLE.sub("", text)))


def _without_tags(text: str) -> str:
    words = _Words()
    words.feed(text)
    words.close()
    return "".join(words.pieces)


def _tidy(text: str) -> str:
    text = _SPACES.sub(" ", text)
    paragraphs = (re.sub(r" ?\n ?", "\n", paragraph).strip() for paragraph in _BREAKS.split(text))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip("• "))


def one_line(text: str) -> str:
    """Without line breaks and characters that cannot be shown or stored."""
    return " ".join(_UNPRINTABLE.sub("", text).split())
