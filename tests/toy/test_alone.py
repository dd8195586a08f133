"""navstate in a project that is no shop, in a process of its own that has Django and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"[A-Za-z0-9._-]+")


def needed_by(distribution: str) -> set[str]:
    """A distribution and what it requires on this machine, extras left out, all the way down."""
    found = {distribution}
    for requirement in metadata.requires(distribution) or []:
        _, _, marker = requirement.partition(";")
        if "extra" not in marker and "win32" not in marker:
            found |= needed_by(NAME.match(requirement)[0])
    return found


def link_packages(distribution: str, folder: Path) -> None:
    """Links in ``folder`` to what the distribution put into site-packages."""
    files = metadata.files(distribution) or []
    for name in {file.parts[0] for file in files} - {".."}:
        (folder / name).symlink_to(metadata.distribution(distribution).locate_file(name))


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> list[str]:
    """Python without site-packages: it sees the standard library, the project and what Django itself requires."""
    folder = tmp_path_factory.mktemp("django-alone")
    for distribution in needed_by("Django"):
        link_packages(distribution, folder)
    code = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(folder)!r}]"
    return [sys.executable, "-I", "-S", "-W", "error", "-c", code]


def running(command: list[str], code: str) -> list[str]:
    """The same command with one more statement."""
    return [*command[:-1], f"{command[-1]}; {code}"]


@pytest.fixture(scope="module")
def output(alone) -> str:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.toy.settings"}
    command = running(alone, "import runpy; runpy.run_module('tests.toy.alone', run_name='__main__')")
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", ["redis", "django_redis", "django_stubs_ext", "djmoney", "pytest"])
def test_nothing_else_can_be_imported_there(alone, module):
    """The control: without it this file would prove nothing."""
    done = subprocess.run(running(alone, f"import {module}"), capture_output=True, text=True, timeout=60, check=False)
    assert f"No module named '{module}'" in done.stderr


def test_the_system_checks_find_nothing(output):
    assert "System check identified no issues" in output


def test_the_loan_is_asked_for_proven_and_closed(output):
    assert "303 /loan/done/a0/" in output


def test_its_flow_is_drawn(output):
    assert '    stage_start{{"Start<br>gate: has application"}}' in output
    assert '    stage_form -. "unless needs proof" .-> stage_confirm' in output


def test_the_admin_is_there_and_shows_traces(output):
    assert "log-in of the admin: 200" in output
    assert "traces: 200" in output


def test_nothing_of_the_shop_was_loaded(output):
    assert "strangers: []" in output
