"""Accounts, known by their e-mail address, and the postal address of each."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from shop.accounts.text import clean_line


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. Its user name is its e-mail address, in lower case."""

    email = models.EmailField(_("e-mail address"), unique=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.email


class PostalAddress(models.Model):
    """Where a parcel goes. The fields have the order and names of the storefront's address form."""

    name = models.CharField(_("full name"), max_length=120, blank=True)
    line1 = models.CharField(_("street and number"), max_length=160, blank=True)
    line2 = models.CharField(_("flat, company, c/o"), max_length=160, blank=True)
    city = models.CharField(_("town"), max_length=100, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = CountryField(_("country"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Clean the lines for the admin's forms too: staff paste text as shoppers do."""
        super().clean()
        for name in ADDRESS_FIELDS:
            setattr(self, name, clean_line(str(getattr(self, name) or "")))


ADDRESS_FIELDS = ("name", "line1", "line2", "city", "region", "postcode", "country", "phone")


class Profile(PostalAddress):
    """The address that a new checkout of this account starts with. ``version`` grows with every change.

    ``accepted``: which form was accepted (:class:`navstate.rules.state.Note`), written by the same statement.
    """

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="profile", verbose_name=_("account")
    )
    accepted = models.TextField(blank=True, default="", db_default="", editable=False)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return f"profile of {self.user_id}"
