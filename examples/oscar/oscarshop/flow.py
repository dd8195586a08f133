"""Oscar's checkout as a flow: its pages in order, what lets a shopper past each, and where it ends."""

from typing import Any

from django.http import HttpRequest
from django.urls import path, reverse
from oscar.apps.checkout.signals import post_checkout
from oscar.apps.checkout.utils import CheckoutSessionData
from oscar.core.loading import get_class

from navstate import registry
from navstate.decorators import stage
from navstate.flow import Facts, Flow, Stage

STAGES = (
    Stage(name="basket", url="basket:summary", holds=lambda facts: facts["lines"]),
    Stage(name="address", url="checkout:shipping-address", holds=lambda facts: facts["address"]),
    Stage(name="preview", url="checkout:preview", holds=lambda facts: False),
    Stage(name="receipt", url="checkout:thank-you", outcome=True),
)


def facts(request: HttpRequest) -> Facts:
    is_set = CheckoutSessionData(request).is_shipping_address_set()
    return {"basket": request.basket.pk, "lines": request.basket.num_items, "address": is_set}


def page(url: str, name: str, view: str, app: str = "checkout", **given: Any) -> Any:
    return path(url, stage("checkout", name)(get_class(f"{app}.views", view).as_view(**given)))


FLOW = Flow(name="checkout", subject="basket", stages=STAGES)
registry.register(FLOW, facts=facts, outcome_url=lambda request, outcome: reverse("checkout:thank-you"))
post_checkout.connect(lambda request, order, **_: request.nav.passage.close(outcome=order.number), weak=False)
urlpatterns = [
    page("basket/", "basket", "BasketView", app="basket"),
    page("checkout/shipping-address/", "address", "ShippingAddressView"),
    page("checkout/preview/", "preview", "PaymentDetailsView", preview=True),
    page("checkout/thank-you/", "receipt", "ThankYouView"),
]
