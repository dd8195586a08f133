"""``manage.py navgraph``: every flow as Mermaid text and as SVG, printed or written to a folder."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from navstate.flow import Flow
from navstate.graph import mermaid, svg
from navstate.registry import flows

DRAWN: dict[str, tuple[str, Callable[[Flow], str]]] = {"mermaid": ("mmd", mermaid), "svg": ("svg", svg)}
"""File suffix and drawing function, by format."""


class Command(BaseCommand):
    help = "Draw the flows of this project, as Mermaid text and as SVG."
    requires_system_checks = []  # draw a flow with mistakes too: a picture helps to find them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("flow", nargs="?", help="only this flow; all without")
        parser.add_argument("--format", choices=[*DRAWN, "both"], default="both")
        parser.add_argument("--output", type=Path, metavar="DIR", help="write FLOW.mmd and FLOW.svg into this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        formats = list(DRAWN) if options["format"] == "both" else [options["format"]]
        for flow in chosen(options["flow"]):
            for name in formats:
                suffix, draw = DRAWN[name]
                self.give(draw(flow), options["output"], f"{flow.name}.{suffix}")

    def give(self, drawing: str, folder: Path | None, name: str) -> None:
        if folder is None:
            self.stdout.write(drawing, ending="")
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(drawing, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"Cannot write {folder / name}: {error.strerror}") from error
        self.stdout.write(str(folder / name))


def chosen(name: str | None) -> list[Flow]:
    """Return the flows to draw. Raises ``CommandError`` when there are none."""
    known = flows()
    if not known:
        raise CommandError("No flow is registered.")
    if name and name not in known:
        raise CommandError(f"No flow {name!r}; there are: {', '.join(known)}.")
    return [known[name]] if name else list(known.values())
