"""Which cart is whose, and what is in it. No side effects."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery, Sum
from django.http import HttpRequest

from shop.cart.cookies import cart_token
from shop.cart.models import Cart, CartLine
from shop.cart.pricing import PricedLine, priced
from shop.catalog.models import Image


@dataclass(frozen=True, slots=True)
class CartContents:
    """A visitor's open cart with its lines as they are now; ``cart`` is ``None`` for a visitor without one."""

    cart: Cart | None
    lines: list[PricedLine]


NOTHING = CartContents(None, [])


def user_id_of(request: HttpRequest) -> int | None:
    """The account signed in, without touching the session of a browser that has none."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and not request.session.modified:
        return None
    return request.user.pk if request.user.is_authenticated else None


def open_cart_of(request: HttpRequest) -> Q | None:
    """The condition that finds the visitor's open cart: an account's by the account, a guest's by its token."""
    user_id = user_id_of(request)
    if user_id is not None:
        return Q(user_id=user_id, status=Cart.Status.OPEN)
    token = cart_token(request)
    return Q(token=token, user__isnull=True, status=Cart.Status.OPEN) if token else None


def find_cart(request: HttpRequest) -> Cart | None:
    condition = open_cart_of(request)
    return Cart.objects.filter(condition).first() if condition else None


def read_cart(request: HttpRequest) -> CartContents:
    """Read the visitor's cart anew, in two queries, and remember it for :func:`shown_cart`."""
    cart = find_cart(request)
    contents = CartContents(cart, priced_lines(cart.pk)) if cart else NOTHING
    request.cart_contents = contents  # type: ignore[attr-defined]
    return contents


def shown_cart(request: HttpRequest) -> CartContents:
    """What was last read in this request, so that a page and the facts decided on are the same."""
    return getattr(request, "cart_contents", None) or read_cart(request)


def count_units(request: HttpRequest) -> int:
    """How many units are in the cart, in one query: by the token alone while the cart is a guest's."""
    token = cart_token(request)
    if not token:
        return 0
    cart = Cart.objects.filter(token=token, status=Cart.Status.OPEN).annotate(units=Sum("lines__quantity")).first()
    if cart is None or (cart.user_id is not None and cart.user_id != user_id_of(request)):
        return 0
    return int(cart.units or 0)


def priced_lines(cart_id: int) -> list[PricedLine]:
    """The lines with today's prices and stock, in one query, oldest first."""
    picture = Image.objects.filter(product=OuterRef("variant__product")).exclude(file="").order_by("position", "pk")
    lines = (
        CartLine.objects.filter(cart_id=cart_id)
        .select_related("variant__product", "variant__stock", "variant__image")
        .annotate(picture=Subquery(picture.values("file")[:1]))
        .order_by("added_at", "pk")
    )
    return [priced(line) for line in lines]
