"""Register, log in, log out, a new password; the dashboard and the profile.

allauth's views do the work. The subclasses here answer every submit with a redirect (303), also a refused one, keep the
way back, and declare their stage or cache class to navstate.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.forms import UserTokenForm
from allauth.account.internal.flows.password_reset import finalize_password_reset
from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.crypto import salted_hmac
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import FormView

from navstate.answers import decide_again, refuse, refuse_on_page
from navstate.decorators import private, stage
from navstate.http import NavRequest, makes_entry, redirect_with_history
from shop.accounts import flow
from shop.accounts.devices import forget_tries, note_device
from shop.accounts.done import note_done, was_done
from shop.accounts.facts import address_lines
from shop.accounts.forms import KeptForm, LoginForm, NewPasswordForm, ProfileForm, ResetPasswordForm, SignupForm
from shop.accounts.lockout import let_in_again
from shop.accounts.models import ADDRESS_FIELDS, User
from shop.accounts.returning import return_url, with_return
from shop.accounts.services import save_profile
from shop.cart.cookies import forget_cart


class AccountPage:
    """A mixin for allauth's form views: every submit is answered with a redirect, also a refused one (S29)."""

    request: NavRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        if response.status_code == 429 and makes_entry(request.headers):
            return _too_often(request)
        if response.status_code == 302:  # a flow answers with 303 only: fetched with GET, stored nowhere (R8)
            response.status_code = 303
        return response

    def get_next_url(self) -> str | None:
        return return_url(self.request) or None

    def get_form_kwargs(self) -> dict[str, Any]:
        """Read the form's data from JSON too."""
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]
        return {**kwargs, "data": self.request.nav.posted} if "data" in kwargs else kwargs

    def get_form(self, form_class: type[KeptForm] | None = None) -> KeptForm:
        form: KeptForm = super().get_form(form_class)  # type: ignore[misc]
        if not form.is_bound and (kept := self.request.nav.kept):
            form.show_again(kept.fields, kept.errors)
        return form

    def form_invalid(self, form: KeptForm) -> HttpResponse:
        return refuse_on_page(self.request, form.complaints())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = return_url(self.request)
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        login_url, signup_url = (with_return(reverse(name), back) for name in ("account_login", "account_signup"))
        return {**context, "back": back, "login_url": login_url, "signup_url": signup_url}


def _too_often(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("This was sent too often in a short time, so nothing was done. Please wait a minute."))
    return redirect_with_history(request, request.get_full_path(), replace=True)


class LoginView(AccountPage, allauth_views.LoginView):  # type: ignore[misc]
    form_class = LoginForm


class SignupView(AccountPage, allauth_views.SignupView):  # type: ignore[misc]
    form_class = SignupForm

    def form_valid(self, form: SignupForm) -> HttpResponse:
        try:
            response: HttpResponse = super().form_valid(form)
        except ValidationError as refusal:
            form.add_error("email", refusal)
            return self.form_invalid(form)
        return response

    def form_invalid(self, form: KeptForm) -> HttpResponse:
        """Log a shopper in who registers the same account again: the first answer never reached them (S30)."""
        user = self._owner(form)
        if user is None:
            return super().form_invalid(form)
        response: HttpResponse = perform_login(self.request, user, redirect_url=self.get_success_url())
        return response

    def _owner(self, form: KeptForm) -> User | None:
        """Return the existing account if the password is right. A wrong password counts as one at the login."""
        if set(form.errors) != {"email"} or not form.has_error("email", "email_taken"):
            return None
        sent = {"email": form.data.get("email", "").strip(), "password": form.data.get("password1", "")}
        user: User | None = get_adapter().authenticate(self.request, **sent)
        return user


class PasswordResetView(AccountPage, allauth_views.PasswordResetView):  # type: ignore[misc]
    form_class = ResetPasswordForm

    def form_valid(self, form: ResetPasswordForm) -> HttpResponse:
        note_done(self.request, "reset")
        response: HttpResponse = super().form_valid(form)
        return response


class DonePage:
    """A page that confirms what was done; opened by hand it says that nothing was. ``page``: as for ``note_done``."""

    page = ""
    request: NavRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {**context, "was_done": was_done(self.request, self.page)}


class PasswordResetDoneView(DonePage, allauth_views.PasswordResetDoneView):  # type: ignore[misc]
    page = "reset"


class NewPasswordDoneView(DonePage, allauth_views.PasswordResetFromKeyDoneView):  # type: ignore[misc]
    page = "new-password"


class InactiveView(DonePage, allauth_views.AccountInactiveView):  # type: ignore[misc]
    page = "inactive"


TWIN_SECONDS = 600
"""How long a second press of the same button is recognised."""


