"""Templates read well: short lines, and each block or include on a line of its own. ``make lint`` runs djade on them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.checks import ROOT, templates

TEMPLATES = [ROOT / path for path in templates()]
PICTURES = sorted((ROOT / "templates").rglob("*.svg"))
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]

INCLUDES = ("include", "remembered")
"""``remembered`` is an include whose result is kept: shop/catalog/templatetags/remembered.py."""
STARTS_OR_ENDS = re.compile(rf"{{% (?:{'|'.join(INCLUDES)}|block|endblock)\b")
STANDS_ALONE = re.compile(
    rf"""
      {{% \ (?:{"|".join(INCLUDES)})\ (?:(?!%}}).)+ %}}                       # an include
    | {{% \ block\ \w+\ %}} (?: (?:(?!{{%\ (?:end)?block\b).)* {{%\ endblock\ %}} )?  # a block, or where one starts
    | {{% \ endblock\ \w+\ %}}                                                # where it ends
    | <title> {{% \ block\ title\ %}} .* {{% \ endblock\ %}} .* </title>         # one line in a browser, too
    """,
    re.VERBOSE,
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_something_to_look_at() -> None:
    assert len(PAGES) > 80
    assert len(PICTURES) > 3


@pytest.mark.parametrize("template", [*TEMPLATES, *PICTURES], ids=name_of)
def test_lines_are_short(template: Path) -> None:
    lines = enumerate(template.read_text(encoding="utf-8").splitlines(), 1)
    assert [f"{number}: {line}" for number, line in lines if len(line) > 120] == []


@pytest.mark.parametrize("template", PAGES, ids=name_of)
def test_a_block_or_include_has_a_line_of_its_own(template: Path) -> None:
    """Not in text mails, where a new line is one that is read."""
    lines = enumerate(template.read_text(encoding="utf-8").splitlines(), 1)
    crowded = [
        f"{number}: {line}"
        for number, line in lines
        if STARTS_OR_ENDS.search(line) and not STANDS_ALONE.fullmatch(line.strip())
    ]
    assert crowded == []


@pytest.mark.parametrize(
    "line",
    [
        '{% if lines %}{% include "a.html" %}{% endif %}',
        '{% include "a.html" %}{% include "b.html" %}',
        "<p>{% block main %}{% endblock %}</p>",
        "{% block main %}<p>",
        "</p>{% endblock main %}",
        "{% block one %}{% endblock %}{% block two %}{% endblock %}",
    ],
)
def test_the_search_finds_what_it_should(line: str) -> None:
    assert STARTS_OR_ENDS.search(line)
    assert not STANDS_ALONE.fullmatch(line)
