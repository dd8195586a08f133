"""Changes of carts. Each is one short transaction and conditional on what it was decided on."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from shop.cart.models import Cart, CartLine
from shop.cart.pricing import MOST_PER_LINE, available_now
from shop.catalog.models import Variant


class NotOnSale(LookupError):
    """No such SKU, or it is not sold at present."""


class CartClosed(RuntimeError):
    """The cart was ordered or merged meanwhile."""


class NoSuchLine(LookupError):
    """The line is not in this cart."""


class ChangedMeanwhile(RuntimeError):
    """Somebody (another tab) changed the line to ``quantity`` since it was shown."""

    def __init__(self, quantity: int) -> None:
        super().__init__(f"now {quantity}")
        self.quantity = quantity


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a wish: ``asked`` units in all, ``quantity`` now in the cart (less when stock is short)."""

    variant: Variant
    asked: int
    quantity: int

    @property
    def is_short(self) -> bool:
        return self.quantity < self.asked


@dataclass(frozen=True, slots=True)
class MergeReport:
    """``moved``: lines that the account's cart did not have; ``joined``: lines it had already."""

    moved: int = 0
    joined: int = 0
    token: str = ""


def open_cart(*, token: str, user_id: int | None, nav_id: str) -> Cart:
    """The open cart of an account, or that with ``token`` of a guest; a new one when there is none."""
    if user_id is not None:
        return _open_account_cart(user_id, nav_id)
    cart = Cart.objects.filter(token=token, user__isnull=True, status=Cart.Status.OPEN).first() if token else None
    return cart or Cart.objects.create(nav_id=nav_id)


def add(cart_id: int, *, sku: str, quantity: int) -> Placed:
    """Put ``quantity`` more units into the cart, as far as stock and the limit of a line allow.

    Raises ``NotOnSale`` and ``CartClosed``.
    """
    variant = (
        Variant.objects.select_related("product", "stock")
        .filter(sku=sku, is_active=True, product__is_published=True)
        .first()
    )
    if variant is None:
        raise NotOnSale(sku)
    with transaction.atomic():
        _next_version(cart_id)
        line = CartLine.objects.filter(cart_id=cart_id, variant=variant).first()
        asked = quantity + (line.quantity if line else 0)
        placed = Placed(variant, asked, _at_most(variant, asked))
        _place(cart_id, line, placed)
    return placed


def set_quantity(cart_id: int, line_id: int, *, quantity: int, was: int | None = None) -> Placed:
    """Set a line to ``quantity`` units, 0 removes it, and go on with today's price.

    ``was``: the quantity that was shown. Raises ``NoSuchLine``, ``CartClosed`` and, where ``was`` is not what is there
    now, ``ChangedMeanwhile``.
    """
    with transaction.atomic():
        _next_version(cart_id)
        line = (
            CartLine.objects.select_related("variant__product", "variant__stock")
            .filter(cart_id=cart_id, pk=line_id)
            .first()
        )
        if line is None:
            raise NoSuchLine(line_id)
        if was is not None and line.quantity not in (was, quantity):
            raise ChangedMeanwhile(line.quantity)
        placed = Placed(line.variant, quantity, _at_most(line.variant, quantity))
        _place(cart_id, line, placed)
    return placed


def merge(guest_token: str, user_id: int) -> MergeReport:
    """Bring a guest's cart into the account: adopted where the account has no open cart, else joined line by line.

    Of a variant in both, the larger quantity stays, so that a repeated login never doubles anything.
    """
    guest = Cart.objects.filter(token=guest_token, user__isnull=True, status=Cart.Status.OPEN).first()
    mine = Cart.objects.filter(user_id=user_id, status=Cart.Status.OPEN).first()
    if guest is None:
        return MergeReport(token=mine.token if mine else "")
    if mine is None:
        return _adopt(guest, user_id)
    with transaction.atomic():
        won = Cart.objects.filter(pk=guest.pk, status=Cart.Status.OPEN).update(status=Cart.Status.MERGED)
        if not won:
            return MergeReport(token=mine.token)
        _next_version(mine.pk)
        return _join(guest, mine)


def close_cart(cart_id: int, *, version: int) -> bool:
    """Mark a cart as ordered, if it is still open and just as it was seen. True when it was."""
    open_as_seen = Cart.objects.filter(pk=cart_id, status=Cart.Status.OPEN, version=version)
    return open_as_seen.update(status=Cart.Status.ORDERED, updated_at=timezone.now()) == 1


def reopen_cart(cart_id: int) -> bool:
    """Open an ordered cart again (its order was given up). False when it is open, or its account has another one."""
    try:
        with transaction.atomic():
            ordered = Cart.objects.filter(pk=cart_id, status=Cart.Status.ORDERED)
            changes = {"status": Cart.Status.OPEN, "opened": F("opened") + 1, "version": F("version") + 1}
            return ordered.update(**changes, updated_at=timezone.now()) == 1
    except IntegrityError:  # one_open_cart_per_account
        return False


def _open_account_cart(user_id: int, nav_id: str) -> Cart:
    try:
        with transaction.atomic():
            cart, _ = Cart.objects.get_or_create(user_id=user_id, status=Cart.Status.OPEN, defaults={"nav_id": nav_id})
    except IntegrityError:  # a second tab opened it in between
        cart = Cart.objects.get(user_id=user_id, status=Cart.Status.OPEN)
    return cart


def _next_version(cart_id: int) -> None:
    """Take the cart for this transaction: the row stays locked until it ends, so lines change one after the other."""
    is_open = Cart.objects.filter(pk=cart_id, status=Cart.Status.OPEN)
    if not is_open.update(version=F("version") + 1, updated_at=timezone.now()):
        raise CartClosed(cart_id)


def _at_most(variant: Variant, asked: int) -> int:
    available = available_now(variant)
    return min(asked, MOST_PER_LINE if available is None else min(available, MOST_PER_LINE))


def _place(cart_id: int, line: CartLine | None, placed: Placed) -> None:
    if placed.quantity <= 0:
        if line:
            line.delete()
        return
    CartLine.objects.update_or_create(
        cart_id=cart_id,
        variant=placed.variant,
        defaults={"quantity": placed.quantity, "seen_price": placed.variant.price},
    )


def _adopt(guest: Cart, user_id: int) -> MergeReport:
    try:
        with transaction.atomic():
            Cart.objects.filter(pk=guest.pk, status=Cart.Status.OPEN, user__isnull=True).update(user_id=user_id)
    except IntegrityError:  # the account got an open cart in between: join the two
        return merge(guest.token, user_id)
    return MergeReport(moved=guest.lines.count(), token=guest.token)


def _join(guest: Cart, mine: Cart) -> MergeReport:
    moved = joined = 0
    held = {line.variant_id: line for line in mine.lines.all()}
    for line in guest.lines.all():
        twin = held.get(line.variant_id)
        if twin is None:
            CartLine.objects.filter(pk=line.pk).update(cart=mine)
            moved += 1
            continue
        CartLine.objects.filter(pk=twin.pk).update(quantity=max(twin.quantity, line.quantity))
        joined += 1
    return MergeReport(moved=moved, joined=joined, token=mine.token)
