"""Changes of carts. Each is one short transaction, conditional on the state it was decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from djmoney.money import Money

from shop.cart.models import Cart, CartLine, new_token
from shop.cart.queries import LineContext, OpenCart, cart_of_account, cart_of_guest, mark_of, read_line, read_wish
from shop.catalog.offered import Offered, read_offered
from shop.sql.slots import Slot
from shop.sql.writes import CompiledInsert, CompiledUpdate

TRIES = 40
"""How often a change is tried when others of the same cart come in between."""


class NotOnSale(LookupError):
    """No such SKU, or it is not sold at present."""


class CartClosed(RuntimeError):
    """The cart was ordered or merged meanwhile."""


class CartMoved(RuntimeError):
    """Another change of the cart came in between reading and writing."""


class NoSuchLine(LookupError):
    """The line is not in this cart."""


class ChangedMeanwhile(RuntimeError):
    """Somebody (another tab) changed the line to ``quantity`` since it was shown."""

    def __init__(self, quantity: int) -> None:
        super().__init__(f"now {quantity}")
        self.quantity = quantity


@dataclass(frozen=True, slots=True)
class Placed:
    """The result of a change: ``asked`` units in all, ``quantity`` now in the cart (fewer when stock is short).

    ``most``: units that could be ordered. When there are none, an existing line stays as it was: only the shopper
    removes lines. ``offer``: what a page would show of the article now; ``cart``: the mark of the changed cart.
    """

    title: str
    asked: int
    quantity: int
    most: int
    is_on_sale: bool
    offer: Offered
    cart: str = ""

    @property
    def is_refused(self) -> bool:
        return self.asked > 0 and not self.most

    @property
    def is_short(self) -> bool:
        return self.quantity < self.asked


class Joined(NamedTuple):
    """Groups of fields that the shopper had filled in with two carts that are now one.

    ``kept``: filled in with both carts, so the newer cart's stay; ``taken``: filled in with the older cart alone.
    """

    kept: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


NOTHING_JOINED = Joined()

JoinEntries = Callable[[int, int], Joined]
"""Moves what a higher room keeps with a cart, such as an address, from the older cart to the newer one (ids).

Called inside the transaction that joins the carts."""


def join_nothing(older: int, newer: int) -> Joined:
    return NOTHING_JOINED


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge did with the guest's lines.

    ``moved``: lines that the account's cart did not have; ``joined``: lines it had already; ``token``: that of the
    account's cart now, empty for none; ``was_adopted``: the account had no cart.
    """

    moved: int = 0
    joined: int = 0
    token: str = ""
    was_adopted: bool = False
    entries: Joined = NOTHING_JOINED


def open_cart(*, token: str, user_id: int | None, nav_id: str) -> OpenCart:
    """Return the account's open cart, or the guest's with ``token``; open a new one when there is none."""
    cart = cart_of_account(user_id) if user_id is not None else cart_of_guest(token)
    if cart:
        return cart
    if user_id is not None:
        return _open_account_cart(user_id, nav_id)
    return _new_cart(nav_id)


def with_open_cart(
    change: Callable[[OpenCart], Placed], *, token: str, user_id: int | None, nav_id: str
) -> tuple[OpenCart, Placed]:
    """Change the open cart; if another tab orders it at that moment, change the next one.

    Raises what ``change`` raises, except ``CartClosed``; ``CartMoved`` after :data:`TRIES`.
    """
    for _ in range(TRIES):
        cart = open_cart(token=token, user_id=user_id, nav_id=nav_id)
        try:
            return cart, change(cart)
        except CartClosed:
            continue
    raise CartMoved(token)


def add(cart_id: int, *, sku: str, quantity: int, seen_price: Money | None = None) -> Placed:
    """Put ``quantity`` more units into the cart, as far as stock and the limit of a line allow.

    ``seen_price``: what the page with the button showed; ``None`` for today's.
    Raises ``NotOnSale``, ``CartClosed`` and ``CartMoved``.
    """

    def more() -> Placed:
        wish = read_wish(cart_id, sku)
        if wish is None:
            raise NotOnSale(sku)
        return _place(cart_id, wish, quantity + (wish.held or 0), seen_price)

    return _as_read_or_again(cart_id, more)


