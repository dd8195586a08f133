"""What other sites send us: the provider's notifications, and shoppers on their way back from it.

Neither has a session: a Lax cookie does not come along on a cross-site POST, and none may be set, or the answer would
replace the shopper's own. Both are signed by the provider, and both only say when to ask it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from checkout.models import Order
from checkout.payments import registry
from checkout.payments.base import BadSignature, Gateway, GatewayError, StaleEvent
from checkout.payments.guard import within
from checkout.services.known import Known, find_payment, order_status
from checkout.services.payment_events import NotYet, handle_event
from checkout.services.settling import Outcome, settle_known
from checkout.views.pages import address_of
from navstate.decorators import cross_site
from navstate.http import SeeOther

logger = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
"""Bytes of a notification; nothing honest comes near."""


@cross_site
@require_POST
def webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """Answer 204 when the notification was acted on, 400 when it is not the provider's, 503 to have it sent again."""
    try:
        body = request.read(LARGEST_BODY + 1)
    except OSError:  # the connection broke in the middle of it
        return _answer(400)
    if len(body) > LARGEST_BODY:
        return _answer(400)
    try:
        with within():
            handle_event(gateway, _gateway(gateway).parse_webhook(request.headers, body))
    except (BadSignature, StaleEvent) as refusal:
        logger.warning("A notification for %s was refused: %s", gateway, type(refusal).__name__)
        return _answer(400)
    except (NotYet, GatewayError) as reason:
        logger.info("A notification from %s has to come again: %s", gateway, reason)
        return _answer(503)
    return _answer(204)


@cross_site
@require_http_methods(["GET", "HEAD", "POST"])
def callback(request: HttpRequest, gateway: str) -> HttpResponse:
    """Ask the provider for a shopper who is back, by GET or POST; 303 to a page of the shop, which has its cookies.

    Opened by hand it changes nothing that the provider does not say.
    """
    parameters: Mapping[str, str] = request.POST if request.method == "POST" else request.GET
    try:
        reference = _gateway(gateway).parse_return(parameters)
    except BadSignature:
        raise Http404("not signed") from None
    known = find_payment(gateway, reference)
    if known is None:
        raise Http404("no such payment")
    status = known.order_status if request.method == "HEAD" else _settled(known)
    return SeeOther(address_of(status, known.token, known.language))


def _gateway(code: str) -> Gateway:
    try:
        return registry.gateway(code)
    except GatewayError:
        raise Http404("no such gateway") from None


def _settled(known: Known) -> str:
    """Ask the provider; return where the order stands now.

    An unreachable provider is no reason to fail: the page that follows goes on asking.
    """
    payment = known.payment
    try:
        with within():
            if settle_known(known).outcome is Outcome.PAID:
                return Order.Status.PAID
    except GatewayError as failure:
        logger.warning("Payment %s could not be asked about: %s", payment.pk, failure)
    return order_status(payment.order_id)


def _answer(status: int) -> HttpResponse:
    return HttpResponse(status=status, headers={"Cache-Control": "no-store"})
