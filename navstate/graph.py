"""Draw a flow: as Mermaid text for documents, and as a stand-alone SVG. Pure: the same flow, the same bytes.

The drawing shows steps forward, steps back (always allowed, except into a gate that is not shown again), the way round
a stage that may not apply, and, set apart, the outcomes to which the end of an attempt leads. The sentence for a
visitor who is led to a stage from further ahead is in the stage's title.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from navstate.flow import Flow, Stage, always


def title_of(stage: Stage) -> str:
    return str(stage.title) or stage.name


def kind_of(stage: Stage) -> str:
    """Return in words the kind of a stage, and for a gate its condition."""
    if stage.outcome:
        return "outcome"
    if stage.holds is None:
        return "form"
    return f"gate{', shown once' if stage.once else ''}: {words(stage.holds)}"


def words(condition: Callable[..., Any]) -> str:
    """Return the name of a condition as words; "a condition" for a lambda."""
    name = getattr(condition, "__name__", "")
    return name.replace("_", " ") if name.isidentifier() else "a condition"


def way(flow: Flow) -> list[Stage]:
    """Return the stages in order without the outcomes."""
    return [stage for stage in flow.stages if not stage.outcome]


def outcomes(flow: Flow) -> list[Stage]:
    return [stage for stage in flow.stages if stage.outcome]


def steps_back(stages: Sequence[Stage]) -> Iterator[tuple[int, int]]:
    """Yield (from, to) of each step back: to the nearest earlier stage that is shown again."""
    for position in range(1, len(stages)):
        earlier = [before for before in range(position) if not stages[before].once]
        if earlier:
            yield position, earlier[-1]


def ways_round(stages: Sequence[Stage]) -> Iterator[tuple[int, int]]:
    """Yield (from, to) of each way round stages that may not apply."""
    for start in range(len(stages)):
        for end in range(start + 2, len(stages)):
            if stages[end - 1].applies is always:
                break
            yield start, end


# --- Mermaid ----------------------------------------------------------------------------------------------------------

SHAPES = {"form": ('["', '"]'), "gate": ('{{"', '"}}'), "outcome": ('(["', '"])')}


def mermaid(flow: Flow) -> str:
    """Return a Mermaid ``flowchart`` that ends with a line feed."""
    stages, ends = way(flow), outcomes(flow)
    lines = [f"%% Flow {flow.name}, policy {flow.policy}", "flowchart TD"]
    lines += [f"    {_node(stage)}" for stage in stages]
    if ends:
        lines += ["    subgraph outcomes [closed]", *(f"        {_node(stage)}" for stage in ends), "    end"]
    lines += [f"    {_id(one)} --> {_id(other)}" for one, other in pairwise(stages)]
    if stages and ends:
        lines.append(f"    {_id(stages[-1])} ==> {_id(ends[0])}")
    for start, end in ways_round(stages):
        label = _round_label(stages[start + 1 : end])
        lines.append(f'    {_id(stages[start])} -. "{_quoted(label)}" .-> {_id(stages[end])}')
    lines += [f"    {_id(stages[start])} -. back .-> {_id(stages[end])}" for start, end in steps_back(stages)]
    lines += [f"    %% led to {stage.name}: {' '.join(str(stage.why).split())}" for stage in stages if str(stage.why)]
    return "\n".join(lines) + "\n"


def _node(stage: Stage) -> str:
    before, after = SHAPES[kind_of(stage).partition(":")[0].partition(",")[0]]
    return f"{_id(stage)}{before}{_quoted(title_of(stage))}<br>{_quoted(kind_of(stage))}{after}"


def _id(stage: Stage) -> str:
    """Return a node id that cannot be a keyword of Mermaid, as ``end`` is."""
    return "stage_" + "".join(letter if letter.isalnum() else "_" for letter in stage.name)


def _quoted(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def _round_label(skipped: Sequence[Stage]) -> str:
    return "unless " + " or ".join(words(stage.applies) for stage in skipped)


# --- SVG --------------------------------------------------------------------------------------------------------------

CARD_WIDTH = 360
CARD_LEFT = 104
WIDTH = 584
MARGIN = 32
HEAD = 104
GAP = 44
LINE = 19
LETTERS = 40
"""Letters of 13 px that fit into a line of a card, with room for wide ones."""

STYLE = """
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-size: 13px; fill: #545f58 }
.ground { fill: #fbfaf6 } .card { fill: #fff; stroke: #7c867e } .outcome { fill: #e6eee6; stroke: #1e5b43 }
.apart { fill: none; stroke: #7c867e; stroke-dasharray: 2 6; stroke-linecap: round }
.name { font-size: 18px; font-weight: 650; fill: #1c2420 } .flow { font-size: 27px; font-weight: 700; fill: #1c2420 }
.blaze { fill: #c4432b } .way { fill: none; stroke: #1e5b43; stroke-width: 2.5 } .tip { fill: #1e5b43 }
.back, .round { fill: none; stroke: #7c867e; stroke-width: 1.5; stroke-dasharray: 5 5 } .round { stroke: #a83620 }
.tip-back { fill: #7c867e } .tip-round { fill: #a83620 } .led { fill: none; stroke: #a83620; stroke-width: 1.8 }
@media (prefers-color-scheme: dark) {
text { fill: #aab5ad } .ground { fill: #161d19 } .card { fill: #1f2823; stroke: #7f8c84 } .name, .flow { fill: #f0eee5 }
.outcome { fill: #1f3329; stroke: #86d0aa } .way { stroke: #86d0aa } .tip { fill: #86d0aa } .blaze { fill: #e2654d }
.round, .led { stroke: #ff9d87 } .tip-round { fill: #ff9d87 }
}
"""
BLAZE = "M2.2 1.3 17.6.8l.6 12.3-15.6.5z", "m2.5 15.4 15.8-.6-.4 12.1-15.3.5z"


@dataclass(frozen=True)
class Card:
    """One stage in the drawing. ``top``: px from the upper edge."""

    stage: Stage
    top: int

    @cached_property
    def lines(self) -> list[str]:
        reads = f"reads {', '.join(self.stage.reads)}" if self.stage.reads else ""
        applies = "" if self.stage.applies is always else f"applies if {words(self.stage.applies)}"
        texts = [f"{self.stage.name} · {kind_of(self.stage)}", applies, reads]
        return [line for text in texts for line in textwrap.wrap(text, LETTERS)]

    @property
    def height(self) -> int:
        return 46 + LINE * len(self.lines)

    @property
    def bottom(self) -> int:
        return self.top + self.height


def svg(flow: Flow) -> str:
    """Return an SVG document in one column, for light and dark mode, with a text description for screen readers."""
    cards = _placed(way(flow), HEAD)
    below = cards[-1].bottom + GAP + 34 if cards else HEAD
    ends = _placed(outcomes(flow), below, GAP // 3)
    height = (ends or cards)[-1].bottom + MARGIN + (14 if ends else 0)
    parts = [*_head(flow, height), *_edges(flow, cards), *_apart(cards, ends), *map(_card, [*cards, *ends]), "</svg>"]
    return "\n".join(parts) + "\n"


def _placed(stages: Sequence[Stage], top: int, gap: int = GAP) -> list[Card]:
    cards: list[Card] = []
    for stage in stages:
        cards.append(Card(stage, top))
        top = cards[-1].bottom + gap
    return cards


def _head(flow: Flow, height: int) -> Iterator[str]:
    title, text = f"{flow.name}-title", f"{flow.name}-text"
    about = quoteattr(f"{title} {text}")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby={about}>'
    )
    yield f"<title id={quoteattr(title)}>{escape(f'The flow {flow.name}')}</title>"
    yield f"<desc id={quoteattr(text)}>{escape(described(flow))}</desc>"
    yield f"<style>{STYLE}</style>"
    yield f'<rect class="ground" width="{WIDTH}" height="{height}"/>'
    yield f'<text class="flow" x="{CARD_LEFT}" y="58">{escape(flow.name)}</text>'
    yield f'<text x="{CARD_LEFT}" y="80">policy {flow.policy}{_about(flow)}</text>'


def _about(flow: Flow) -> str:
    return escape(f" · one attempt per {flow.subject}") if flow.subject else ""


def described(flow: Flow) -> str:
    """Describe the flow in sentences: each stage in order with its kind, what it reads, and why one is led to it."""
    sentences = [f"Stages in order: {', '.join(title_of(stage) for stage in way(flow))}."]
    for stage in flow.stages:
        reads = f"; reads {', '.join(stage.reads)}" if stage.reads else ""
        applies = "" if stage.applies is always else f"; applies if {words(stage.applies)}"
        sentences.append(f"{title_of(stage)}: {kind_of(stage)}{applies}{reads}.{_led(stage)}")
    return " ".join(sentences)


def _led(stage: Stage) -> str:
    return f" Led here from further ahead: {stage.why}" if str(stage.why) else ""


def _card(card: Card) -> str:
    stage, left = card.stage, CARD_LEFT + 46
    kind = "outcome" if stage.outcome else "card"
    upper, lower = BLAZE
    name = textwrap.shorten(title_of(stage), 24, placeholder="…")
    parts = [
        "<g>",
        f"<title>{escape(title_of(stage) + '.' + _led(stage))}</title>",
        f'<rect class="{kind}" x="{CARD_LEFT}" y="{card.top}" width="{CARD_WIDTH}" height="{card.height}" rx="6"/>',
        f'<g class="blaze" transform="translate({CARD_LEFT + 14} {card.top + 13})">'
        f'<path d="{upper}"/><path d="{lower}"/></g>',
        f'<text class="name" x="{left}" y="{card.top + 31}">{escape(name)}</text>',
    ]
    for row, text in enumerate(card.lines):
        parts.append(f'<text x="{left}" y="{card.top + 52 + LINE * row}">{escape(text)}</text>')
    if str(stage.why):
        parts.append(_led_mark(card))
    return "\n".join([*parts, "</g>"])


def _led_mark(card: Card) -> str:
    """Draw a small arrow that turns back: visitors may be led here. Its title is the sentence that they get."""
    x, y = CARD_LEFT + CARD_WIDTH - 30, card.top + 16
    return (
        f'<path class="led" d="M{x + 14} {y + 14}v-5a4 4 0 0 0-4-4H{x + 1}m4-4-4 4 4 4">'
        f"<title>{escape(_led(card.stage).strip())}</title></path>"
    )


def _edges(flow: Flow, cards: Sequence[Card]) -> Iterator[str]:
    middle = CARD_LEFT + CARD_WIDTH // 2
    for upper, lower in pairwise(cards):
        yield _arrow("way", "tip", f"M{middle} {upper.bottom}V{lower.top - 9}", middle, lower.top - 1, "down")
    stages = [card.stage for card in cards]
    for start, end in steps_back(stages):
        y0, y1, x = cards[start].top + 22, cards[end].bottom - 16, CARD_LEFT
        curve = f"M{x} {y0}C{x - 58} {y0} {x - 58} {y1} {x - 9} {y1}"
        yield _arrow("back", "tip-back", curve, x - 1, y1, "right")
    for start, end in ways_round(stages):
        y0, y1, x = cards[start].bottom - 16, cards[end].top + 22, CARD_LEFT + CARD_WIDTH
        out = 64 + 24 * (end - start - 1)
        curve = f"M{x} {y0}C{x + out} {y0} {x + out} {y1} {x + 9} {y1}"
        yield _arrow("round", "tip-round", curve, x + 1, y1, "left", _round_label(stages[start + 1 : end]))


TIPS = {"down": "l-6-10h12z", "right": "l-10-6v12z", "left": "l10-6v12z"}


def _arrow(line: str, tip: str, drawn: str, x: int, y: int, heading: str, title: str = "") -> str:
    named = f"<title>{escape(title)}</title>" if title else ""
    return f'<g>{named}<path class="{line}" d="{drawn}"/><path class="{tip}" d="M{x} {y}{TIPS[heading]}"/></g>'


def _apart(cards: Sequence[Card], ends: Sequence[Card]) -> Iterator[str]:
    """Draw the frame around the outcomes, and the arrow that closes the attempt."""
    if not ends:
        return
    middle, top = CARD_LEFT + CARD_WIDTH // 2, ends[0].top - 34
    height = ends[-1].bottom - top + 16
    yield f'<rect class="apart" x="{CARD_LEFT - 18}" y="{top}" width="{CARD_WIDTH + 36}" height="{height}" rx="10"/>'
    yield f'<text x="{CARD_LEFT}" y="{top + 22}">closed, once and for ever</text>'
    if cards:
        yield _arrow("way", "tip", f"M{middle} {cards[-1].bottom}V{top - 9}", middle, top - 1, "down")
