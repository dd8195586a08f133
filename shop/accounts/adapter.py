"""The project's answers to allauth: what happens at login, which URLs are safe, how addresses are written."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from navstate.http import NavRequest, redirect_with_history
from shop.accounts import flow
from shop.accounts.devices import note_device
from shop.accounts.done import note_done
from shop.accounts.lockout import client_ip
from shop.accounts.models import User
from shop.accounts.returning import is_ours, return_url
from shop.cart import services as cart_services
from shop.cart.cookies import cart_token, remember_cart

MERGE_TRIES = 3
"""How often a merge is tried: another tab may order a cart at the moment of a login, and the next try finds none."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Login keeps what the guest had (R13): session, navigation state and cart."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("This e-mail address and this password do not go together."),
        "email_taken": gettext_lazy("There is an account with this address already. Log in, or set a new password."),
    }

    def is_safe_url(self, url: str) -> bool:
        return is_ours(url)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

    def clean_email(self, email: str) -> str:
        return email.lower()

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Return the login page: it can show "you are logged out", which the home page, a public one, cannot."""
        return reverse("account_login")

    def is_ajax(self, request: HttpRequest) -> bool:
        """Return False: these pages answer JSON as navstate does, and allauth's own JSON would bypass that."""
        return False

    def login(self, request: NavRequest, user: User) -> None:
        """Store the guest's ``nav_id`` in the session before Django gives the session a new key.

        Django keeps the session's contents, so the attempt, the stage and what was typed are still there afterwards.
        """
        request.nav.drop_kept()
        request.nav.begin_session()
        request.nav.flow(flow.NAME).touch()
        super().login(request, user)
        note_device(request, user.email)

    def respond_user_inactive(self, request: NavRequest, user: User) -> HttpResponseBase:
        note_done(request, "inactive")
        response: HttpResponseBase = super().respond_user_inactive(request, user)
        return response

    def post_login(
        self, request: HttpRequest, user: User, *, redirect_url: str | None, **kwargs: Any
    ) -> HttpResponseBase:
        super().post_login(request, user, redirect_url=redirect_url, **kwargs)
        to = redirect_url or return_url(request) or reverse("dashboard")
        response = redirect_with_history(request, to, replace=True, full=True)
        self.take_cart_along(request, response, user)
        return response

    def take_cart_along(self, request: HttpRequest, response: HttpResponseBase, user: User) -> None:
        """Make the guest's cart the account's, with the lines of the cart that the account already had."""
        report = self.merged(cart_token(request), user.pk)
        if report.token:
            remember_cart(response, report.token)
        for sentence in (cart_sentence(report), *self.entry_sentences(report.entries)):
            if sentence:
                messages.info(request, sentence)

    def merged(self, guest_token: str, user_id: int) -> cart_services.MergeReport:
        for _attempt in range(MERGE_TRIES):
            try:
                return cart_services.merge(guest_token, user_id, self.join_entries)
            except cart_services.CartClosed:
                continue
        return cart_services.MergeReport()

    def join_entries(self, older: int, newer: int) -> cart_services.Joined:
        """Join what was entered with two carts: nothing here; a room above overrides it for what it stores."""
        return cart_services.join_nothing(older, newer)

    def entry_sentences(self, entries: cart_services.Joined) -> list[str]:
        """Say what happened to what was entered with the two carts."""
        return []


def cart_sentence(report: cart_services.MergeReport) -> str:
    """Say what happened to the guest's cart, empty when nothing did."""
    if not report.moved and not report.joined:
        return ""
    if report.was_adopted:
        counted = ngettext(
            "Your cart came along: %(count)d item.", "Your cart came along: %(count)d items.", report.moved
        )
        return counted % {"count": report.moved}
    sentences = [_("Your cart from last time and the one you filled now are one.")]
    if report.moved:
        counted = ngettext("%(count)d item was added.", "%(count)d items were added.", report.moved)
        sentences.append(counted % {"count": report.moved})
    if report.joined:
        counted = ngettext(
            "%(count)d was in both: the larger quantity stays.",
            "%(count)d were in both: the larger quantities stay.",
            report.joined,
        )
        sentences.append(counted % {"count": report.joined})
    return " ".join(sentences)
