"""Accounts for staff: found by e-mail address, password and staff rights changed here."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop.accounts.models import Profile, User
from shop.accounts.services import forget_old_addresses
from shop.staff.admin import ShownInline, StaffAdmin
from shop.staff.shown import ShownForm


class LowerCaseEmail(forms.ModelForm):  # type: ignore[type-arg]
    """Store addresses in lower case, as everywhere: the database compares them letter by letter."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class AccountCreationForm(LowerCaseEmail, AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


class AccountChangeForm(LowerCaseEmail, ShownForm, UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets choose


class ProfileForm(ShownForm):
    """Raise the version with every change, so that a page that the customer has open notices it."""

    def write(self) -> None:
        if self.has_changed():
            self.instance.version += 1
        super().write()


class ProfileInline(ShownInline, admin.StackedInline):  # type: ignore[type-arg]
    model = Profile
    form = ProfileForm
    readonly_fields = ("version",)
    can_delete = False


@admin.register(User)
class AccountAdmin(StaffAdmin, UserAdmin):  # type: ignore[type-arg]
    form = AccountChangeForm
    add_form = AccountCreationForm
    list_display = ("email", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    search_fields = ("email", "profile__name")
    ordering = ("email",)
    date_hierarchy = "date_joined"
    readonly_fields = ("last_login", "date_joined")
    inlines = (ProfileInline,)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        """Show no address while an account is being added."""
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        forget_old_addresses(obj)


admin.site.unregister(Group)


@admin.register(Group)
class StaffGroupAdmin(StaffAdmin, GroupAdmin):
    form = ShownForm


# allauth's own table of addresses: a shop account has one address, and it is edited above.
admin.site.unregister(EmailAddress)
