"""The shape of the house, held by reading the source: docs/architecture.md says why it is so."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("navstate", "shop", "checkout", "config")
MAX_LINES = 400
BASE = ("shop.money", "shop.sql", "shop.staff")
# Room -> the rooms of ours that it may import, itself included. The longest matching name counts.
MAY_IMPORT = {
    "navstate": {"navstate"},
    "shop.money": {"shop.money"},
    "shop.sql": {"shop.sql"},
    "shop.staff": {"shop.staff"},
    "shop.catalog": {"shop.catalog", *BASE, "navstate"},
    "shop.stock": {"shop.stock", "shop.catalog", *BASE, "navstate"},
    "shop.cart": {"shop.cart", "shop.stock", "shop.catalog", *BASE, "navstate"},
    "shop.accounts": {"shop.accounts", "shop.cart", "shop.stock", "shop.catalog", *BASE, "navstate"},
    "checkout": {"checkout", "shop", "navstate"},
    # The demo payment provider is somebody else's company: it talks http with the shop and knows nothing of it.
    "checkout.payments.demo": {"checkout.payments.demo"},
    "config": {"config", "checkout", "shop", "navstate"},
}
# What the reusable app may need besides the standard library.
LIBRARIES_OF_NAVSTATE = {"django", "redis", "django_redis", "asgiref", "tqdm"}
# What one module alone may need, so that nobody else has to install it.
LIBRARIES_OF_MODULES = {"navstate.testing.walks": {"hypothesis"}}
# Inside a room: nobody imports from a layer above its own.
ABOVE = {
    "models": {"services", "queries", "forms", "views", "urls", "admin"},
    "services": {"forms", "views", "urls", "admin"},
    "queries": {"forms", "views", "urls", "admin"},
    "views": {"urls", "admin"},
}


@dataclass(frozen=True)
class Import:
    """One import statement: ``module`` is the whole dotted name, with the imported name at its end."""

    path: Path
    line: int
    module: str
    inside: str  # name of the function around it, empty at module level

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.module}"


@cache
def sources(*folders: str) -> tuple[Path, ...]:
    """Our Python files, without migrations."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(path for path in found if "migrations" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def names_in(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]


def walk_imports(path: Path, node: ast.AST, inside: str = "") -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from (Import(path, child.lineno, name, inside) for name in names_in(child))
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from walk_imports(path, child, child.name if is_function else inside)


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for path in sources(*OURS) for found in walk_imports(path, tree_of(path)))


def is_within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def room_of(module: str) -> str | None:
    return max((room for room in MAY_IMPORT if is_within(module, room)), key=len, default=None)


def test_there_is_something_to_look_at() -> None:
    assert len(sources(*OURS)) > 50
    assert {room_of(module_of(path)) for path in sources(*OURS)} >= set(MAY_IMPORT)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_run_one_way(room: str) -> None:
    wrong = [
        str(found)
        for found in imports()
        if room_of(module_of(found.path)) == room
        and found.module.partition(".")[0] in OURS
        and not any(is_within(found.module, other) for other in MAY_IMPORT[room])
    ]
    assert wrong == []


def test_checkout_knows_the_demo_provider_by_its_adapter_only() -> None:
    inside = ("checkout.payments.demo", "checkout.payments.demo_adapter", "checkout.payments.urls")
    wrong = [
        str(found)
        for found in imports()
        if is_within(found.module, "checkout.payments.demo")
        and not any(is_within(module_of(found.path), module) for module in inside)
    ]
    assert wrong == []


def test_nobody_imports_config_or_tests() -> None:
    folders = {"config": ("navstate", "shop", "checkout"), "tests": OURS}
    wrong = [
        str(found)
        for found in imports()
        for name, rooms in folders.items()
        if is_within(found.module, name) and found.path.relative_to(ROOT).parts[0] in rooms
    ]
    assert wrong == []


def test_navstate_needs_django_and_little_else() -> None:
    allowed = {"navstate", *LIBRARIES_OF_NAVSTATE, *sys.stdlib_module_names}
    wrong = [
        str(found)
        for found in imports()
        if is_within(module_of(found.path), "navstate")
        and found.module.partition(".")[0] not in allowed | LIBRARIES_OF_MODULES.get(module_of(found.path), set())
    ]
    assert wrong == []


