"""The forms of the account pages: allauth's, with the shop's wording and without placeholders, and the profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.forms.utils import ErrorDict, ErrorList
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shop.accounts.addressing import CleanEmailField, PostalAddressForm
from shop.accounts.tasks import send_password_reset

PASSWORD_RULES = _("At least 8 characters: not only digits, no common password, nothing like your e-mail address.")


class KeptForm(forms.Form):
    """A form that can be shown again as it was sent, with its errors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)  # it repeats the label and vanishes while typing
            field.widget.attrs["required"] = field.required

    def take_email(self, name: str) -> None:
        """Replace this field by one that drops invisible characters, as the address form does."""
        theirs = self.fields[name]
        self.fields[name] = CleanEmailField(
            label=_("E-mail"), max_length=getattr(theirs, "max_length", None), widget=theirs.widget
        )

    def complaints(self) -> dict[str, list[str]]:
        """Return the error messages by field name, ``__all__`` for the form as a whole."""
        return {name: [str(message) for message in messages] for name, messages in self.errors.items()}

    def show_again(self, sent: Mapping[str, list[str]], complaints: Mapping[str, list[str]]) -> None:
        """Put values and errors back into an unbound form, without validation: that would try the login again."""
        self.initial.update({name: values[-1] for name, values in sent.items() if name in self.fields and values})
        self._errors = ErrorDict({name: ErrorList(messages) for name, messages in complaints.items()})


class LoginForm(KeptForm, allauth_forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.take_email("login")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""


class SignupForm(KeptForm, allauth_forms.SignupForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.take_email("email")
        self.fields["password1"].help_text = PASSWORD_RULES
        self.fields["password2"].label = _("Password, once more")

    def try_save(self, request: HttpRequest) -> Any:
        """Save the account and allauth's record of its address, both or neither.

        Two registrations of one address at the same time both pass validation, and the unique constraint lets one in.
        Raises ``ValidationError`` for the other, with the message of an address that is taken.
        """
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError as error:
            raise get_adapter().validation_error("email_taken") from error


class ResetPasswordForm(KeptForm, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.take_email("email")

    def clean_email(self) -> str:
        """Skip allauth's look-up: a known and an unknown address take the same time (:mod:`shop.accounts.tasks`)."""
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        root = settings.SHOP_URL or request.build_absolute_uri("/")
        send_password_reset.enqueue(email=email, language=get_language() or settings.LANGUAGE_CODE, root=root)
        return email


class NewPasswordForm(KeptForm, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = PASSWORD_RULES
        self.fields["password2"].label = _("New password, once more")


class ProfileForm(PostalAddressForm):
    """The address that the next checkout starts with."""
