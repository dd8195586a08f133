"""The facts that the account flow decides on, read from the database, and navstate's other questions about the flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django_countries import countries

from navstate.flow import Facts, Flow, Stage
from navstate.registry import Change
from shop.accounts.addressing import PostalAddressForm
from shop.accounts.models import ADDRESS_FIELDS
from shop.accounts.queries import profile_fields
from shop.accounts.returning import return_url, with_return
from shop.cart.cookies import cart_token
from shop.cart.queries import find_cart, nav_id_of_guest

NOBODY = {"user": None, "version": 0, "accepted": "", **dict.fromkeys(ADDRESS_FIELDS, "")}


def facts(request: HttpRequest) -> Facts:
    """Read the account's facts.

    ``user``: primary key as text, None for a guest; the fields of the profile; its ``version``.
    """
    if not request.user.is_authenticated:
        return NOBODY
    return {"user": str(request.user.pk), **profile_fields(request.user.pk)}


def describe(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Name each field of the profile that differs, under the label of its form."""
    return [
        Change(_label(name), _shown(name, was), _shown(name, now))
        for name in ADDRESS_FIELDS
        if was.get(name, "") != now.get(name, "")
    ]


def lead_url(request: HttpRequest, flow: Flow, stage: Stage) -> str:
    """Return the URL that leads to a stage.

    The login gets the current page as its way back; a visitor past the login goes to the page that sent them there.
    """
    url = reverse(stage.url)
    asked_at_login = request.path == reverse(flow.entry.url)
    if stage is flow.entry and not asked_at_login:
        return with_return(url, request.get_full_path())
    if asked_at_login and stage is not flow.entry:
        return return_url(request) or url
    return url


def seed(request: HttpRequest) -> str:
    """Return the navigation id of a visitor whose session has none yet.

    A guest's cart holds it, also one that was ordered, so that a login continues where the guest was. For somebody who
    logged in another way (the staff login) it is derived from the session key: as secret, constant until the logout.
    """
    cart = find_cart(request)
    if cart is not None and cart.nav_id:
        return cart.nav_id
    if request.user.is_authenticated and request.session.session_key:
        return salted_hmac("shop.accounts.seed", request.session.session_key, algorithm="sha256").hexdigest()[:32]
    return "" if request.user.is_authenticated else nav_id_of_guest(cart_token(request))


def address_lines(facts: Facts) -> list[str]:
    """Return the saved address as written on a parcel, without empty lines; no lines when nothing is saved."""
    town = " ".join(part for part in (facts["postcode"], facts["city"]) if part)
    country = str(countries.name(facts["country"])) if facts["country"] else ""
    lines = [facts["name"], facts["line1"], facts["line2"], town, facts["region"], country]
    return [line for line in lines if line]


def _label(name: str) -> str:
    label = PostalAddressForm.base_fields[name].label
    return str(label)


def _shown(name: str, fields: Mapping[str, Any]) -> str:
    value = str(fields.get(name) or "")
    return (str(countries.name(value)) if name == "country" and value else value) or "–"
