"""What comes in between: from staff, clock, processes and provider, and from the same person at another device."""

from __future__ import annotations

import random

from navstate.testing.history import Browser, Tab
from tests.walks.looking import CHINESE, Looking
from tests.walks.model import Device
from tests.walks.shopping import Operation
from tests.walks.stores import PASSWORD, PLENTY, PRICES


class Faults(Looking):
    """``devices``: the browsers of this person, with the tab in front of each, in the order of the model's."""

    chance: random.Random
    restart: Operation | None
    devices: list[tuple[Browser, Tab]]

    # --- who they are ---

    def log_in(self) -> None:
        """By typing the address; somebody signed in is led past it."""
        language = self.chance.choice(("", "", CHINESE))
        page = self.tab.go("/login/" if self.is_bare else f"{language}/login/")
        if page.has("login-form") and not self.model.device.is_signed_in:
            page = self.tab.submit(page.form("login-form"), {"login": self.stores.email, "password": PASSWORD})
            self.model.log_in()
        self.seen(page)

    def log_out(self) -> None:
        page = self.tab.go("/dashboard/")
        if page.has("logout"):
            page = self.tab.submit(page.form("logout"))
            self.model.log_out()
        self.seen(page)

    def take_other_device(self) -> None:
        """The same person takes the other one in hand, and looks at what is on its screen."""
        at = self.model.devices.index(self.model.device)
        self.devices[at] = (self.browser, self.tab)
        if len(self.devices) == 1:
            browser = self.second_browser()
            self.devices.append((browser, browser.open("/")))
            self.model.devices.append(Device())
        self.browser, self.tab = self.devices[1 - at]
        self.model.device = self.model.devices[1 - at]
        self.seen(self.browser.show(self.tab))

    def second_browser(self) -> Browser:
        return self.browser.other_device()

    # --- what happens to them ---

    def expire_session(self) -> None:
        self.stores.end_session(self.browser)
        if self.chance.random() < 0.5:
            self.browser.lose_cookie("sessionid")
        self.model.lose_session()

    def change_price(self) -> None:
        sku = self.chance.choice(list(PRICES))
        self.model.prices[sku] = PRICES[sku] + self.chance.randint(-3, 3)
        self.stores.change_price(sku, self.model.prices[sku])

    def take_stock_away(self) -> None:
        self.set_stock(self.chance.choice(list(PRICES)), self.chance.choice((0, 0, 1)))

    def bring_stock_back(self) -> None:
        for sku in PRICES:
            self.set_stock(sku, PLENTY)

    def set_stock(self, sku: str, available: int) -> None:
        self.model.stock[sku] = available
        self.stores.set_stock(sku, available)

    def empty_quick_stores(self) -> None:
        self.stores.empty_quick_stores()
        self.model.lose_quick_stores()

    def restart_process(self) -> None:
        assert self.restart is not None
        self.restart()

    def money_arrives(self) -> None:
        """Of the payments that the provider held back, one is done."""
        delayed = [order for order in self.model.orders if order.is_delayed]
        if delayed:
            order = self.chance.choice(delayed)
            self.stores.money_arrives(order.token)
            self.model.money_arrives(order)