def note_told(cart_id: int, line_ids: Iterable[int]) -> None:
    """Delete the lines of deleted articles that the shopper has now seen."""
    CartLine.objects.filter(cart=cart_id, pk__in=line_ids, variant__isnull=True).delete()


def set_quantity(cart_id: int, line_id: int, *, quantity: int, was: int | None = None, offer: str = "") -> Placed:
    """Set a line to ``quantity`` units, 0 to remove it, and record the price that the cart showed as seen.

    ``was``: the quantity shown; ``offer``: the offer shown, sealed; without it, today's price counts as seen.
    Raises ``NoSuchLine``, ``CartClosed``, ``CartMoved`` and, when the line has neither ``was`` nor ``quantity`` units,
    ``ChangedMeanwhile``.
    """

    def exactly() -> Placed:
        wish = read_line(cart_id, line_id)
        if wish is None:
            raise NoSuchLine(line_id)
        if was is not None and wish.held not in (was, quantity):
            raise ChangedMeanwhile(wish.held or 0)
        shown = read_offered(offer, wish.offer.sku)
        return _place(cart_id, wish, quantity, shown and shown.price)

    return _as_read_or_again(cart_id, exactly)


def merge(guest_token: str, user_id: int, join_entries: JoinEntries = join_nothing) -> MergeReport:
    """Give a guest's cart to the account: adopted if the account has no open cart, else the two become one.

    The guest's cart is the one that stays, so everything that refers to it (entries, the stage, the attempt, a request
    under way in another tab) stays valid without being copied. Of a variant in both, the larger quantity stays, so that
    a repeated login doubles nothing. Raises ``CartClosed`` if either cart was ordered or merged meanwhile, or another
    tab opened a cart.
    """
    guest = Cart.objects.filter(token=guest_token, user__isnull=True, status=Cart.Status.OPEN).first()
    mine = Cart.objects.filter(user_id=user_id, status=Cart.Status.OPEN).first()
    if guest is None:
        return MergeReport(token=mine.token if mine else "")
    if mine is None:
        return _adopt(guest, user_id, join_entries)
    try:
        with transaction.atomic():
            return _join(guest, mine, user_id, join_entries)
    except IntegrityError as error:  # another tab opened a cart, or entered something, in between
        raise CartClosed(mine.pk) from error


def close_cart(cart_id: int, *, version: int) -> bool:
    """Mark a cart as ordered if it is open and still at ``version``. Return whether it was."""
    return _close().run((Cart.Status.ORDERED, timezone.now()), cart=cart_id, version=version) == 1


def reopen_cart(cart_id: int) -> bool:
    """Open an ordered cart again after its order was cancelled.

    Return False when the cart is not ordered, or its account has another open one.
    """
    try:
        with transaction.atomic():
            ordered = Cart.objects.filter(pk=cart_id, status=Cart.Status.ORDERED)
            changes = {"status": Cart.Status.OPEN, "opened": F("opened") + 1, "version": F("version") + 1}
            return ordered.update(**changes, updated_at=timezone.now()) == 1
    except IntegrityError:  # one_open_cart_per_account
        return False


def _open_account_cart(user_id: int, nav_id: str) -> OpenCart:
    try:
        with transaction.atomic():
            return _new_cart(nav_id, user_id)
    except IntegrityError:  # a second tab opened it in between
        return _as_read(Cart.objects.get(user_id=user_id, status=Cart.Status.OPEN))


def _new_cart(nav_id: str, user_id: int | None = None) -> OpenCart:
    token = new_token()
    pk = _insert_cart.run(token=token, nav_id=nav_id, user_id=user_id)
    return OpenCart(pk=pk, token=token, version=0, opened=1, nav_id=nav_id, user_id=user_id)


def _as_read(cart: Cart) -> OpenCart:
    return OpenCart(*(getattr(cart, name) for name in OpenCart._fields))


