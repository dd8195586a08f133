"""What is stored behind the control: cart and entries in the session, orders and stock in the shop's tables."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.core.cache import caches
from django_redis import get_redis_connection

from checkout.models import Order
from navstate.testing.history import Browser
from shop.catalog.models import Variant
from tests.walks.stores import Stores

# Where Django's cache sessions of the control lie, under its own prefix.
KEY = "control:1:django.contrib.sessions.cache{}"


class ControlStores(Stores):
    def __init__(self, *, is_served: bool = False) -> None:
        super().__init__(is_served=is_served)
        self.skus = {str(pk): sku for pk, sku in Variant.objects.values_list("pk", "sku")}

    def kept(self, browser: Browser) -> dict[str, Any]:
        """What its session holds."""
        raw = get_redis_connection("default").get(KEY.format(browser.cookies.get("sessionid", "")))
        return cast(Any, caches["default"]).client.decode(raw) if raw else {}

    def is_signed_in(self, browser: Browser) -> bool:
        return self.kept(browser).get(SESSION_KEY) == str(self.user_id)

    def payment_at(self, token: str) -> str:
        return f"/demo-gateway/{token}/"

    def money_arrives(self, token: str) -> None:
        Order.objects.filter(token=token, status="awaiting_payment").update(status="paid")

    def cart(self, browser: Browser) -> dict[str, int]:
        return {self.skus[key]: count for key, count in self.kept(browser).get("cart", {}).items()}

    def entered(self, browser: Browser) -> dict[str, str]:
        session = self.kept(browser)
        address = session.get("address", {})
        return {
            "line1": address.get("line1", ""),
            "country": address.get("country", ""),
            "shipping_method": session.get("shipping_method", ""),
            "payment_method": session.get("payment_method", ""),
        }

    def has_line(self, browser: Browser, action: str) -> bool:
        return self.skus[action.rstrip("/").rpartition("/")[2]] in self.cart(browser)

    def end_session(self, browser: Browser) -> None:
        get_redis_connection("default").delete(KEY.format(browser.cookies.get("sessionid", "")))

    def empty_quick_stores(self) -> None:
        get_redis_connection("default").flushdb()
