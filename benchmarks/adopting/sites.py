"""The projects of ``examples/`` as running sites: their environment, made when asked for, their data, their processes.

Each site runs twice: the one that is looked at, and one over a copy of its database that is asked what is true now, so that
asking changes nothing, whatever a view writes while it is read (notices shown once, carts merged, steps skipped).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import servers

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
STAFF = Path(__file__).resolve().parent / "staff.py"
WEB = ("runserver", "--noreload", "--insecure")
"""Django's own server: it needs nothing that the example does not have, and serves what is static."""


@dataclass(frozen=True)
class Project:
    """One of the examples. ``fill``: what makes its data; ``lists``: its pages that are drawn once before anybody looks."""

    name: str
    settings: str
    fill: str
    lists: tuple[str, ...]
    flavours: tuple[str, ...]
    after_fill: tuple[tuple[str, ...], ...] = ()

    @property
    def folder(self) -> Path:
        return EXAMPLES / self.name


OSCAR = Project(
    name="oscar",
    settings="oscarshop.settings",
    fill="from oscarshop.products import fill; fill()",
    lists=("/catalogue/",),
    flavours=("stock", "three", "flow"),
    after_fill=(("update_index", "--verbosity", "0"),),
)
PLAIN = Project(
    name="plain",
    settings="library.settings",
    fill="from library.books import fill; fill()",
    lists=("/",),
    flavours=("stock", "three", "cached"),
)
PROJECTS = {project.name: project for project in (OSCAR, PLAIN)}


def python_of(project: Project) -> Path:
    """The Python of the project's own environment, which is made, or made anew, when its requirements are others."""
    folder, wanted = project.folder / ".venv", project.folder / "requirements.txt"
    mark, digest = folder / "made-of", hashlib.sha256(wanted.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text() != digest:
        print(f"{project.name}: making its environment", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "-r", wanted], check=True)
        mark.write_text(digest)
    return folder / "bin" / "python"


@dataclass
class Site:
    """A running project in one flavour. ``origin``: where it is looked at; ``copy``: where it is asked what is true."""

    project: Project
    flavour: str
    folder: Path
    python: Path
    port: int = field(default_factory=servers.free_port)
    copy_port: int = field(default_factory=servers.free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _staff: subprocess.Popen[str] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def copy(self) -> str:
        return f"http://127.0.0.1:{self.copy_port}"

    @property
    def database(self) -> Path:
        return self.folder / "database.sqlite3"

    def environment(self, database: Path) -> dict[str, str]:
        own = {"FLAVOUR": self.flavour, "VAR_DIR": str(self.folder), "DATABASE": str(database)}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
        return inherited | own | {"PYTHONUNBUFFERED": "1"}

    def manage(self, *words: str) -> None:
        done = subprocess.run(
            [self.python, "manage.py", *words],
            cwd=self.project.folder,
            env=self.environment(self.database),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise AssertionError(f"manage.py {' '.join(words)}:\n{done.stdout}{done.stderr}")

    def serve(self, port: int, database: Path, log: str) -> None:
        with (self.folder / log).open("ab") as out:
            process = subprocess.Popen(
                [self.python, "manage.py", *WEB, f"127.0.0.1:{port}"],
                cwd=self.project.folder,
                env=self.environment(database),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)

    # --- what it holds ---

    def remember(self) -> None:
        """What the site holds now is what each walk begins with."""
        copy_database(self.database, self.folder / "filled.sqlite3")

    def begin_again(self) -> None:
        copy_database(self.folder / "filled.sqlite3", self.database)

    def copy_now(self) -> None:
        """What is asked for from now on is answered from what the site holds at this moment."""
        copy_database(self.database, self.folder / "copy.sqlite3")

    def ask_staff(self, do: str, **what: Any) -> Any:
        """Have staff change something, in a process of theirs. ``do``: the name of a function in ``staff.py``."""
        if self._staff is None:
            self._staff = subprocess.Popen(
                [self.python, STAFF, self.project.folder, self.project.settings],
                cwd=self.project.folder,
                env=self.environment(self.database),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._staff.stdin is not None and self._staff.stdout is not None
        self._staff.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self._staff.stdin.flush()
        answer = json.loads(self._staff.stdout.readline() or '{"error": "staff have gone"}')
        if "error" in answer:
            raise AssertionError(f"staff, {do}: {answer['error']}")
        return answer["done"]

    def end(self) -> None:
        for process in self.processes:
            servers.stop(process)
        if self._staff is not None:
            with self._staff:  # which closes its pipes
                servers.stop(self._staff)


def copy_database(source: Path, target: Path) -> None:
    """All of it, as it is at one moment; whoever has the target open sees the other data from then on."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


def digest_of(project: Project) -> str:
    """Of all that a project's data are made from."""
    own = [*project.folder.glob("*.txt"), *project.folder.glob("*/*.py"), *project.folder.glob("*/migrations/*.py")]
    found = hashlib.sha256()
    for path in (*sorted(own), *sorted((ROOT / "navstate" / "migrations").glob("*.py"))):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def filled(project: Project, python: Path) -> Path:
    """A folder with the project's data, made once, with navstate's tables: they serve every flavour."""
    folder = project.folder / "var" / digest_of(project)
    if folder.exists():
        return folder
    print(f"{project.name}: making its data", file=sys.stderr, flush=True)
    folder.parent.mkdir(exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
    site = Site(project, "three", making, python)
    site.manage("migrate", "--verbosity", "0")
    site.manage("shell", "--verbosity", "0", "-c", project.fill)
    for words in project.after_fill:
        site.manage(*words)
    with contextlib.suppress(OSError):  # somebody else has just made the same
        making.rename(folder)
    return folder


@contextlib.contextmanager
def running(project: Project, flavour: str, python: Path | None = None) -> Iterator[Site]:
    """The site in one flavour with its data, both of its processes, and each of its lists drawn once.

    ``python``: one that has what the project needs; its own environment is made without it.
    """
    python = python or python_of(project)
    folder = Path(tempfile.mkdtemp(prefix=f"adopt-{project.name}-{flavour}-"))
    site = Site(project, flavour, folder, python)
    try:
        shutil.copytree(filled(project, python), folder, dirs_exist_ok=True)
        site.copy_now()
        site.serve(site.port, site.database, "log")
        site.serve(site.copy_port, folder / "copy.sqlite3", "log-of-copy")
        for origin in (site.origin, site.copy):
            for path in project.lists:
                servers.wait_until(lambda url=origin + path: servers.answers(url), 300, f"{project.name}, {flavour}")
        site.remember()
        yield site
    finally:
        site.end()
        shutil.rmtree(folder, ignore_errors=True)
