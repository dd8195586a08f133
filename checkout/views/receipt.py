"""The receipt, at its unguessable address: how the order stands for everybody, the rest for who ordered it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from checkout.queries import Receipt, receipt_of
from checkout.views.owner import Proof, may_see, may_try, proof_of, remember_proof
from navstate.decorators import stage
from navstate.http import Channel, NavRequest, Problem, channel_of, redirect_with_history
from shop.cart.queries import user_id_of

MAX_PROOF_CHARS = 254


@require_http_methods(["GET", "HEAD", "POST"])
@stage("checkout", "receipt")
def receipt(request: NavRequest, token: str) -> HttpResponse:
    order = receipt_of(token)
    if order is None:
        raise Http404("no such order")
    if request.method == "POST":
        return _prove(request, order)
    if may_see(request, token=order.token, user_id=order.user_id, cart_token=order.cart_token):
        return render(request, "checkout/receipt.html", {"order": order})
    context = {
        "order": order,
        "asks_postcode": proof_of(order).is_postcode,
        "can_log_in": order.user_id is not None and user_id_of(request) is None,
    }
    return render(request, "checkout/receipt_status.html", context)


def _prove(request: NavRequest, order: Receipt) -> HttpResponse:
    """Check the proof; every answer leads back to the receipt, so that Reload sends nothing again."""
    proof, typed = proof_of(order), request.nav.posted.get("proof", "")[:MAX_PROOF_CHARS]
    if not may_try(request, order):
        sentence = _("This was tried too often. Please wait ten minutes. The status of the order stays here for you.")
        return _refused(request, 429, sentence)
    if not proof.fits(typed):
        return _refused(request, 422, _wrong(proof))
    remember_proof(request, order.token)
    return redirect_with_history(request, request.path, replace=True)


def _refused(request: NavRequest, status: int, sentence: str) -> HttpResponse:
    if channel_of(request.headers) is Channel.JSON:
        return Problem(status, sentence)
    messages.error(request, sentence)
    return redirect_with_history(request, request.path, replace=True)


def _wrong(proof: Proof) -> str:
    if proof.is_postcode:
        return _("This is not the postcode that this order goes to.")
    return _("This is not the e-mail address that was given with this order.")