def _as_read_or_again(cart_id: int, change: Callable[[], Placed]) -> Placed:
    """Make a change that is conditional on the cart as it was read; when another change came first, read again.

    Every failed try means that another change succeeded. Raises :class:`CartMoved` after :data:`TRIES`.
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return change()
        except (CartMoved, IntegrityError):  # IntegrityError: the article was deleted meanwhile
            continue
    raise CartMoved(cart_id)


def _place(cart_id: int, wish: LineContext, asked: int, seen_price: Money | None) -> Placed:
    """Write a line with as many of ``asked`` units as can be ordered; leave it as it is when there are none.

    Conditional on the cart's version, so that nobody else wrote in between.
    """
    if wish.cart_version is None:
        raise CartClosed(cart_id)
    placed = Placed(wish.title, asked, min(asked, wish.most), wish.most, wish.is_on_sale, wish.offer)
    if placed.is_refused:
        return replace(placed, quantity=wish.held or 0)
    if not next_version(cart_id, version=wish.cart_version):
        raise CartMoved(cart_id)
    price = seen_price or wish.price
    seen = (price.amount, price.currency.code)
    if placed.quantity > 0 and wish.line_id:
        _write_line().run((placed.quantity, *seen), line=wish.line_id)
    elif placed.quantity > 0:
        _insert_line.run(
            cart_id=cart_id,
            variant_id=wish.variant_id,
            quantity=placed.quantity,
            seen_price=seen[0],
            seen_price_currency=seen[1],
        )
    elif wish.line_id:
        CartLine.objects.filter(pk=wish.line_id).delete()
    return replace(placed, cart=mark_of(cart_id, wish.cart_version + 1))


def next_version(cart_id: int, *, version: int) -> bool:
    """Raise the version, which locks the cart for this transaction. Return False when it is closed or has changed."""
    return _move_on().run((version + 1, timezone.now()), cart=cart_id, version=version) == 1


def _adopt(guest: Cart, user_id: int, join_entries: JoinEntries) -> MergeReport:
    try:
        with transaction.atomic():
            mine = Cart.objects.filter(pk=guest.pk, status=Cart.Status.OPEN, user__isnull=True).update(user_id=user_id)
    except IntegrityError:  # the account got an open cart in between: join the two
        return merge(guest.token, user_id, join_entries)
    if not mine:  # it was ordered, merged or adopted in between: look again
        return merge(guest.token, user_id, join_entries)
    return MergeReport(moved=guest.lines.filter(variant__isnull=False).count(), token=guest.token, was_adopted=True)


def _join(guest: Cart, mine: Cart, user_id: int, join_entries: JoinEntries) -> MergeReport:
    """Close the account's cart first: another login that joins a guest's cart with it waits, then finds it merged."""
    changes = {"version": F("version") + 1, "updated_at": timezone.now()}
    opened = Cart.objects.filter(status=Cart.Status.OPEN)
    if not opened.filter(pk=mine.pk).update(status=Cart.Status.MERGED, **changes):
        raise CartClosed(mine.pk)
    if not opened.filter(pk=guest.pk, user__isnull=True).update(user_id=user_id, **changes):
        raise CartClosed(guest.pk)
    held = {line.variant_id: line for line in guest.lines.filter(variant__isnull=False)}
    joined = 0
    for line in mine.lines.all():
        twin = held.get(line.variant_id)
        if twin is None:
            CartLine.objects.filter(pk=line.pk).update(cart=guest)
            continue
        CartLine.objects.filter(pk=twin.pk).update(quantity=max(twin.quantity, line.quantity))
        joined += 1
    entries = join_entries(mine.pk, guest.pk)
    return MergeReport(moved=len(held) - joined, joined=joined, token=guest.token, entries=entries)


# --- The statements, compiled once ---
_insert_cart = CompiledInsert(Cart)
_insert_line = CompiledInsert(CartLine)


@cache
def _move_on() -> CompiledUpdate:
    return CompiledUpdate(_open_as_read(), ("version", "updated_at"))


@cache
def _close() -> CompiledUpdate:
    return CompiledUpdate(_open_as_read(), ("status", "updated_at"))


@cache
def _write_line() -> CompiledUpdate:
    columns = ("quantity", "seen_price", "seen_price_currency")
    return CompiledUpdate(CartLine.objects.filter(pk=Slot("line")), columns)


def _open_as_read() -> QuerySet[Cart]:
    return Cart.objects.filter(pk=Slot("cart"), status=Cart.Status.OPEN, version=Slot("version"))
