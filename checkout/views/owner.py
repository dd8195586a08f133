"""Who may see an order: whoever has its unguessable address, and of an account's order the account alone.

A guest has nothing but the address. Who bought with an account can log in; without asking for that, Back after a logout
would show their name and street to whoever sits at this browser next, fetched anew by an address that its history has.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from navstate.guard import tell
from navstate.http import session_gone
from navstate.nav import NavRequest
from shop.accounts.returning import with_return
from shop.cart.queries import user_id_of


def ask_owner(request: NavRequest, user_id: int | None) -> HttpResponse | None:
    """``None`` for who may see an order of ``user_id`` (``None``: a guest's); else the way to the login and back.

    ``PermissionDenied`` for another account: a login would only lead back here.
    """
    if user_id is None:
        return None
    asking = user_id_of(request)
    if asking == user_id:
        return None
    if asking is not None:
        raise PermissionDenied(
            _("This order belongs to another account. Log out, then log in with that one to see it.")
        )
    sentence = _("Please log in to see this page.")
    tell(request, sentence)
    return session_gone(request, with_return(reverse("account_login"), request.get_full_path()), sentence)
