"""Documents say what the code does, as far as a test can tell."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import environment

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / folder / name for folder in ("", "navstate") for name in ("README.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def variables() -> set[str]:
    """The names of all environment variables that the settings read."""
    return set(re.findall(r"env\.\w+\(\s*[\"'](\w+)[\"']", (ROOT / "config" / "settings.py").read_text()))


def test_every_variable_is_documented() -> None:
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text()))
    assert len(variables()) > 20
    assert variables() - documented == set()


def test_tests_start_from_known_values_of_every_variable() -> None:
    set_by_prepare = {"VAR_DIR", "MEDIA_ROOT", "DATABASE_URL", "REDIS_URL"}
    known = {*environment._FIXED, *environment._UNSET, *set_by_prepare, "ENV_FILE"}
    assert variables() - known == set()


def test_every_rule_says_how_far_it_is_held() -> None:
    text = (ROOT / "docs" / "navigation.md").read_text()
    for number in range(1, 20):
        assert re.search(
            rf"^\*\*R{number} [^*]+\*\*,? \((held|partly|not yet|\*\*partly\*\*|\*\*not yet\*\*)", text, re.M
        ), number


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_lines_are_short(page: Path) -> None:
    """But for rows of tables, which cannot be broken."""
    lines = enumerate(page.read_text().splitlines(), 1)
    assert [f"{number}: {line}" for number, line in lines if len(line) > 120 and not line.startswith("|")] == []


@pytest.mark.parametrize("picture", sorted((ROOT / "docs/images").glob("*.svg")), ids=lambda path: path.name)
def test_a_drawing_can_be_read_aloud_and_in_the_dark(picture: Path) -> None:
    """Its text is text, with a title and a description; small, and with colours of its own for a dark page."""
    drawing = ElementTree.parse(picture).getroot()
    named = [drawing.find(f"{{*}}{name}") for name in ("title", "desc")]
    assert all(part is not None and (part.text or "").strip() for part in named)
    assert drawing.get("aria-labelledby", "").split() == [part.get("id") for part in named if part is not None]
    assert drawing.get("role") == "img"
    assert "prefers-color-scheme: dark" in picture.read_text()
    assert picture.stat().st_size < 10_000
