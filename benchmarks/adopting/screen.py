"""What a page says, read the same way from the screen and from what the server sends, and how the two differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

READER = """
const NOTICES = "#messages, .messagelist, .errorlist, .error-block, .errornote, .alert-danger, [data-nav-offline]";
const SKIP = `script, style, template, noscript, svg, textarea, ${NOTICES}`;
const squeeze = (text) => (text ?? "").replace(/\\s+/g, " ").trim();
function linesOf(doc, regions) {
  const lines = [], walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
    acceptNode: (node) => node.nodeType === 1 && node.matches(SKIP) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  });
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.nodeType === 3 && squeeze(node.data);
    if (!text) continue;
    const place = regions.find(([, selector]) => node.parentElement.closest(selector));
    lines.push([place ? place[0] : "page", text]);
  }
  return lines;
}
function fieldsOf(doc) {
  const found = {}, count = {};
  for (const field of doc.querySelectorAll("input, select, textarea")) {
    if (["hidden", "password", "submit", "button", "file", "image", "reset"].includes(field.type)) continue;
    const form = field.form?.getAttribute("action") || field.form?.id || "", name = `${form} ${field.name}`;
    const key = `${name} ${(count[name] = (count[name] ?? 0) + 1)}`;
    found[key] = ["checkbox", "radio"].includes(field.type) ? `${field.value} ${field.checked}` : field.value;
  }
  return found;
}
function read(doc, regions) {
  const all = (selector) => [...doc.querySelectorAll(selector)].filter((each) => !each.closest(NOTICES));
  const buttons = all("button, input[type=submit]").map(
    (each) => `${squeeze(each.textContent) || each.value}${each.disabled ? " (cannot be pressed)" : ""}`);
  const links = all("a[href]").map((each) => each.getAttribute("href"));
  return { title: squeeze(doc.title), lines: linesOf(doc, regions), fields: fieldsOf(doc), buttons, links };
}
const OWN = "[data-nav-offline]"; // what navstate says where it cannot know
function isOutOfSight(doc) {
  const unseen = (each) => {
    const { opacity, visibility, display } = getComputedStyle(each);
    return +opacity === 0 || visibility === "hidden" || display === "none";
  };
  const parts = [...doc.body.children].filter((each) => !each.matches(`script, template, style, ${OWN}`));
  return [doc.documentElement, doc.body].some(unseen) || parts.every(unseen);
}
"""

LOOK = (
    READER
    + """
const [regions] = arguments;
if (!/^https?:$/.test(location.protocol)) return { isBrowsers: true, text: document.body?.innerText ?? "" };
return {
  url: location.pathname + location.search, isReady: document.readyState === "complete",
  isHidden: isOutOfSight(document), isOffline: !!document.querySelector(OWN)?.checkVisibility(),
  isPersisted: !!window.adopt?.isPersisted, painted: window.adopt?.painted ?? [],
  visibility: document.visibilityState, mark: window.adoptMark ?? 0, ...read(document, regions),
};
"""
)
"""What is on the screen now."""

IS_HIDDEN = READER + "return !!document.body && isOutOfSight(document)"

PARSE = (
    READER
    + 'const [html, regions] = arguments; return read(new DOMParser().parseFromString(html, "text/html"), regions);'
)
"""The same of a page that the server has just sent and nobody sees."""

WATCH = (
    "(() => {"
    + READER
    + """
const adopt = (window.adopt = { isPersisted: false, painted: [] });
let until = 0, isRunning = false;
function look() {
  if (performance.now() > until) return void (isRunning = false);
  if (document.visibilityState === "visible" && document.body && !isOutOfSight(document)) {
    const text = linesOf(document, []).map(([, line]) => line).join("\\n");
    if (text !== adopt.painted.at(-1)) adopt.painted.push(text);
  }
  requestAnimationFrame(look);
}
function begin() {
  adopt.painted = [];
  until = performance.now() + 4000;
  if (!isRunning) requestAnimationFrame(look);
  isRunning = true;
}
addEventListener("pageshow", ({ persisted }) => {
  adopt.isPersisted = persisted;
  begin();
});
document.addEventListener("visibilitychange", () => document.hidden || begin());
adopt.stop = () => (until = 0);
})()"""
)
"""In each page from its beginning: whether it came back from memory, and what it painted in sight from then on."""

ENTRIES = """
if (!window.navigation) return null;
return { at: navigation.currentEntry.index, urls: navigation.entries().map((each) => {
  const { pathname, search } = new URL(each.url);
  return pathname + search;
}) };
"""


@dataclass(frozen=True)
class Said:
    """What a page says. ``lines``: the text with the region that it stands in."""

    title: str
    lines: tuple[tuple[str, str], ...]
    fields: Mapping[str, str]
    buttons: tuple[str, ...]
    links: tuple[str, ...]

    @classmethod
    def of(cls, read: Mapping[str, Any]) -> Said:
        lines = tuple((region, line) for region, line in read["lines"])
        return cls(read["title"], lines, read["fields"], tuple(read["buttons"]), tuple(read["links"]))

    @property
    def text(self) -> str:
        return "\n".join(line for _region, line in self.lines)


@dataclass
class Difference:
    """``parts``: which parts of the page are not so; ``words``: what it said and what is true, part by part."""

    parts: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def note(self, part: str, said: object, true: object) -> None:
        if part not in self.parts:
            self.parts.append(part)
        self.words.append(f"{part}: said {said!r}, true is {true!r}"[:240])


def compare(said: Said, true: Said, may_differ: Callable[[str, str], bool]) -> Difference:
    """``may_differ``: whether a field may hold this value all the same, since somebody has just typed it there."""
    found = Difference()
    if said.title != true.title:
        found.note("title", said.title, true.title)
    for region in dict.fromkeys(region for region, _line in (*said.lines, *true.lines)):
        mine = Counter(line for where, line in said.lines if where == region)
        theirs = Counter(line for where, line in true.lines if where == region)
        if mine != theirs:
            found.note(region, list(mine - theirs)[:4], list(theirs - mine)[:4])
    for name in dict.fromkeys((*said.fields, *true.fields)):
        mine, theirs = said.fields.get(name), true.fields.get(name)
        if mine != theirs and not (mine is not None and theirs is not None and may_differ(name, mine)):
            found.note("fields", {name: mine}, {name: theirs})
    for part, mine, theirs in (("buttons", said.buttons, true.buttons), ("links", said.links, true.links)):
        more, less = Counter(mine) - Counter(theirs), Counter(theirs) - Counter(mine)
        if more or less:
            found.note(part, list(more)[:4], list(less)[:4])
    return found
