"""The paper that every product is drawn on: 800 by 1000, one ground, one horizon, a soft shadow, tones of one colour.

The y axis points down. Things stand on about y = 820; the horizon is at y = 700.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

WIDTH, HEIGHT, HORIZON = 800, 1000, 700
WALL, FLOOR, SHADE = "#ece7db", "#e1dacb", "#6f6a58"

INK, RUBBER, STEEL, STEEL_LIGHT, STEEL_DARK = "#1c2420", "#2f3532", "#b4bab7", "#d9dcd8", "#828a87"
PAPER, CREAM, WOOD, WOOD_DARK, BRASS = "#fbfaf6", "#efe8d6", "#b98a58", "#8f6539", "#c9a24b"
FOREST, BLAZE, SUN, SKY = "#1e5b43", "#c4432b", "#e0a526", "#b9cfd0"


def mix(colour: str, other: str, share: float) -> str:
    """``share`` of the other colour, 0 to 1; colours as ``#rrggbb``."""
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()


class Drawing:
    """Collects shapes from back to front. ``base``, ``light``, ``dark`` and ``deep`` are the tones of the product's colour."""

    def __init__(self, colour: str) -> None:
        self.base = colour
        self.light = mix(colour, "#fff6e0", 0.24)
        self.dark = mix(colour, "#16211d", 0.26)
        self.deep = mix(colour, "#16211d", 0.52)
        self._parts: list[str] = []

    def fill(self, path: str, colour: str, opacity: float = 1) -> None:
        faint = f' opacity="{opacity:g}"' if opacity != 1 else ""
        self._parts.append(f'<path d="{path}" fill="{colour}"{faint}/>')

    def line(self, path: str, colour: str, width: float = 4, dash: str = "", opacity: float = 1) -> None:
        more = (f' stroke-dasharray="{dash}"' if dash else "") + (f' opacity="{opacity:g}"' if opacity != 1 else "")
        self._parts.append(f'<path d="{path}" stroke="{colour}" stroke-width="{width:g}"{more}/>')

    def stripe(self, path: str, colour: str, width: float, opacity: float = 1) -> None:
        """A line whose ends are cut straight, for checks and bands."""
        self._parts.append(
            f'<path d="{path}" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="butt" opacity="{opacity:g}"/>'
        )

    def stitch(self, path: str, colour: str) -> None:
        self.line(path, colour, 3, "9 7")

    def oval(self, x: float, y: float, rx: float, ry: float, colour: str, opacity: float = 1) -> None:
        faint = f' opacity="{opacity:g}"' if opacity != 1 else ""
        self._parts.append(f'<ellipse cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{ry:g}" fill="{colour}"{faint}/>')

    def box(self, x: float, y: float, width: float, height: float, colour: str, radius: float = 0) -> None:
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" fill="{colour}"/>'
        )

    def blaze(self, x: float, y: float, size: float = 1) -> None:
        """The house's mark, a small upright rectangle in two colours; ``x``, ``y``: its upper left corner."""
        self.box(x, y, 16 * size, 26 * size, PAPER, 2)
        self.box(x, y + 13 * size, 16 * size, 13 * size, BLAZE, 2)

    @contextmanager
    def mirrored(self) -> Iterator[None]:
        """What is drawn within appears on the other side of x = 400."""
        with self._group("matrix(-1 0 0 1 800 0)"):
            yield

    @contextmanager
    def turned(self, degrees: float, x: float, y: float) -> Iterator[None]:
        """Clockwise around the point."""
        with self._group(f"rotate({degrees:g} {x:g} {y:g})"):
            yield

    @contextmanager
    def moved(self, x: float, y: float, size: float = 1, opacity: float = 1) -> Iterator[None]:
        with self._group(f"translate({x:g} {y:g}) scale({size:g})", opacity):
            yield

    @contextmanager
    def _group(self, transform: str, opacity: float = 1) -> Iterator[None]:
        faint = f' opacity="{opacity:g}"' if opacity != 1 else ""
        self._parts.append(f'<g transform="{transform}"{faint}>')
        yield
        self._parts.append("</g>")

    def shadow(self, x: float, rx: float, y: float = 824, ry: float = 34) -> None:
        """On the ground below the thing; draw it first."""
        self._parts.append(f'<ellipse cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{ry:g}" fill="url(#s)"/>')

    def svg(self, closer: tuple[int, int, int] | None = None) -> str:
        """``closer``: left, top and width of the part to show, 4:5 as the whole."""
        left, top, width = closer or (0, 0, WIDTH)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {width * HEIGHT // WIDTH}" '
            f'width="{WIDTH}" height="{HEIGHT}">'
            f'<defs><radialGradient id="s"><stop offset=".35" stop-color="{SHADE}" stop-opacity=".5"/>'
            f'<stop offset="1" stop-color="{SHADE}" stop-opacity="0"/></radialGradient></defs>'
            f'<path d="M0 0H{WIDTH}V{HEIGHT}H0z" fill="{WALL}"/><path d="M0 {HORIZON}H{WIDTH}V{HEIGHT}H0z" fill="{FLOOR}"/>'
            f'<g fill="none" stroke-linecap="round" stroke-linejoin="round">{"".join(self._parts)}</g></svg>\n'
        )
