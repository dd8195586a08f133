"""A random walk over a site in a real browser: half of it history, each time looked at beside what is true now.

What a walk does at a step follows from the seed and the step, and from what is on the screen.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from selenium.common.exceptions import WebDriverException
from tqdm import tqdm

from benchmarks.adopting.browser import Browser, Missing, Regions
from benchmarks.adopting.screen import Difference, Said, compare
from benchmarks.adopting.sites import Site
from benchmarks.adopting.truth import Truth, fresh

PATIENCE = 3.0  # seconds that a page has to become true
TICK = 0.1
MOST_TABS = 4
HISTORY = {"back": 36, "forward": 22, "reload": 8, "return to a tab": 16, "duplicate": 5}
_never = threading.Event()


@dataclass
class Result:
    """``lies``: each with where it is found again; ``kinds``: of the lies, by which parts of the page were not so."""

    history: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    lies: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    painted: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    not_restored: Counter[str] = field(default_factory=Counter)
    backs: int = 0
    from_memory: int = 0

    def add(self, other: Result) -> None:
        for name, mine in vars(self).items():
            setattr(self, name, mine + getattr(other, name))

    @property
    def percent(self) -> float:
        asked = sum(self.history.values())
        return 100 * sum(self.true.values()) / asked if asked else 100.0


class Walk:
    """What every walk does. A site's own walk names its ``operations`` (with how often) and its ``regions``."""

    regions: ClassVar[Regions] = []
    operations: ClassVar[dict[str, int]] = {}
    privates: ClassVar[tuple[str, ...]] = ()
    profile: ClassVar[str] = "/"
    typables: ClassVar[tuple[str, ...]] = ()

    def __init__(self, site: Site, seed: int) -> None:
        self.site, self.seed, self.result = site, seed, Result()
        self.browser = Browser(site.origin, self.regions)
        self.typed: dict[str, set[str]] = {}
        self.step = 0
        self.chance = random.Random(seed)

    # --- one operation ---

    def run(self, operations: int, told: Callable[[], None]) -> Result:
        try:
            self.begin()
            for self.step in range(operations):
                self.chance = random.Random(f"{self.seed} {self.step}")
                self.take_step()
                told()
            self.result.not_restored = self.browser.not_restored
            return self.result
        finally:
            self.browser.quit()

    def begin(self) -> None:
        """The first page."""
        raise NotImplementedError

    def take_step(self) -> None:
        chosen = self.choose()
        self.result.done[chosen] += 1
        try:
            if chosen in HISTORY:
                self.go_through_history(chosen)
            else:
                getattr(self, chosen.replace(" ", "_"))()
        except Missing as missing:
            self.result.missing.append(f"{self.where}, {chosen}: {missing}")
        except (WebDriverException, OSError) as broken:  # a machine that is busy with other things
            self.result.missing.append(f"{self.where}, {chosen}: {str(broken)[:160]}")

    @property
    def where(self) -> str:
        return f"--site {self.site.project.name} --flavour {self.site.flavour} --seed {self.seed}, step {self.step}"

    def choose(self) -> str:
        at, urls = self.browser.entries()
        able = {"back": at > 0, "forward": at + 1 < len(urls), "return to a tab": len(self.browser.tabs) > 1}
        able["duplicate"] = len(self.browser.tabs) < MOST_TABS
        weights = {name: weight for name, weight in HISTORY.items() if able.get(name, True)}
        weights |= {name: weight for name, weight in self.operations.items() if self.can(name)}
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def can(self, name: str) -> bool:
        """Whether the operation makes sense on the page in front."""
        return True

    # --- typing ---

    def leave_typed(self) -> None:
        """Type something that is not sent, into the first of ``typables`` that the page has."""
        found = next((selector for selector in self.typables if self.browser.has(selector)), "")
        if not found:
            raise Missing("nothing to type into")
        self.type(found, f"typed {self.step}")

    def type(self, selector: str, text: str, at: int = 0) -> None:
        """Note what is typed, until it is sent and taken: it is nobody's claim."""
        self.browser.type(selector, text, at)
        self.typed.setdefault(self.browser.path, set()).add(text)

    def sent(self, path: str) -> None:
        """What was typed at ``path`` has been taken."""
        self.typed.pop(path, None)

    # --- history ---

    def go_through_history(self, chosen: str) -> None:
        expected = self.move(chosen)
        self.result.history[chosen] += 1
        difference, now = self.judge(expected)
        if chosen in {"back", "forward"} and not now.get("isBrowsers"):
            self.result.backs += chosen == "back"
            self.result.from_memory += chosen == "back" and bool(now.get("isPersisted"))
        if not difference.parts:
            self.result.true[chosen] += 1
            return
        kind = " + ".join(difference.parts)
        memory = " out of memory" if now.get("isPersisted") else ""
        self.result.kinds[kind] += 1
        lie = f"{self.where}: {chosen} to {now.get('url', expected)}{memory}: " + "; ".join(difference.words[:4])
        self.result.lies.append(lie)
        tqdm.write(lie[:600])

    def move(self, chosen: str) -> str:
        """Do it; the address that the history says should be there."""
        at, urls = self.browser.entries()
        if chosen in {"back", "forward"}:
            way = 1 if chosen == "forward" else -1
            self.browser.travel(way)
            return urls[at + way]
        if chosen == "reload":
            self.browser.reload()
        elif chosen == "duplicate":
            self.browser.new_tab(self.browser.path)
        else:
            others = [number for number in range(len(self.browser.tabs)) if number != self.browser.front]
            self.browser.show(self.chance.choice(others))
            return self.browser.path
        return urls[at] if urls else "/"

    def judge(self, expected: str) -> tuple[Difference, dict[str, Any]]:
        """Look until the page is true, for three seconds of its own time; what is not true of it then, and the page."""
        limit, true, first = time.monotonic() + PATIENCE, None, None
        while True:
            is_last = time.monotonic() > limit
            now = self.browser.look()
            is_seen = bool(now) and (now.get("isBrowsers") or (now["isReady"] and not now["isHidden"]))
            if is_seen:
                asked = time.monotonic()
                found, true = self.compare(now, expected)
                limit += time.monotonic() - asked  # to ask what is true took nothing of the page's time
                first = first or found
                if not found.parts:
                    break
            if is_last:
                break
            _never.wait(TICK)
        if not is_seen:
            found = Difference()
            found.note("says that it cannot know" if now.get("isOffline") else "out of sight", now.get("url"), expected)
        self.note_painted(now, true, first if not found.parts else None)
        return found, now

    def compare(self, now: dict[str, Any], expected: str) -> tuple[Difference, Truth | None]:
        found = Difference()
        if now.get("isBrowsers"):
            found.note("the browser's own page", now["text"][:120], expected)
            return found, None
        true = fresh(self.site, now["url"], self.browser.cookies)
        if true.url != now["url"]:
            found.note("leads elsewhere by now", now["url"], true.url)
            return found, true
        if now["url"] != expected and fresh(self.site, expected, self.browser.cookies).url == expected:
            found.note("another address", now["url"], expected)
        typed = self.typed.get(now["url"], set())
        difference = compare(Said.of(now), self.browser.parse(true.html), lambda _name, value: value in typed)
        return Difference(found.parts + difference.parts, found.words + difference.words), true

    def note_painted(self, now: dict[str, Any], true: Truth | None, first: Difference | None) -> None:
        """Whether something private of somebody else was in sight, and whether the page was in sight before it was true."""
        for private in self.privates:
            is_painted = any(private in text for text in now.get("painted", ()))
            if is_painted and (true is None or private not in true.html) and not self.is_own(private):
                self.result.painted.append(f"{self.where}: {private} at {now.get('url')}")
        if first is not None and first.parts:
            self.result.late.append(f"{self.where}: {now.get('url')}: " + "; ".join(first.words[:2]))

    def is_own(self, private: str) -> bool:
        """Whether it belongs to who is logged in now."""
        return private in fresh(self.site, self.profile, self.browser.cookies).html
