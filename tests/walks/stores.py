"""What is stored behind the shop, read and disturbed through the models, on whatever stores the run is on."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache

from checkout.models import Order, ShippingMethod
from navstate.models import NavRecord
from navstate.testing.history import Browser
from shop.cart.models import Cart, CartLine
from shop.catalog.models import Variant
from shop.catalog.services import bump_catalog_version
from shop.stock.models import Stock
from tests.factories import make_shipping, make_variant, set_available, set_price
from tests.walks.model import SHIPPING

PRICES = {"WALK-A": Decimal("20.00"), "WALK-B": Decimal("35.50"), "WALK-C": Decimal("8.00")}
PLENTY = 40


class Stores:
    """Prices, stock, carts and orders of the walk's own articles; nobody else buys them."""

    def __init__(self) -> None:
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

    # --- reading ---

    def cart(self, browser: Browser) -> dict[str, int]:
        lines = CartLine.objects.filter(cart__token=browser.cookies.get("cart", ""), cart__status=Cart.Status.OPEN)
        return dict(lines.values_list("variant__sku", "quantity"))

    def entered(self, browser: Browser) -> dict[str, str]:
        """What was taken on the way: as many of the fields as the draft has."""
        cart = Cart.objects.filter(token=browser.cookies.get("cart", ""), status=Cart.Status.OPEN).first()
        draft = getattr(cart, "draft", None)
        names = ("line1", "country", "shipping_method", "payment_method")
        return {name: str(getattr(draft, name)) for name in names} if draft else {}

    def has_line(self, browser: Browser, action: str) -> bool:
        """Whether a line's form still is of a line in the cart."""
        mine = CartLine.objects.filter(cart__token=browser.cookies.get("cart", ""), cart__status=Cart.Status.OPEN)
        return mine.filter(pk=int(action.rstrip("/").rpartition("/")[2])).exists()

    def orders(self) -> list[tuple[dict[str, int], Decimal, str, str]]:
        """Lines, total, status and token, oldest first."""
        found = Order.objects.filter(pk__gt=self.before).order_by("pk").prefetch_related("lines")
        return [
            ({line.sku: line.quantity for line in order.lines.all()}, order.total.amount, order.status, order.token)
            for order in found
        ]

    def stock(self) -> dict[str, int]:
        return dict(Stock.objects.filter(variant__sku__in=PRICES).values_list("variant__sku", "available"))

    # --- disturbing ---

    def change_price(self, sku: str, price: Decimal) -> None:
        set_price(sku, str(price))
        bump_catalog_version()

    def set_stock(self, sku: str, available: int) -> None:
        set_available(sku, available)
        bump_catalog_version()

    def end_session(self, browser: Browser) -> None:
        """On the server; the browser still sends its cookie."""
        key = browser.cookies.get(settings.SESSION_COOKIE_NAME)
        if key:
            import_module(settings.SESSION_ENGINE).SessionStore(key).delete()

    def empty_quick_stores(self) -> None:
        """Redis is emptied: sessions, navigation state, cached pages. Without Redis these live in SQL."""
        cache.clear()
        Session.objects.all().delete()
        NavRecord.objects.all().delete()
