"""A shopper who goes wherever a browser lets them, by chance; after each operation everything is compared with the model.

    walk = Walk(seed, fetch, stores)
    walk.step()        one operation; what was not so is a list of sentences

The same seed makes the same walk. A shop that is found wrong is believed afterwards, so that one loss counts once.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from navstate.testing.engines import CHROMIUM, FIREFOX, NO_PAGE_CACHE, WEBKIT, Engine
from navstate.testing.fetching import Fetch
from navstate.testing.history import Browser, Tab
from tests.walks.faults import Faults
from tests.walks.model import Model, Snapshot
from tests.walks.shopping import Operation, Shopping
from tests.walks.stores import PLENTY, PRICES

MAX_TABS = 3
ENGINES = {"chromium": CHROMIUM, "firefox": FIREFOX, "webkit": WEBKIT, "no page cache": NO_PAGE_CACHE}


class Walk(Shopping, Faults):
    """``stores``: what lies behind the shop (:class:`Stores`). ``restart``: restarts the processes, where there are any.
    ``is_bare``: as in :class:`Looking`.
    """

    def __init__(
        self,
        seed: int,
        fetch: Fetch,
        stores: Any,
        *,
        origin: str = "http://testserver",
        engine: Engine = CHROMIUM,
        on_return: Callable[[Tab, bool], None] | None = None,
        restart: Operation | None = None,
        is_bare: bool = False,
    ) -> None:
        browser = Browser(fetch, engine=engine, origin=origin, on_return=on_return, posts_again=False)
        self.begin(seed, browser, stores, restart, is_bare)

    def begin(self, seed: int, browser: Browser, stores: Any, restart: Operation | None, is_bare: bool) -> None:
        self.chance, self.browser, self.stores = random.Random(seed), browser, stores
        self.restart, self.is_bare = restart, is_bare
        self.model = Model(PRICES, dict.fromkeys(PRICES, PLENTY))
        self.drawn: dict[Any, Snapshot] = {}
        self.said: list[str] = []
        self.done: Counter[str] = Counter()
        self.last = ""
        self.tab = self.browser.open("/")
        self.devices = [(self.browser, self.tab)]
        self.weights = self.weigh()

    def weigh(self) -> dict[Operation, float]:
        """How often each operation comes."""
        weights: dict[Operation, float] = {
            self.send_what_is_shown: 45,
            self.look: 12,
            self.add: 6,
            self.change_line: 3,
            self.go_back: 14,
            self.go_forward: 6,
            self.load_again: 4,
            self.send_twice: 3,
            self.prefetch: 2,
            self.duplicate: 2,
            self.switch: 5,
            self.visit_an_order: 3,
            self.expire_session: 1,
            self.change_price: 1.5,
            self.take_stock_away: 1,
            self.bring_stock_back: 1.5,
            self.empty_quick_stores: 0.4,
            self.money_arrives: 2,
            self.log_in: 2.5,
            self.log_out: 1.5,
            self.take_other_device: 2.5,
        }
        return weights | ({self.restart_process: 0.5} if self.restart else {})

    def step(self) -> list[str]:
        """One operation by chance. What is not so afterwards, empty when all agrees."""
        (operation,) = self.chance.choices(list(self.weights), list(self.weights.values()))
        self.said, self.last = [], operation.__name__
        self.done[self.last] += 1
        operation()
        self.compare_stores()
        if not self.is_bare:
            self.see_count()
        return self.said

    # --- what the browser does ---

    def go_back(self) -> None:
        self.travel(-self.chance.choice((1, 1, 1, 2, 3)))

    def go_forward(self) -> None:
        self.travel(self.chance.choice((1, 1, 2)))

    def travel(self, steps: int) -> None:
        """At either end of the history a browser does nothing, and the page stays as it was."""
        before = self.tab.index
        self.tab.forward(steps)
        if self.tab.index != before:
            self.seen(self.tab.page)

    def load_again(self) -> None:
        if self.tab.entry.sent is None:
            self.seen(self.tab.reload())

    def prefetch(self) -> None:
        self.tab.prefetch(self.some_path())

    def duplicate(self) -> None:
        if len(self.browser.tabs) >= MAX_TABS:
            self.browser.close(self.chance.choice([tab for tab in self.browser.tabs if tab is not self.tab]))
        if self.tab.entry.sent is None:
            self.tab = self.tab.duplicate()
            self.seen(self.tab.page)

    def switch(self) -> None:
        self.tab = self.chance.choice(self.browser.tabs)
        self.seen(self.browser.show(self.tab))
