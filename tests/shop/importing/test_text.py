"""HTML of other shops becomes plain text."""

from __future__ import annotations

import re
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.catalog.importing.text import one_line, plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("One line.", "One line."),
        ("One.\r\n\r\nTwo\nstill two.", "One.\n\nTwo\nstill two."),
        ("<p>One\n  two</p><p>Three</p>", "One two\n\nThree"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>dry</li><li> </li><li>warm</li></ul>", "• dry\n\n• warm"),
        ("<b>Bold</b> &amp; <i>kind</i>", "Bold & kind"),
        ("&lt;p&gt;Twice&lt;/p&gt;", "Twice"),
        ("Fish &amp; chips.\n\nTwice &amp;amp; more &amp; R&D", "Fish & chips.\n\nTwice & more & R&D"),
        ("<\x01b>x", "b>x"),
        ("<script>alert('<p>')</script>Left", "Left"),
        ("<style>p{}</style>Left<svg><text>not</text></svg>", "Left"),
        ("<svg/>Left", "Left"),
        ("Left</script>", "Left"),
        ("at -5 < 0 degrees", "at -5 < 0 degrees"),
        ("a <b", "a b"),
        ("a <b c, d", "a b c, d"),
        ("<p>sizes <large and <small</p>", "sizes large and small"),
        ("<p class='x>Kept</p> and kept", "Kept\n\nand kept"),
        ('<a title="5 > 4" href=x>link</a> text', "link text"),
        ("<!-- gone --><!doctype html><?xml version='1'?>Left", "Left"),
        ("Left <!-- never closed", "Left !-- never closed"),
        ("a < b > c", "a < b > c"),
        ("<P>One<BR/>two</P><DIV>Three", "One\ntwo\n\nThree"),
        ("<table><tr><td>a<td>b</table>", "a\n\nb"),
        ("<textarea>in a <b>field</b></textarea>", "in a field"),
        ("Left <svg> and right", "Left and right"),
        ("I <3 hats, 1<2", "I <3 hats, 1<2"),
        ("zero\x00width\u2028line", "zerowidthline"),
    ],
)
def test_plain_text(html, text) -> None:
    assert plain_text(html) == text


def test_text_with_a_great_many_signs_is_read_in_a_moment() -> None:
    for piece in ("<b>", "<", "<a '", '<a "<a" ', "<!--", "<div>", "<svg>", "<p", "</p>", "&lt;"):
        started = perf_counter()
        plain_text(piece * (40_000 // len(piece)))
        assert perf_counter() - started < 5, piece


MARKUP = st.text(st.sampled_from("<>/!?&;#abpscript ltgam=\"'\n-\x00"), max_size=200)


@given(MARKUP | st.text(max_size=200))
def test_whatever_comes_no_markup_is_left(html) -> None:
    text = plain_text(html)
    assert not re.search(r"<[A-Za-z/!?]", text)
    assert "\x00" not in text
    assert "\n\n\n" not in text
    assert text == text.strip()


@given(st.text(max_size=100))
def test_one_line_is_one_line(text) -> None:
    assert len(one_line(text).splitlines()) <= 1
