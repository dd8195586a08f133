"""What is stored behind the shop, read and disturbed through the models, on whatever stores the run is on."""

from __future__ import annotations

import uuid
from decimal import Decimal
from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db.models import QuerySet

from checkout.models import Order, Payment, ShippingMethod
from checkout.payments.demo.models import Event
from checkout.payments.demo.models import Session as PaymentSession
from checkout.payments.demo.services import capture_delayed
from checkout.payments.demo.webhooks import body_of, send
from checkout.services.settling import settle
from navstate.models import NavRecord
from navstate.testing.history import Browser
from shop.accounts.models import User
from shop.cart.models import Cart, CartLine
from shop.catalog.models import Variant
from shop.catalog.services import bump_catalog_version
from shop.stock.models import Stock
from tests.factories import make_shipping, make_variant, set_available, set_price
from tests.walks.model import SHIPPING

PRICES = {"WALK-A": Decimal("20.00"), "WALK-B": Decimal("35.50"), "WALK-C": Decimal("8.00")}
PLENTY = 40
PASSWORD = "painted-blaze-on-a-tree"


class Stores:
    """Prices, stock, carts and orders of the walk's own articles; nobody else buys them. ``email`` and :data:`PASSWORD`: of
    the shopper's account. ``is_served``: the shop runs in processes of its own, which can be reached over HTTP.
    """

    def __init__(self, *, is_served: bool = False) -> None:
        self.is_served = is_served
        self.email = f"walk-{uuid.uuid4().hex[:12]}@example.org"
        self.user_id = self.open_account()
        ShippingMethod.objects.update(is_active=False)
        for code, (price, countries) in SHIPPING.items():
            make_shipping(code, price=str(price), countries=list(countries), free_over=None, is_active=True)
        for sku, price in PRICES.items():
            if not Variant.objects.filter(sku=sku).exists():
                make_variant(sku, price=str(price), available=PLENTY, title=f"Walk {sku}")
            set_price(sku, str(price))
            set_available(sku, PLENTY)
        bump_catalog_version()
        self.before = max(Order.objects.values_list("pk", flat=True), default=0)

    def open_account(self) -> int:
        return int(User.objects.create_user(self.email, PASSWORD).pk)

    # --- reading ---

    def session(self, browser: Browser) -> SessionBase | None:
        key = browser.cookies.get(settings.SESSION_COOKIE_NAME)
        return import_module(settings.SESSION_ENGINE).SessionStore(key) if key else None

    def is_signed_in(self, browser: Browser) -> bool:
        session = self.session(browser)
        return session is not None and session.get(SESSION_KEY) == str(self.user_id)

    def open_carts(self, browser: Browser) -> QuerySet[Cart]:
        """The one that the shop would find: an account's by the account, a guest's by the cookie."""
        opened = Cart.objects.filter(status=Cart.Status.OPEN)
        if self.is_signed_in(browser):
            return opened.filter(user_id=self.user_id)
        return opened.filter(user=None, token=browser.cookies.get("cart", ""))

    def cart(self, browser: Browser) -> dict[str, int]:
        lines = CartLine.objects.filter(cart__in=self.open_carts(browser))
        return dict(lines.values_list("variant__sku", "quantity"))

    def entered(self, browser: Browser) -> dict[str, str]:
        """What was taken on the way: as many of the fields as the draft has."""
        draft = getattr(self.open_carts(browser).first(), "draft", None)
        names = ("line1", "country", "shipping_method", "payment_method")
        return {name: str(getattr(draft, name)) for name in names} if draft else {}

    def has_line(self, browser: Browser, action: str) -> bool:
        """Whether a line's form still is of a line in the cart."""
        mine = CartLine.objects.filter(cart__in=self.open_carts(browser))
        return mine.filter(pk=int(action.rstrip("/").rpartition("/")[2])).exists()

    def orders(self) -> list[tuple[dict[str, int], Decimal, str, str]]:
        """Lines, total, status and token, oldest first."""
        found = Order.objects.filter(pk__gt=self.before).order_by("pk").prefetch_related("lines")
        return [
            ({line.sku: line.quantity for line in order.lines.all()}, order.total.amount, order.status, order.token)
            for order in found
        ]

    def payment_at(self, token: str) -> str:
        """Path of the provider's page of an order's open payment, empty for none."""
        pending = Payment.objects.filter(order__token=token, state=Payment.State.PENDING)
        return urlsplit(pending.values_list("redirect_url", flat=True).first() or "").path

    def stock(self) -> dict[str, int]:
        return dict(Stock.objects.filter(variant__sku__in=PRICES).values_list("variant__sku", "available"))

    # --- disturbing ---

    def change_price(self, sku: str, price: Decimal) -> None:
        set_price(sku, str(price))
        bump_catalog_version()

    def set_stock(self, sku: str, available: int) -> None:
        set_available(sku, available)
        bump_catalog_version()

    def money_arrives(self, token: str) -> None:
        """A payment that the provider held back is done; it tells the shop."""
        for payment in Payment.objects.filter(order__token=token, state=Payment.State.PROCESSING):
            capture_delayed.func(payment.reference)
            url = PaymentSession.objects.values_list("webhook_url", flat=True).get(reference=payment.reference)
            event = Event.objects.filter(session__reference=payment.reference).latest("pk")
            if self.is_served:
                assert send(url, body_of(event)) == (True, "204")
            else:
                settle(payment.pk)

    def end_session(self, browser: Browser) -> None:
        """On the server; the browser still sends its cookie."""
        session = self.session(browser)
        if session is not None:
            session.delete()

    def empty_quick_stores(self) -> None:
        """Redis is emptied: sessions, navigation state, cached pages. Without Redis these live in SQL."""
        cache.clear()
        Session.objects.all().delete()
        NavRecord.objects.all().delete()
