"""Random walks over a project's pages with all of a browser's buttons. Needs ``hypothesis``.

Subclass :class:`HistoryWalk`, set its pages and the input of forms, add your own rules and invariants, and give the
class's ``TestCase`` to the test runner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

try:
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
except ImportError as missing:
    raise ImportError("navstate.testing.walks needs hypothesis: pip install 'django-navstate[testing]'") from missing

from navstate.testing.fetching import through_client
from navstate.testing.forms import Form
from navstate.testing.history import Browser, Tab

NUMBERS = st.integers(min_value=0, max_value=11)
STEPS = st.integers(min_value=1, max_value=4)


class HistoryWalk(RuleBasedStateMachine):
    """One visitor with one browser and up to :attr:`most_tabs` tabs.

    Every number that hypothesis draws is taken modulo the number of choices, so that any walk can be run and shrunk.
    """

    urls: ClassVar[Sequence[str]] = ("/",)
    """URLs that are typed and prefetched."""
    session_cookie: ClassVar[str] = "sessionid"
    most_tabs: ClassVar[int] = 3

    browser: Browser
    tab: Tab
    """The tab in front."""

    def make_browser(self) -> Browser:
        return Browser(through_client())

    def entered(self, form: Form, number: int) -> Mapping[str, str]:
        """Return what to type into a form before it is sent. ``number``: for a choice between several inputs."""
        return {}

    def check(self, tab: Tab) -> None:
        """Check what must hold after each step: by default, that no page is a server error."""
        assert tab.page.status < 500, f"{tab.url}: {tab.page.status}"  # noqa: S101

    @initialize()
    def begin(self) -> None:
        self.browser = self.make_browser()
        self.tab = self.browser.open(self.urls[0])

    @invariant()
    def holds(self) -> None:
        self.check(self.tab)

    @rule(number=NUMBERS)
    def type_address(self, number: int) -> None:
        self.tab.go(self.urls[number % len(self.urls)])

    @rule(number=NUMBERS)
    def prefetch(self, number: int) -> None:
        self.tab.prefetch(self.urls[number % len(self.urls)])

    @rule(number=NUMBERS, choice=NUMBERS, clicks=st.integers(min_value=1, max_value=2))
    def send_form(self, number: int, choice: int, clicks: int) -> None:
        """Send a form of the page in front; two clicks are two requests."""
        forms = self.tab.page.forms
        for _ in range(clicks if forms else 0):
            form = forms[number % len(forms)]
            self.tab.submit(form, self.entered(form, choice))

    @rule(steps=STEPS)
    def go_back(self, steps: int) -> None:
        self.tab.back(steps)

    @rule(steps=STEPS)
    def go_forward(self, steps: int) -> None:
        self.tab.forward(steps)

    @rule()
    def load_again(self) -> None:
        self.tab.reload()

    @rule()
    def duplicate_tab(self) -> None:
        if len(self.browser.tabs) < self.most_tabs:
            self.tab = self.tab.duplicate()

    @rule(number=NUMBERS)
    def switch_tab(self, number: int) -> None:
        self.tab = self.browser.tabs[number % len(self.browser.tabs)]
        self.browser.show(self.tab)

    @rule()
    def expire_session(self) -> None:
        self.browser.lose_cookie(self.session_cookie)
        self.tab.reload()
