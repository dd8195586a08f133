"""deploy/packages.py: what is missing is installed where that is allowed, and named where it is not."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PATH = Path(__file__).resolve().parent.parent.parent / "deploy" / "packages.py"


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, on a machine that has everything but Chromium and Redis."""
    spec = importlib.util.spec_from_file_location("packages", PATH)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "is_installed", lambda program: program not in ("chromium", "redis-server"))
    monkeypatch.setattr(module, "has_ensurepip", lambda: True)
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sys, "argv", ["packages.py", "--for", "tests"])
    return module


def test_names_what_is_missing_where_it_may_not_install(packages: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "as_root", lambda: None)
    with pytest.raises(SystemExit) as refused:
        packages.main()
    assert str(refused.value) == (
        "waymark: these packages are missing and need root: chromium redis-server. "
        "On Debian: apt-get install -y --no-install-recommends chromium redis-server"
    )


@pytest.mark.parametrize("prefix", [[], ["sudo", "-n"]])
def test_installs_just_that_where_it_may(
    packages: ModuleType, monkeypatch: pytest.MonkeyPatch, prefix: list[str]
) -> None:
    called: list[list[str]] = []

    def run(words: list[str], **options: object) -> subprocess.CompletedProcess:
        called.append(words)
        assert options["stdin"] == subprocess.DEVNULL
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(packages, "as_root", lambda: prefix)
    monkeypatch.setattr(packages.subprocess, "run", run)
    packages.main()
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "redis-server"]
    assert called == [[*prefix, "apt-get", "update", "-qq"], [*prefix, *install]]


def test_says_why_installing_failed(packages: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 100, "", "Reading …\nE: Unable to locate package chromium\n")
    monkeypatch.setattr(packages, "as_root", list)
    monkeypatch.setattr(packages.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SystemExit, match=r"^waymark: apt-get install .* failed: E: Unable to locate package chromium$"):
        packages.main()


def test_does_nothing_when_nothing_is_missing(packages: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "is_installed", lambda program: True)
    monkeypatch.setattr(packages, "ensure", lambda names: pytest.fail(f"wants {names}"))
    packages.main()


def test_a_python_without_ensurepip_wants_its_package(packages: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[str] = []
    monkeypatch.setattr(packages, "has_ensurepip", lambda: False)
    monkeypatch.setattr(packages, "ensure", wanted.extend)
    packages.main()
    assert wanted == ["chromium", "redis-server", "python3-venv"]
