"""docs/navstate/reference.md names every setting, every public name, every check and every template tag."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from navstate.conf import DEFAULTS
from navstate.templatetags import nav

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (ROOT / "docs/navstate/reference.md").read_text(encoding="utf-8")
IN_CODE = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", REFERENCE))))
MODULES = (
    *(
        "flow",
        "decorators",
        "http",
        "registry",
        "answers",
        "middleware",
        "dualmode",
        "error_pages",
        "outages",
        "throttle",
    ),
    *("languages", "urlcache", "declarations", "own_pages", "tracing", "checks"),
)


def public_names(module):
    own = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
    return [name for name in getattr(module, "__all__", own) if not name.startswith("_") and name != "View"]


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_there(name):
    module = importlib.import_module(f"navstate.{name}")
    assert f"navstate.{name}`" in REFERENCE
    assert [each for each in public_names(module) if each not in IN_CODE] == []


def test_every_setting_is_there_with_its_default():
    rows = dict(re.findall(r"^\| `(NAVSTATE\w*)` \| `([^`]*)` \|", REFERENCE, re.M))
    assert {name: repr(value).replace("'", '"') for name, value in DEFAULTS.items()} == rows


def test_every_check_and_every_tag_is_there():
    source = (ROOT / "navstate/checks.py").read_text(encoding="utf-8")
    assert set(re.findall(r'id="(navstate\.\w+)"', source)) == set(re.findall(r"`(navstate\.[EW]\d+)`", REFERENCE))
    assert [name for name in nav.register.tags if name not in IN_CODE] == []


def test_nothing_is_listed_that_is_not_there():
    """Names of the modules that are listed in a table of their own."""
    for module, table in re.findall(r"^## `(navstate\.\w+)`\n(.*?)(?=^## )", REFERENCE, re.M | re.S):
        rows = re.findall(r"^\| (.+?) \| .+ \|$", table, re.M)
        names = re.findall(r"`(\w+)", " ".join(row for row in rows if row.startswith("`")))
        assert [name for name in names if not hasattr(importlib.import_module(module), name)] == [], module