class NewPasswordView(AccountPage, FormView):  # type: ignore[type-arg, misc]
    """The page a reset mail leads to. The key stays in the URL and is checked each time.

    allauth's view would write it into the session on GET, and log the current account out; here reading changes nothing
    (R1). The URL is of no use once the password is changed, and the Referrer-Policy keeps it from other sites.
    """

    form_class = NewPasswordForm
    template_name = "account/password_reset_from_key.html"
    success_url = reverse_lazy("account_reset_password_from_key_done")
    reset_user: User

    @method_decorator(rate_limit(action="reset_password_from_key"))
    @method_decorator(sensitive_post_parameters("password1", "password2"))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        token = UserTokenForm({"uidb36": kwargs["uidb36"], "key": kwargs["key"]})
        if not token.is_valid() and request.method == "POST" and cache.get(self._taken_key()):
            return self._done()  # a second press: the first one has used the link up
        if not token.is_valid() and request.method == "POST" and makes_entry(request.headers):
            return redirect_with_history(request, request.get_full_path(), replace=True)
        if not token.is_valid():
            return render(request, self.template_name, {"token_fail": True}, status=410)
        self.reset_user = token.reset_user
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.reset_user, "temp_key": self.kwargs["key"]}

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:
        cache.set(self._taken_key(), True, TWIN_SECONDS)
        form.save()
        finalize_password_reset(self.request, self.reset_user)
        let_in_again(self.reset_user.email)
        forget_tries(self.request, self.reset_user.email)
        note_device(self.request, self.reset_user.email)
        return self._done()

    def _done(self) -> HttpResponse:
        note_done(self.request, "new-password")
        return redirect_with_history(self.request, str(self.success_url))

    def _taken_key(self) -> str:
        """Return a cache key for the link and the password sent with it, which reveals neither."""
        sent = f"{self.kwargs['uidb36']}-{self.kwargs['key']} {self.request.nav.payload_digest}"
        return salted_hmac("shop.accounts.new-password", sent, algorithm="sha256").hexdigest()


class LogoutView(AccountPage, allauth_views.LogoutView):  # type: ignore[misc]
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        was_signed_in = self.request.user.is_authenticated
        self.logout()
        response = redirect_with_history(self.request, reverse("account_login"), replace=True, full=True)
        if was_signed_in:
            _leave_nothing_behind(self.request, response)
        return response

    def get_next_url(self) -> None:
        """Return None: the next person at this browser starts at the login page."""


def _leave_nothing_behind(request: NavRequest, response: HttpResponse) -> None:
    """Leave nothing of the account to the next person at this browser: its cart stays with the account (S45).

    Clear-Site-Data names only the cache, which includes pages kept for Back. Not "cookies": that would delete the
    notice that says you are logged out, and the cookies of every other page on the host. Not "storage": nothing private
    is stored there, and other tabs keep their place in it. It is an extra: no-store and the changed cookie do the work.
    """
    forget_cart(response)
    request.nav.has_changed = True
    response["Clear-Site-Data"] = '"cache"'


login = stage(flow.NAME, "login")(LoginView.as_view())
signup = private(SignupView.as_view())
logout = private(LogoutView.as_view())
password_reset = private(PasswordResetView.as_view())
password_reset_done = private(PasswordResetDoneView.as_view())
new_password = private(NewPasswordView.as_view())
new_password_done = private(NewPasswordDoneView.as_view())
inactive = private(InactiveView.as_view())


@require_safe
@stage(flow.NAME, "dashboard")
def dashboard(request: NavRequest) -> HttpResponse:
    address = address_lines(request.nav.passage.facts)
    return render(request, "account/dashboard.html", {"address": address})


@require_http_methods(["GET", "HEAD", "POST"])
@stage(flow.NAME, "profile")
def profile(request: NavRequest) -> HttpResponse:
    if request.method == "POST":
        return _take_profile(request)
    passage = request.nav.passage
    entered = passage.kept
    known = {name: passage.facts[name] for name in ADDRESS_FIELDS}
    form = ProfileForm(initial=known) if entered is None else ProfileForm(entered)
    return render(request, "account/profile.html", {"form": form, "is_kept": entered is not None})


def _take_profile(request: NavRequest) -> HttpResponse:
    passage = request.nav.passage
    form = ProfileForm(request.nav.posted)
    if not form.is_valid():
        return refuse(request, form)
    led_to, entered = reverse("dashboard"), form.cleaned_data
    note = passage.note(led_to=led_to, facts={**passage.facts, **{name: entered[name] for name in ADDRESS_FIELDS}})
    if not save_profile(int(passage.facts["user"]), entered, version=passage.facts["version"], accepted=note):
        return decide_again(request)
    passage.accept(led_to=led_to)
    messages.success(request, _("Your details are saved. A new order starts with them."))
    return redirect_with_history(request, led_to)
