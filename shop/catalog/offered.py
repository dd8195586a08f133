"""What a page offered beside its button: sealed into the form, so that the answer can say what has changed since.

The seal is no secret and decides nothing: the price is always today's. It keeps a changed form from being quoted as if
the shop had shown it.
"""

from __future__ import annotations

from typing import NamedTuple

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _
from djmoney.money import Money

from shop.catalog.availability import Availability
from shop.money import money_text

SALT = "shop.catalog.offered.1"
"""With the number of its format."""


class Difference(NamedTuple):
    label: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.label} {self.was} → {self.now}"


class Offered(NamedTuple):
    """``name``: the title with the option values; ``amount``: as text; ``kind``, ``left``: of its ``Availability``."""

    sku: str
    name: str
    amount: str
    currency: str
    kind: str
    left: int | None

    @property
    def price(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def availability(self) -> Availability:
        return Availability(self.kind, self.left)  # type: ignore[arg-type]

    def sealed(self) -> str:
        return Signer(salt=SALT).sign_object(tuple(self))

    def differences(self, now: Offered) -> list[Difference]:
        """What a shopper who saw this is to know, in the language that is active."""
        told = [
            Difference(_("Item:"), self.name, now.name),
            Difference(_("Price:"), money_text(self.price), money_text(now.price)),
            Difference(_("Stock:"), self.availability.text, now.availability.text),
        ]
        return [each for each in told if each.was != each.now]


def offered(sku: str, title: str, values: list[str], price: Money, stock: Availability) -> Offered:
    name = ", ".join(filter(None, (title, " / ".join(values))))
    left = stock.left if stock.kind == "few" else None  # only few are told
    return Offered(sku, name, f"{price.amount:f}", price.currency.code, stock.kind, left)


def read_offered(sealed: str, sku: str) -> Offered | None:
    """What a form carried for this SKU; ``None`` for nothing, or nothing of ours."""
    try:
        found = Offered(*Signer(salt=SALT).unsign_object(sealed))
    except BadSignature:
        return None
    return found if found.sku == sku else None
