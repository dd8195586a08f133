"""Makes plain text of what other shops keep as HTML. Nothing is rendered or run, and no markup is left."""

from __future__ import annotations

import re
from html import unescape

import nh3

_BLOCK_TAGS = """
    address article aside blockquote center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header
    hr li main nav ol p pre section table tbody td tfoot th thead tr ul
"""
_SILENT_TAGS = "script style template noscript iframe object svg math head title select"
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_SILENT = frozenset(_SILENT_TAGS.split())
_TAG = re.compile(r"<[A-Za-z/!?]")
# A tag whose end is there, or the sign alone. The quoted form comes first, because a value may hold ">".
_WHOLE_TAG = re.compile(
    r"""<[!?][^<>]*>|<(/?)([A-Za-z][^\s<>/"'=]*)(?:(?:[^<>"']|"[^"]{0,4000}"|'[^']{0,4000}')*>|[^<>]*>)|<"""
)
_SIGNS = re.compile(r"<+(.?)", re.DOTALL)
_BLOCK, _BREAK = "\x1e", "\x1f"
_ENTITY = re.compile(r"&#?[A-Za-z0-9]+;")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"\s*\n\s*\n\s*")


def plain_text(html: str) -> str:
    """Return paragraphs with a blank line between them.

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
    return _tidy(_SIGNS.sub(_sign_before, _UNPRINTABLE.sub("", text)))


def _without_tags(text: str) -> str:
    """Return the words, with ``\\n\\n`` between blocks and ``\\n`` where a line was broken.

    nh3 gets only what has to be read as HTML: the elements whose content is no text, and the entities. It would drop
    all that follows a sign that begins no whole tag (``a <b``), and takes minutes for blocks nested thousands deep.
    """
    text = _without_comments(text.replace(_BLOCK, "").replace(_BREAK, ""))
    lowered = text.lower()
    closed = {name: lowered.rfind(f"</{name}") for name in _SILENT}
    marked = _WHOLE_TAG.sub(lambda found: _marked(found, closed), text)
    html = nh3.clean(marked, tags=set(), clean_content_tags=set(_SILENT), attributes={}, link_rel=None)
    words = re.sub(r"[^\S\x1e\x1f]+", " ", unescape(html))
    return words.replace(_BLOCK, "\n\n").replace(_BREAK, "\n")


def _without_comments(text: str) -> str:
    """Drop comments; one that never ends is none."""
    pieces, start = [], 0
    while (opened := text.find("<!--", start)) >= 0 and (end := text.find("-->", opened + 4)) >= 0:
        pieces.append(text[start:opened])
        start = end + 3
    return "".join([*pieces, text[start:]])


def _marked(found: re.Match[str], closed: dict[str, int]) -> str:
    """Return what stands for a tag: a mark for a block, the bare tag of a silent element, nothing for all others.

    ``closed``: where each silent element is closed last; one that is never closed would swallow the rest.
    """
    if found[0] == "<":
        return "&lt;"
    end, name = found[1], (found[2] or "").lower()
    if name in _SILENT:
        is_whole = bool(end) or (closed[name] > found.start() and not found[0].endswith("/>"))
        return f"<{end}{name}>" if is_whole else ""
    if name == "br":
        return _BREAK
    if name in _BLOCKS:
        return f"{_BLOCK}• " if name == "li" and not end else _BLOCK
    return ""


def _sign_before(found: re.Match[str]) -> str:
    """Take signs off where a tag could still be read."""
    following = found[1]
    could_be_a_tag = following.isascii() and (following.isalpha() or following in ("/", "!", "?"))
    return following if could_be_a_tag else found[0]


def _tidy(text: str) -> str:
    text = _SPACES.sub(" ", text)
    paragraphs = (re.sub(r" ?\n ?", "\n", paragraph).strip() for paragraph in _BREAKS.split(text))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip("• "))


def one_line(text: str) -> str:
    """Drop line breaks and characters that cannot be shown or stored."""
    return " ".join(_UNPRINTABLE.sub("", text).split())


def without_controls(text: str) -> str:
    """Drop what cannot be shown or stored, wherever it stands; line breaks and tabs stay."""
    return _UNPRINTABLE.sub("", text)
