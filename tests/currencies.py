"""A shop in another currency, from its import to the receipt: ``python -m tests.currencies FILE`` prints what it showed.

A process of its own, because a shop has one currency from its start on: ``DEFAULT_CURRENCY``, on its own SQLite.
"""

from __future__ import annotations

import json
import re
import sys
from html import unescape
from io import StringIO

import django
from django.core.management import call_command
from django.test.utils import setup_test_environment


def text(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\xa0", " "))


def main(path: str) -> None:
    django.setup()
    setup_test_environment()
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    said = StringIO()
    call_command("importcatalog", path, "--no-images", stdout=said)
    again = StringIO()
    call_command("importcatalog", path, "--no-images", stdout=again)
    call_command("democheckout", stdout=StringIO())
    shown = {"import": said.getvalue(), "again": again.getvalue(), **bought(), **staff(), "mails": mails()}
    print(json.dumps(shown))  # noqa: T201


def bought() -> dict[str, object]:
    """The pages of somebody who buys two."""
    from checkout.models import Order
    from shop.catalog.models import Variant
    from tests.shopper import Shopper, form_in

    shopper = Shopper()
    variant = Variant.objects.get(product__slug="silk-fan")
    pages = {"product": text(shopper.get("/product/silk-fan/")), "list": text(shopper.get("/search/?q=fan"))}
    shopper.add(variant.sku, 2)
    pages["cart"] = text(shopper.get("/cart/"))
    shopper.give_address()
    pages["shipping"] = text(shopper.get("/checkout/shipping/"))
    shopper.choose_shipping()
    shopper.choose_payment()
    pages["review"] = text(shopper.get("/checkout/review/"))
    hosted = shopper.send(shopper.open("/checkout/review/", "place-order"))["Location"]
    page = shopper.get(hosted)
    pages["provider"] = text(page)
    fields = form_in(page.content.decode(), "gateway-pay").fields | {"action": "pay"}
    pages["receipt"] = text(shopper.client.post(hosted, fields, follow=True))
    order = Order.objects.get()
    amounts = {name: str(getattr(order, name).amount) for name in ("subtotal", "shipping_price", "total")}
    return pages | {"status": order.status, "amounts": amounts, "printed": str(order.total)}


def staff() -> dict[str, object]:
    """What a form of the admin makes of a price with a fraction, and of the one that it showed."""
    from django.forms import modelform_factory

    from shop.catalog.models import Variant

    variant = Variant.objects.get(product__slug="silk-fan")
    make = modelform_factory(Variant, fields=("price",))
    shown = str(make(instance=variant)["price"])
    value = re.search(r'value="([^"]*)"', shown)
    forms = {}
    for name, price in {"same": value[1] if value else "", "fraction": "199.5", "fine": "199.5555"}.items():
        form = make({"price_0": price, "price_1": variant.price.currency.code}, instance=variant)
        forms[name] = [str(error) for errors in form.errors.values() for error in errors]
        forms[f"{name}_changed"] = form.changed_data
    return {"shown_in_form": value[1] if value else shown, **forms}


def mails() -> list[str]:
    from django.core import mail

    from tests.checkout.factories import work

    work()
    return [message.body for message in mail.outbox]


if __name__ == "__main__":
    main(sys.argv[1])
