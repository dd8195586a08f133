"""Who may see what of an order.

Everybody who has its unguessable address sees how it stands: number, status, total. A provider sends the shopper back into
another browser at times (a bank's app, another device), and there is the question whether it worked. Name, address, e-mail
and what was bought are shown to the browser that ordered, to the account, and to a browser that gives the postcode.

An account's order is not shown to "the browser that ordered": after a logout the next person sits at it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from checkout.queries import Receipt
from navstate.answers import tell
from navstate.http import NavRequest, session_gone
from navstate.throttle import network_of, spend
from shop.accounts.returning import with_return
from shop.accounts.text import clean_code, clean_line
from shop.cart.cookies import cart_token
from shop.cart.queries import user_id_of

PROVED_KEY = "orders_proved"
"""The session key of the tokens of orders that this browser has given the postcode of, the newest last."""
MAX_PROVED_ORDERS = 20

TRIES, TRIES_SECONDS = 6, 600
"""Proofs of one order from one network; from all of them together five times as many, since few guess from many."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What is asked for: the postcode, or the e-mail address where the address has no postcode."""

    is_postcode: bool
    right: str

    def fits(self, typed: str) -> bool:
        return bool(self.right) and constant_time_compare(_compared(typed), _compared(self.right))


def proof_of(order: Receipt) -> Proof:
    postcode = order.address.postcode
    return Proof(bool(_compared(postcode)), postcode if _compared(postcode) else order.email)


def may_see(request: NavRequest, *, token: str, user_id: int | None, cart_token: str) -> bool:
    """Tell whether name, address and lines of an order are shown, too. ``cart_token``: of the cart it was made of."""
    if user_id is not None and user_id_of(request) == user_id:
        return True
    return token in _proved(request) or (user_id is None and _has_ordered(request, token, cart_token))


def may_try(request: NavRequest, order: Receipt) -> bool:
    """Count one try to prove it, from here and from everywhere; False when there were too many of either."""
    is_one, is_all = (
        spend("order-proof", order.token, where, limit=limit, seconds=TRIES_SECONDS)
        for where, limit in ((network_of(request), TRIES), ("all", 5 * TRIES))
    )
    return is_one and is_all


def remember_proof(request: NavRequest, token: str) -> None:
    proved = [known for known in _proved(request) if known != token]
    request.nav.keep_session_briefly()
    request.session[PROVED_KEY] = [*proved, token][-MAX_PROVED_ORDERS:]


def login_required_for(request: NavRequest, user_id: int | None) -> HttpResponse | None:
    """Send to the login for what is done to an order of ``user_id`` (``None``: a guest's); ``None`` for who may.

    ``PermissionDenied`` for another account: a login would only lead back here.
    """
    if may_act(request, user_id):
        return None
    if user_id_of(request) is not None:
        raise PermissionDenied(
            _("This order belongs to another account. Log out, then log in with that one to go on with it.")
        )
    sentence = _("Please log in to go on with this order.")
    tell(request, sentence)
    return session_gone(request, with_return(reverse("account_login"), request.get_full_path()), sentence)


def may_act(request: NavRequest, user_id: int | None) -> bool:
    """Tell whether an order may be paid and cancelled from here: a guest's by its address, an account's by the account."""
    return user_id is None or user_id_of(request) == user_id


def _has_ordered(request: NavRequest, token: str, cart: str) -> bool:
    """Know a guest's browser by its way through checkout, or by the cart that became the order."""
    state = request.nav.passage.state
    if token == state.outcome or any(token == outcome for _attempt, outcome in state.closed):
        return True
    held = cart_token(request)
    return bool(held) and constant_time_compare(held, cart)


def _proved(request: NavRequest) -> list[str]:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return []
    proved: list[str] = request.session.get(PROVED_KEY, [])
    return proved


def _compared(text: str) -> str:
    """Drop what people write one way or the other: case, blanks and dashes."""
    return re.sub(r"[\s-]", "", clean_code(clean_line(text))).casefold()
