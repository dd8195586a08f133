"""``python -m shop.catalog.demo.drawing FOLDER``: every picture of the demo catalogue, and a page to look at them all."""

from __future__ import annotations

import sys
from pathlib import Path

from shop.catalog.demo.catalogue import Sketch, load

PAGE = """<!doctype html><meta charset="utf-8"><title>Drawings</title>
<style>body{{font:14px sans-serif}}figure{{display:inline-block;margin:8px;width:200px}}img{{width:100%}}</style>
{figures}
"""
FIGURE = '<figure><img src="{name}" alt=""><figcaption>{name}</figcaption></figure>'


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = [write(sketch, folder) for sketch in load().sketches.values()]
    (folder / "index.html").write_text(PAGE.format(figures="\n".join(FIGURE.format(name=name) for name in names)))


def write(sketch: Sketch, folder: Path) -> str:
    name = f"{sketch.product}-{sketch.view}.svg"
    (folder / name).write_text(sketch.svg())
    return name


if __name__ == "__main__":
    main(Path(sys.argv[1]))
