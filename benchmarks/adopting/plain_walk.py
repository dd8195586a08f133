"""What somebody does in a plain Django project: a list, forms that change it, private pages, the admin."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.adopting.browser import Missing, Regions
from benchmarks.adopting.sites import Site
from benchmarks.adopting.walk import Walk

PASSWORD = "a-long-password-7"
PEOPLE = ("ada@example.com", "bert@example.com")
SESSION = "sessionid"


def prepare(site: Site) -> None:
    """The people that a walk finds."""
    for name in PEOPLE:
        site.ask_staff("make_customer", email=name, password=PASSWORD)


class PlainWalk(Walk):
    regions: ClassVar[Regions] = [("account in the head", "body > nav, #user-tools"), ("main", "main")]
    privates: ClassVar[tuple[str, ...]] = (*PEOPLE, "newcomer-")
    profile: ClassVar[str] = "/account/"
    typables = ("form#book [name=author]", "form#login [name=username]", "form#register [name=username]")
    operations: ClassVar[dict[str, int]] = {
        "open list": 8,
        "open book": 8,
        "edit": 10,
        "add": 5,
        "delete": 3,
        "fail to add": 1,
        "open account": 6,
        "log in": 8,
        "log out": 4,
        "register": 2,
        "administrate": 3,
        "leave typed": 2,
        "elsewhere": 4,
        "staff": 4,
        "lose session": 1,
    }

    def begin(self) -> None:
        self.browser.open("/")

    def can(self, name: str) -> bool:
        if name in {"log in", "register"}:
            return not self.browser.has("form#logout")
        return name != "log out" or self.browser.has("form#logout")

    def open_list(self) -> None:
        if self.browser.has("body > nav a"):
            self.browser.click("body > nav a")
        else:
            self.browser.open("/")

    def open_book(self) -> None:
        if not self.browser.has("a.book"):
            self.open_list()
        self.browser.click("a.book", self.chance.randrange(100))

    def open_account(self) -> None:
        self.browser.open("/account/")

    def edit(self) -> None:
        if not self.browser.has("a.edit"):
            self.open_list()
        self.browser.click("a.edit", self.chance.randrange(100))
        self._save(copies=str(self.chance.randint(1, 40)))

    def add(self) -> None:
        self._open_form()
        self._save(title=f"Novel {self.step}", author="Somebody", copies="3")

    def fail_to_add(self) -> None:
        self._open_form()
        self._save(title="No author", copies="-3")

    def _open_form(self) -> None:
        if self.browser.has("a.add"):
            self.browser.click("a.add")
        else:
            self.browser.open("/books/add/")

    def _save(self, **fields: str) -> None:
        """Through the login where it stands in between."""
        self._pass_login()
        path = self.browser.path
        for name, value in fields.items():
            self.type(f"form#book [name={name}]", value)
        self.browser.find("form#book button")
        self.browser.driver.execute_script("document.getElementById('book').noValidate = true")
        self.browser.click("form#book button")
        if self.browser.path != path:
            self.sent(path)

    def _pass_login(self) -> None:
        if self.browser.has("form#login"):
            self._fill_login(self.chance.choice(PEOPLE))

    def delete(self) -> None:
        if not self.browser.has("a.delete"):
            self.open_list()
        if not self.browser.has("a.delete"):
            raise Missing("nobody is logged in")
        self.browser.click("a.delete", self.chance.randrange(100))
        self._pass_login()
        self.browser.click("form#delete button")

    # --- account ---

    def log_in(self) -> None:
        if not self.browser.has("form#login"):
            self.browser.open("/login/")
        self._fill_login(self.chance.choice(PEOPLE))

    def _fill_login(self, name: str) -> None:
        path = self.browser.path
        self.type("form#login [name=username]", name)
        self.browser.type("form#login [name=password]", PASSWORD)
        self.browser.click("form#login button")
        self.sent(path)

    def log_out(self) -> None:
        self.browser.click("form#logout button")

    def register(self) -> None:
        self.browser.open("/register/")
        self.type("form#register [name=username]", f"newcomer-{self.seed}-{self.step}")
        self.browser.type("form#register [name=password1]", PASSWORD)
        self.browser.type("form#register [name=password2]", PASSWORD)
        self.browser.click("form#register button")
        self.sent("/register/")

    def administrate(self) -> None:
        """Log in to the admin where need be, and change the first book there."""
        self.browser.open("/admin/library/book/")
        if self.browser.has("#login-form"):
            self.type("#login-form [name=username]", "staff")
            self.browser.type("#login-form [name=password]", "staff")
            self.browser.click("#login-form input[type=submit]")
        self.browser.click("#result_list tbody th a", self.chance.randrange(100))
        path = self.browser.path
        self.type("#book_form [name=copies]", str(self.chance.randint(1, 40)))
        self.browser.click("#book_form [name=_save]")
        self.sent(path)

    # --- beside ---

    def elsewhere(self) -> None:
        """Another tab edits a book or logs out; the visitor stays there."""
        if len(self.browser.tabs) == 1:
            self.browser.new_tab("/")
        else:
            self.browser.show(self.browser.front + 1)
        if self.browser.has("form#logout") and self.chance.random() < 0.4:
            self.log_out()
        else:
            self.open_list()
            self.edit()

    def staff(self) -> None:
        self.site.ask_staff("copies", number=self.chance.randint(1, 40))

    def lose_session(self) -> None:
        self.browser.driver.delete_cookie(SESSION)
