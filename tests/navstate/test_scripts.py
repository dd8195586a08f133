"""What a page loads to look whether it is still true: small, no dependency, nothing that keeps pages out of bfcache (R9)."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "navstate/static/navstate"
MODULES = ("navstate.js", "entries.js", "refresh.js")
"""The one that pages name, and those it imports; ``alive.js`` is loaded by its own pages."""


def source(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def test_four_kilobytes_are_enough() -> None:
    assert sum(len(gzip.compress((STATIC / name).read_bytes(), 9, mtime=0)) for name in MODULES) <= 4096


def test_each_of_the_others_is_small() -> None:
    for path in STATIC.glob("*.js"):
        assert len(gzip.compress(path.read_bytes(), 9, mtime=0)) <= 2048, path.name


def test_they_import_each_other_and_nothing_else() -> None:
    imported = {name: re.findall(r'^import .* from "\./(.+?)";$', source(name), re.M) for name in MODULES}
    assert imported == {"navstate.js": ["entries.js", "refresh.js"], "entries.js": [], "refresh.js": []}
    assert sum(source(name).count("import ") for name in MODULES) == 2


def test_nothing_in_them_lies_in_the_way_of_the_shopper() -> None:
    """No page kept out of bfcache, no entry pushed, no guess from a length that counts other sites."""
    for path in STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"\bunload\b|beforeunload|history\.length|pushState|history\.(back|forward)\(|eval\(", text
        )


def test_n17_a_script_goes_back_alone_and_in_one_place() -> None:
    """Never forward: a page that throws the shopper forward is a trap."""
    assert "const steps = Math.min(run - index(), -1) || -1;" in source("past.js")
    found = {path.name: re.findall(r"history\.go\(.*?\);", source(path.name)) for path in STATIC.glob("*.js")}
    assert {name: calls for name, calls in found.items() if calls} == {"past.js": ["history.go(steps);"]}
