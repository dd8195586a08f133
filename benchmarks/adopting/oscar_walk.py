"""What a shopper does in Oscar as it comes, with staff beside, several tabs and sessions that are lost."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.adopting.browser import Missing, Regions
from benchmarks.adopting.sites import Site
from benchmarks.adopting.walk import Walk

PASSWORD = "a-long-password-7"
CUSTOMERS = ("ada@example.com", "bert@example.com", "cleo@example.com")
SESSION = "sessionid"
ADDRESS = {"first_name": "A", "line1": "1 Street", "line4": "Town", "postcode": "AB10 1AB"}
STEPS = {  # what a page of the checkout is known by, and what is done there
    "form input[name=options]": "_gateway",
    "#new_shipping_address": "_address",
    "#view_preview": "_payment",
    "#place_order_form": "_place_order",
}


def prepare(site: Site) -> None:
    """The customers that a walk finds."""
    for email in CUSTOMERS:
        site.ask_staff("make_customer", email=email, password=PASSWORD)


class OscarWalk(Walk):
    regions: ClassVar[Regions] = [
        ("account in the head", "#top_page"),
        ("basket in the head", ".basket-mini, .navbar .btn-cart"),
        ("recently viewed", ".sub-header:has(+ .row .product_pod) ~ *"),
        ("main", "#content_inner, .product_page, main, .page"),
    ]
    privates: ClassVar[tuple[str, ...]] = (*CUSTOMERS, "newcomer-")
    profile: ClassVar[str] = "/accounts/profile/"
    typables = ("#new_shipping_address [name=line1]", "#login_form [name=login-username]", "#id_q")
    operations: ClassVar[dict[str, int]] = {
        "open home": 3,
        "open category": 4,
        "open product": 8,
        "add": 7,
        "open basket": 4,
        "change quantity": 8,
        "remove": 2,
        "log in": 4,
        "fail to log in": 1,
        "log out": 2,
        "register": 1,
        "open account": 3,
        "check out": 12,
        "leave typed": 2,
        "elsewhere": 4,
        "staff": 4,
        "lose session": 1,
    }

    def begin(self) -> None:
        self.browser.open("/catalogue/")

    def can(self, name: str) -> bool:
        if name in {"log in", "fail to log in", "register"}:
            return not self.browser.has("#logout_link")
        if name in {"change quantity", "remove"}:
            return self.browser.has("#basket_formset")
        if name == "check out":
            return self.browser.has(", ".join((*STEPS, ".basket-mini a[href='/checkout/']")))
        return name != "log out" or self.browser.has("#logout_link")

    # --- catalogue ---

    def open_home(self) -> None:
        self._click_or_open("header .h1 a", "/catalogue/")

    def open_category(self) -> None:
        self._click_or_open(".side_categories a, .breadcrumb-item a[href*=category]", "/catalogue/category/books_1/")

    def open_product(self) -> None:
        if not self.browser.has(".product_pod h3 a"):
            self.open_home()
        self.browser.click(".product_pod h3 a", self.chance.randrange(100))

    def add(self) -> None:
        path = self.browser.path
        if self.browser.has("#add_to_basket_form"):
            if self.chance.random() < 0.3:
                self.type("#add_to_basket_form [name=quantity]", str(self.chance.randint(1, 3)))
            self.browser.click("#add_to_basket_form button[type=submit]")
        else:
            if not self.browser.has(".product_pod form button"):
                self.open_home()
                path = self.browser.path
            self.browser.click(".product_pod form button", self.chance.randrange(100))
        self.sent(path)

    # --- basket ---

    def open_basket(self) -> None:
        self._click_or_open(".basket-mini button:first-child", "/basket/")

    def change_quantity(self) -> None:
        self._to_basket()
        at = self.chance.randrange(self.browser.count("#basket_formset [name$=-quantity]"))
        self.type("#basket_formset [name$=-quantity]", str(self.chance.randint(1, 4)), at)
        self.browser.click_within("#basket_formset button[type=submit]", at, gone="#basket_formset")
        self.sent("/basket/")

    def remove(self) -> None:
        self._to_basket()
        self.browser.click_within("#basket_formset [data-behaviours=remove]", gone="#basket_formset")

    def _to_basket(self) -> None:
        if not self.browser.has("#basket_formset"):
            self.open_basket()
        if not self.browser.has("#basket_formset"):
            raise Missing("the basket is empty")

    # --- account ---

    def log_in(self) -> None:
        self._log_in(self.chance.choice(CUSTOMERS), PASSWORD)

    def fail_to_log_in(self) -> None:
        self._log_in(self.chance.choice(CUSTOMERS), "wrong")

    def _log_in(self, email: str, password: str) -> None:
        if not self.browser.has("#login_form"):
            self._click_or_open("#login_link", "/accounts/login/")
        path = self.browser.path
        self.type("#login_form [name=login-username]", email)
        self.browser.type("#login_form [name=login-password]", password)
        self.browser.click("#login_form [name=login_submit]")
        if self.browser.has("#logout_link"):
            self.sent(path)

    def log_out(self) -> None:
        self.browser.click("#logout_link")

    def register(self) -> None:
        if not self.browser.has("#register_form"):
            self._click_or_open("#login_link", "/accounts/login/")
        path = self.browser.path
        self.type("#register_form [name=registration-email]", f"newcomer-{self.seed}-{self.step}@example.com")
        self.browser.type("#register_form [name=registration-password1]", PASSWORD)
        self.browser.type("#register_form [name=registration-password2]", PASSWORD)
        self.browser.click("#register_form [name=registration_submit]")
        self.sent(path)

    def open_account(self) -> None:
        self.browser.open(self.chance.choice(("/accounts/profile/", "/accounts/orders/", "/accounts/addresses/")))

    # --- checkout ---

    def check_out(self) -> None:
        """The step that the page is, else from the basket into the first one."""
        for selector, name in STEPS.items():
            if self.browser.has(selector):
                getattr(self, name)()
                return
        self._to_basket()
        self.browser.click("#content_inner a[href='/checkout/']")

    def _gateway(self) -> None:
        path = self.browser.path
        self.type("[name=username]", f"guest-{self.step}@example.com")
        self.browser.press(self.browser.find("input[name=options][value=anonymous]"))
        self.browser.click("form.card button[type=submit]")
        self.sent(path)

    def _address(self) -> None:
        if self.browser.has(".ship-address") and self.chance.random() < 0.5:
            self.browser.click(".ship-address")
            return
        path = self.browser.path
        for name, value in ADDRESS.items():
            self.type(f"#new_shipping_address [name={name}]", value)
        self.type("#new_shipping_address [name=last_name]", f"Lovelace-{self.step}")
        self.browser.click("#new_shipping_address button[type=submit]")
        self.sent(path)

    def _payment(self) -> None:
        self.browser.click("#view_preview")

    def _place_order(self) -> None:
        self.browser.click("#place-order")

    # --- beside ---

    def elsewhere(self) -> None:
        """Another tab adds to the basket or logs out; the shopper stays there."""
        if len(self.browser.tabs) == 1:
            self.browser.new_tab("/catalogue/")
        else:
            self.browser.show(self.browser.front + 1)
        if self.browser.has("#logout_link") and self.chance.random() < 0.4:
            self.browser.click("#logout_link")
        else:
            self.open_product()
            self.add()

    def staff(self) -> None:
        """Another price, or another stock: of what is in the basket, or of anything."""
        sku = f"P{self.chance.randint(1, 20):03}"
        if self.chance.random() < 0.6:
            self.site.ask_staff("price", sku=sku, price=f"{self.chance.randint(1, 60)}.49")
        else:
            self.site.ask_staff("stock", sku=sku, number=self.chance.choice((0, 1, 2, 500)))

    def lose_session(self) -> None:
        self.browser.driver.delete_cookie(SESSION)

    def _click_or_open(self, selector: str, path: str) -> None:
        if self.browser.offers(selector):
            self.browser.click(selector, self.chance.randrange(100))
        else:
            self.browser.open(path)
