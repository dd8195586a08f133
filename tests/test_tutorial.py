"""The tutorial is followed as it stands: its blocks become a project, its commands are run, and so are its tests.

The examples of docs/navstate/testing.md are tests of the same project.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL, TESTING = ROOT / "docs/navstate/tutorial.md", ROOT / "docs/navstate/testing.md"
FILE = re.compile(r"`([\w/]+\.(?:py|html))`")
REPLACED = re.compile(r"`(\w+)` becomes:$")
NOT_RUN = ("python3 -m venv ", "pip install ", "python manage.py runserver")
PROGRAMS = {"python": [sys.executable, "-W", "error"], "django-admin": [sys.executable, "-W", "error", "-m", "django"]}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page. ``said``: the paragraph before it, of which the last file is the one of the block."""

    language: str
    said: str
    text: str

    @property
    def file(self) -> str:
        """``LookupError`` where the paragraph names none."""
        named = FILE.findall(self.said)
        if not named:
            raise LookupError(f"no file is named before:\n{self.text}")
        return named[-1]


def blocks_of(page: Path) -> Iterator[Block]:
    """Every fenced block, in the order of the page."""
    said: list[str] = []
    is_over = False
    lines = iter(page.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith("```"):
            inside = takewhile(lambda each: each != "```", lines)
            yield Block(line.removeprefix("```"), " ".join(said), "".join(f"{each}\n" for each in inside))
            said = []
        elif line:
            said = [line] if is_over else [*said, line]
        is_over = not line


def replace_definition(source: str, name: str, text: str) -> str:
    """Put ``text`` in the place of a function or class of a module."""
    found = next(node for node in ast.parse(source).body if getattr(node, "name", "") == name)
    lines = source.splitlines(keepends=True)
    return "".join([*lines[: found.lineno - 1], text, *lines[found.end_lineno :]])


@dataclass(frozen=True)
class Project:
    """A project that is made by following a page. ``packages``: a folder that holds navstate and nothing else."""

    folder: Path
    packages: Path

    def follow(self, page: Path) -> str:
        """Do what the page says, and return what its commands said."""
        said = ""
        for block in blocks_of(page):
            if block.language == "sh":
                said += "".join(self.run(line) for line in block.text.splitlines() if not line.startswith(NOT_RUN))
            else:
                self.write(block)
        return said

    def write(self, block: Block) -> None:
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        text = block.text
        if replaced := REPLACED.search(block.said):
            text = replace_definition(path.read_text(), replaced[1], text)
        elif "At the end of" in block.said:
            text = f"{path.read_text()}\n{text}"
        path.write_text(text)

    def run(self, line: str) -> str:
        """Run a command as the page writes it. ``AssertionError`` with what it said where it fails."""
        program, *words = shlex.split(line)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTHON"))}
        done = subprocess.run(
            [*PROGRAMS[program], *words],
            cwd=self.folder,
            env=inherited | {"PYTHONPATH": str(self.packages), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}"
        return done.stdout

    def copied_to(self, folder: Path) -> Project:
        shutil.copytree(self.folder, folder)
        return Project(folder, self.packages)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("packages")
    (folder / "navstate").symlink_to(ROOT / "navstate")
    return folder


@pytest.fixture(scope="module")
def followed(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """The project at the end of the tutorial, and what its commands said."""
    project = Project(tmp_path_factory.mktemp("lending"), packages)
    return project, project.follow(TUTORIAL)


def count_tests(page: Path) -> int:
    return sum(block.text.count("    def test_") for block in blocks_of(page))


def test_every_block_names_its_file() -> None:
    blocks = [block for page in (TUTORIAL, TESTING) for block in blocks_of(page)]
    assert {block.language for block in blocks} == {"sh", "python", "html"}
    assert all(block.file for block in blocks if block.language != "sh")


def test_the_tutorial_ends_with_a_flow_that_passes_its_tests(followed: tuple[Project, str]) -> None:
    _, said = followed
    assert "System check identified no issues" in said
    assert "stage_confirm ==> stage_done" in said
    assert f"Ran {count_tests(TUTORIAL)} tests" in said


@pytest.mark.parametrize(
    ("file", "text", "instead"),
    [
        ("loans/navflows.py", ', "total"), ends=True', ")"),
        ("loans/views.py", "        request.nav.passage.close(outcome=str(loan.number))\n", ""),
    ],
    ids=["flow", "view"],
)
def test_a_broken_block_fails(
    followed: tuple[Project, str], tmp_path: Path, file: str, text: str, instead: str
) -> None:
    """The control: what the tutorial says is needed by its tests."""
    project = followed[0].copied_to(tmp_path / "broken")
    source = (project.folder / file).read_text()
    assert text in source
    (project.folder / file).write_text(source.replace(text, instead))
    with pytest.raises(AssertionError, match="FAILED"):
        project.run("python manage.py test --failfast")


def test_the_examples_of_the_page_on_testing_pass(followed: tuple[Project, str], tmp_path: Path) -> None:
    project = followed[0].copied_to(tmp_path / "tested")
    assert f"Ran {count_tests(TUTORIAL) + count_tests(TESTING)} tests" in project.follow(TESTING)
