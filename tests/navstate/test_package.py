"""The distribution django-navstate, as far as it can be told without building it; ``make matrix`` builds and installs it."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from pathlib import Path

import pytest

import navstate

FOLDER = Path(navstate.__file__).parent

ABOUT = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, BUILD = ABOUT["project"], ABOUT["tool"]["hatch"]["build"]
# Of the distribution and not of the package.
OUTSIDE = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"}


def is_included(name: str, pattern: str) -> bool:
    """As hatchling reads it: ``/folder/`` and ``/file`` from the root, ``*.py`` anywhere."""
    if pattern.endswith("/"):
        return f"/{name}".startswith(pattern)
    return f"/{name}" == pattern or (pattern[0] == "*" and name.endswith(pattern[1:]))


def files() -> list[str]:
    found = [path for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [path.relative_to(FOLDER).as_posix() for path in found]


def test_django_is_the_only_requirement():
    assert PROJECT["dependencies"] == ["Django>=5.2"]
    assert set(PROJECT["optional-dependencies"]) == {"redis", "testing", "progress"}


def test_the_version_is_that_of_the_package_and_has_a_dated_entry():
    assert (PROJECT["dynamic"], ABOUT["tool"]["hatch"]["version"]["path"]) == (["version"], "__init__.py")
    assert re.fullmatch(r"\d+\.\d+\.\d+", navstate.__version__)
    changes = (FOLDER / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\d\S*) \(\d{4}-\d\d-\d\d\)$", changes, re.M)
    assert newest is not None
    assert newest[1] == navstate.__version__


def test_every_file_is_in_the_wheel():
    missing = [name for name in files() if not any(is_included(name, pattern) for pattern in BUILD["include"])]
    assert set(missing) <= OUTSIDE, missing
    assert {
        "py.typed",
        "__init__.py",
        "migrations/0001_initial.py",
        "static/navstate/navstate.js",
        "templates/navstate/base.html",
        "locale/zh_Hans/LC_MESSAGES/django.mo",
    } <= set(files()) - set(missing)
    assert BUILD["targets"]["wheel"]["sources"] == {"": "navstate"}


def test_the_licence_is_there_and_named():
    assert PROJECT["license"] == "MIT"
    assert all((FOLDER / name).read_text().startswith("MIT License") for name in PROJECT["license-files"])


def test_the_supported_versions_are_those_of_the_document():
    document = (FOLDER.parent / "docs/navstate/releases.md").read_text(encoding="utf-8")
    named = set(re.findall(r"Framework :: Django :: (\d\S*)", "\n".join(PROJECT["classifiers"])))
    assert named == set(re.findall(r"^\| (\d\.\d) \| 3", document, re.M))
    assert "Programming Language :: Python :: 3.11" in PROJECT["classifiers"]
    assert PROJECT["requires-python"] == ">=3.11"


def test_it_configures_no_tool_of_the_repository():
    assert set(ABOUT["tool"]) == {"hatch"}


@pytest.mark.parametrize(
    ("file", "absent", "extra"),
    [("storage/clients.py", "django_redis", "redis"), ("testing/walks.py", "hypothesis", "testing")],
)
def test_a_missing_extra_says_how_to_install_it(monkeypatch, file, absent, extra):
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(ImportError, match=re.escape(f"pip install 'django-navstate[{extra}]'")):
        runpy.run_path(str(FOLDER / file))
