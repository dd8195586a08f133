"""The demo provider's notifications over real HTTP, to a real shop with its worker: a shopper who never comes back."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import pytest

from navstate.testing.forms import form_in
from tests.servers import Shop, wait_until
from tests.shopper import ADDRESS

pytestmark = [pytest.mark.browser, pytest.mark.stores]


class Visitor:
    """A browser without scripts: keeps cookies, follows 303, sends forms as they were shown."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )
        opener.addheaders = [("Sec-Fetch-Site", "same-origin")]
        self.opener = opener
        self.url = self.text = ""

    def go(self, path: str, data: dict[str, str] | None = None) -> str:
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        try:
            with self.opener.open(urllib.parse.urljoin(self.url or self.shop.url, path), body, timeout=30) as answer:
                self.url, self.text = answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code}\n{error.read().decode()[:2000]}") from error
        return self.url

    def send(self, hook: str, **changes: str) -> str:
        form = form_in(self.text, hook)
        return self.go(form.action or self.url, {**form.fields, **changes})

    def order(self, sku: str) -> str:
        """From an empty cart to the provider's page."""
        self.go("/cart/add/", {"sku": sku, "quantity": "1"})
        self.go("/checkout/address/")
        self.send("stage-submit", **ADDRESS)
        self.send("stage-submit", shipping_method="standard")
        self.send("stage-submit", payment_method="demo")
        return self.send("place-order")


@pytest.fixture(scope="module")
def sku(shop: Shop) -> str:
    shop.script(
        "from djmoney.money import Money; from checkout.models import ShippingMethod as S;"
        "S.objects.get_or_create(code='standard', defaults={'name': 'Standard', 'price': Money('4.90', 'EUR')})"
    )
    return shop.script(
        "from shop.stock.models import Stock;"
        "print(Stock.objects.filter(available__gte=5, variant__is_active=True).order_by('pk').first().variant.sku)"
    )


def orders(shop: Shop) -> list[dict[str, str]]:
    code = (
        "import json; from checkout.models import Order;"
        "print(json.dumps(list(Order.objects.order_by('pk').values('number', 'status', 'token'))))"
    )
    return json.loads(shop.script(code).splitlines()[-1])


def test_paid_and_back_at_the_shop_with_one_mail(shop: Shop, sku: str) -> None:
    visitor = Visitor(shop)
    assert "/demo-gateway/pay/" in visitor.order(sku)
    receipt = visitor.send("gateway-pay", action="pay")
    number = orders(shop)[-1]["number"]
    assert "/order/" in receipt
    assert 'data-status="paid"' in visitor.text
    wait_until(lambda: [mail for mail in shop.mails() if number in mail], 10, "the mail")
    assert len([mail for mail in shop.mails() if number in mail]) == 1


def test_s58_s59_a_shopper_who_never_comes_back_has_paid_all_the_same(shop: Shop, sku: str) -> None:
    """The browser dies on the provider's page right after the press: only the notification tells."""
    visitor = Visitor(shop)
    hosted = visitor.order(sku)
    reference = hosted.rstrip("/").rpartition("/")[2]
    shop.script(
        "from checkout.payments.demo import services as s; from checkout.payments.demo.models import Session;"
        f"s.pay(Session.objects.get(reference='{reference}'))"
    )
    number = orders(shop)[-1]["number"]
    wait_until(lambda: orders(shop)[-1]["status"] == "paid", 20, "the notification")
    wait_until(lambda: [mail for mail in shop.mails() if number in mail], 10, "the mail")
    assert "/order/" in visitor.go(hosted)


def test_s59_delayed_money_turns_the_waiting_page_into_the_receipt(shop: Shop, sku: str) -> None:
    visitor = Visitor(shop)
    visitor.order(sku)
    waiting = visitor.send("gateway-delay", action="delay")
    assert "/pay/" in waiting
    assert 'data-standing="confirming"' in visitor.text
    wait_until(lambda: "/order/" in visitor.go(waiting), 30, "the receipt")
    assert orders(shop)[-1]["status"] == "paid"
