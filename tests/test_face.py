"""What the face of the shop promises and a machine can hold: contrast, sizes, no inline code, classes that exist."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
TEMPLATES = [
    path
    for room in ("templates", "navstate", "shop", "checkout")
    for path in sorted((ROOT / room).rglob("*.html"))
    if not {"emails", "email", "admin"} & set(path.parts)  # neither mail nor the admin has our style sheets
]
TEXT, EDGE = 4.5, 3.0

TOKEN = re.compile(r"--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));")
PAIRS = [
    ("ink", "paper", TEXT),
    ("ink", "raised", TEXT),
    ("ink", "sunken", TEXT),
    ("ink", "sky", TEXT),
    ("ink", "forest-wash", TEXT),
    ("ink", "sun-wash", TEXT),
    ("ink", "blaze-wash", TEXT),
    ("muted", "paper", TEXT),
    ("muted", "raised", TEXT),
    ("muted", "sunken", TEXT),
    ("forest", "paper", TEXT),
    ("forest", "raised", TEXT),
    ("forest-deep", "forest-wash", TEXT),
    ("on-forest", "forest", TEXT),
    ("on-forest", "forest-deep", TEXT),
    ("on-blaze", "blaze", TEXT),
    ("on-blaze", "blaze-deep", TEXT),
    ("blaze-text", "paper", TEXT),
    ("blaze-text", "raised", TEXT),
    ("blaze-text", "blaze-wash", TEXT),
    ("on-picture", "picture", TEXT),
    ("edge", "paper", EDGE),
    ("edge", "raised", EDGE),
    ("forest", "forest-wash", EDGE),
    ("blaze", "paper", EDGE),
]


def tokens() -> dict[str, tuple[str, str]]:
    """Colour by name: (light, dark)."""
    found = TOKEN.findall((STATIC / "css/tokens.css").read_text(encoding="utf-8"))
    return {name: (light or both, dark or both) for name, light, dark, both in found}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it, 0 to 1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("look", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_contrast(text: str, ground: str, least: float, look: int) -> None:
    colours = tokens()
    assert contrast(colours[text][look], colours[ground][look]) >= least


def test_contrast_is_counted_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_display_face_is_small() -> None:
    assert (STATIC / "fonts/national-park-latin.woff2").stat().st_size <= 25 * 1024
    assert "SIL Open Font License" in (STATIC / "fonts/OFL.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", sorted((STATIC / "js").glob("*.js")), ids=lambda path: path.name)
def test_scripts_are_small(script: Path) -> None:
    """As they are sent: comments that say why cost a shopper next to nothing."""
    assert len(gzip.compress(script.read_bytes(), mtime=0)) <= 2048


@pytest.mark.parametrize("folder", ["static/vendor", "tests/vendor"])
def test_vendored_code_is_what_its_readme_says(folder: str) -> None:
    readme = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    files = [path for path in (ROOT / folder).iterdir() if path.suffix == ".js"]
    assert files
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in readme


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_inline_code(template: Path) -> None:
    """A strict content policy would drop it without a word."""
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|\shx-on|javascript:|\bjs:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_classes_exist(template: Path) -> None:
    """A class that no style sheet knows is a slip or a leftover."""
    sheets = [*STATIC.rglob("*.css"), *(ROOT / "checkout/payments/demo/static").rglob("*.css")]
    known = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)))
    plain = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", template.read_text(encoding="utf-8"))
    used = {name for names in re.findall(r'\sclass="([^"]*)"', plain) for name in names.split()}
    assert used <= known


def test_every_style_sheet_is_linked() -> None:
    head = (ROOT / "templates/_partials/styles.html").read_text(encoding="utf-8")
    for sheet in (STATIC / "css").rglob("*.css"):
        assert f"'{sheet.relative_to(STATIC).as_posix()}'" in head