def test_other_rooms_import_the_public_surface_of_navstate() -> None:
    """What ``docs/architecture.md`` names; the rest may change without a word."""
    named = re.search(r"What a project imports: ([^.]+)\.", (ROOT / "docs" / "architecture.md").read_text())
    assert named is not None
    public = {f"navstate.{name}" for name in re.findall(r"`(\w+)`", named[1])}
    wrong = [
        str(found)
        for found in imports()
        if is_within(found.module, "navstate")
        and not is_within(module_of(found.path), "navstate")
        and found.module not in public
        and found.module.rpartition(".")[0] not in public
    ]
    assert len(public) > 10
    assert wrong == []


def test_the_machine_is_pure() -> None:
    pure = {f"navstate.{name}" for name in ("flow", "rules", "tracing.entry")}
    wrong = [
        str(found)
        for found in imports()
        if any(is_within(module_of(found.path), name) for name in pure)
        and found.module.partition(".")[0] not in sys.stdlib_module_names
        and not any(is_within(found.module, name) for name in pure)
    ]
    assert wrong == []


def test_imports_are_at_module_level() -> None:
    """But for AppConfig.ready(): Django has no models before it."""
    wrong = [
        str(found)
        for found in imports()
        if found.inside and not (found.path.name == "apps.py" and found.inside == "ready")
    ]
    assert wrong == []


def test_no_relative_imports() -> None:
    nodes = ((path, node) for path in sources(*OURS) for node in ast.walk(tree_of(path)))
    assert [str(path) for path, node in nodes if isinstance(node, ast.ImportFrom) and node.level] == []


def test_rooms_do_not_talk_by_signals() -> None:
    wrong = [
        str(found) for found in imports() if is_within(found.module, "django.dispatch") or ".signals" in found.module
    ]
    assert wrong == []


@pytest.mark.parametrize("layer", ABOVE)
def test_layers_of_a_room(layer: str) -> None:
    wrong = []
    for found in imports():
        module = module_of(found.path)
        room = room_of(module)
        if room is None or not is_within(module, f"{room}.{layer}") or not is_within(found.module, room):
            continue
        if found.module.removeprefix(f"{room}.").partition(".")[0] in ABOVE[layer]:
            wrong.append(str(found))
    assert wrong == []


def test_services_never_see_a_request() -> None:
    wrong = [
        str(found)
        for found in imports()
        if {"services", "models"} & set(module_of(found.path).split(".")) and is_within(found.module, "django.http")
    ]
    assert wrong == []


def test_files_are_short() -> None:
    files = [*sources(*OURS, "tests", "deploy", "benchmarks")]
    files += [
        path for kind in ("css", "js") for path in (ROOT / "static").rglob(f"*.{kind}") if "vendor" not in path.parts
    ]
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: lines for name, lines in long.items() if lines >= MAX_LINES} == {}


def test_functions_are_small() -> None:
    """Few over 30 lines, none over 45, docstring included."""
    lengths = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in sources(*OURS)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > 45} == {}
    assert sum(lines > 30 for lines in lengths.values()) <= len(lengths) / 50


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports for annotations only count as well: who needs them knows the other module all the same."""
    modules = {module_of(path) for path in sources(*OURS)}
    needs: dict[str, set[str]] = {}
    for found in imports():
        if not found.inside:
            needs.setdefault(module_of(found.path), set()).add(_module_in(found.module, modules))
    assert list(_circles(needs)) == []
    assert list(_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == ["b -> c -> b"], "else nothing is found"


def _module_in(name: str, modules: set[str]) -> str:
    """``a.b.Name`` is in ``a.b``."""
    return name if name in modules else name.rpartition(".")[0]


def _circles(needs: dict[str, set[str]]) -> Iterator[str]:
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> Iterator[str]:
        if module in path:
            yield " -> ".join((*path[path.index(module) :], module))
        elif module not in done:
            for needed in sorted(needs.get(module, ())):
                yield from visit(needed, (*path, module))
            done.add(module)

    for module in sorted(needs):
        yield from visit(module, ())
