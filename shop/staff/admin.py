"""What every staff page of the shop that writes has in common: see :mod:`shop.staff.shown`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import BaseForm, BaseInlineFormSet, BaseModelFormSet
from django.forms.models import _get_foreign_key
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from shop.staff.deleting import look
from shop.staff.files import KeptFileInput, keep
from shop.staff.shown import ShownForm

MAX_KEY_DIGITS = 18  # digits


class ShownFormSet(BaseModelFormSet):  # type: ignore[type-arg]
    """Rows of a list. One that somebody deleted meanwhile is told; one that somebody changed is not deleted unasked."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        is_initial = index is not None and index < self.initial_form_count()
        form.is_gone = self.is_bound and is_initial and form.instance.pk is None

    def _should_delete_form(self, form: Any) -> bool:
        is_asked: bool = super()._should_delete_form(form)  # type: ignore[misc]
        if form.is_gone:
            return is_asked or not form.is_touched()
        return is_asked and not form.moved and not form.is_kept

    def keep_in_place(self) -> None:
        """Each form beside its own row when it is drawn again, whatever came, went or moved in the meantime."""
        self._queryset = [form.instance for form in self.initial_forms]


class ShownInlineFormSet(ShownFormSet, BaseInlineFormSet):  # type: ignore[type-arg]
    pass


class ShownInline(admin.options.InlineModelAdmin):  # type: ignore[type-arg]
    form = ShownForm
    formset = ShownInlineFormSet


class OfferedAnew(ShownForm):
    """A form of something that was deleted while it was open: nothing is saved before its person has seen that."""

    def full_clean(self) -> None:
        super().full_clean()
        sentence = gettext(
            "Somebody deleted this while you had it open. What you entered is kept here: save it to make it anew."
        )
        self.add_error(None, sentence)


class StaffAdmin(admin.ModelAdmin[Any]):
    """The rows of a form are locked before they are read, so that comparing and writing are one."""

    form = ShownForm

    def rows_to_lock(self, request: HttpRequest, pk: Any) -> Iterator[QuerySet[Any]]:
        """The row of a change form and those of its inlines, in the order in which everybody locks them."""
        yield self.model._base_manager.filter(pk=pk)
        for inline in self.get_inline_instances(request):
            key = _get_foreign_key(self.model, inline.model, fk_name=inline.fk_name)
            yield inline.model._base_manager.filter(**{key.name: pk}).order_by("pk")

    def list_rows_to_lock(self, pks: Iterable[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._base_manager.filter(pk__in=pks).order_by("pk")
        return rows

    # --- one thing ---
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "POST" or not object_id:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            self._lock(request, object_id)
            if self._is_deleted(request, unquote(object_id)) and self._takes_new(request):
                return self._offer_anew(request, extra_context)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _is_deleted(self, request: HttpRequest, key: str) -> bool:
        return self._is_key(key) and self.get_object(request, key) is None

    def _takes_new(self, request: HttpRequest) -> bool:
        """Whether this person may make one, by the same form: accounts are made by one of their own."""
        return self.has_add_permission(request) and issubclass(self.get_form(request), ShownForm)

    def _offer_anew(self, request: Any, extra_context: Any) -> HttpResponse:
        """What was entered, as the form of a new one: what it was meant for is gone."""
        request.is_offered_anew = True
        parts: list[Any] = [inline.get_formset(request) for inline in self.get_inline_instances(request)]
        named = [(part.get_default_prefix(), (part.model._meta.pk.name, part.fk.name)) for part in parts]
        request.POST = as_new(request.POST, named)
        add = reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_add")
        return super().changeform_view(request, None, add, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (OfferedAnew, form), {}) if getattr(request, "is_offered_anew", False) else form

    def _lock(self, request: HttpRequest, object_id: str, *, is_deleting: bool = False) -> None:
        if not self._is_key(unquote(object_id)):
            return  # there is no such thing, as the view will say
        for rows in self.rows_to_lock(request, self.opts.pk.to_python(unquote(object_id))):
            lock(rows, is_deleting=is_deleting)

    def _is_key(self, text: str) -> bool:
        """Whether a row could have this key; not what somebody made up, which databases may refuse to compare with."""
        try:
            return len(text) <= MAX_KEY_DIGITS and self.opts.pk.to_python(text) is not None
        except ValidationError:
            return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change or not isinstance(form, ShownForm):
            super().save_model(request, obj, form, change)
            return
        form.write()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for each in [form, *(inner for formset in formsets for inner in formset.forms)]:
            tell_what_stays(request, each)

    def get_inline_formsets(self, request: HttpRequest, formsets: Any, *args: Any, **kwargs: Any) -> Any:
        for formset in formsets:
            if formset.is_bound and isinstance(formset, ShownFormSet):
                formset.keep_in_place()
        return super().get_inline_formsets(request, formsets, *args, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """A form that comes back has the files in it that were chosen."""
        for formset in context["inline_admin_formsets"]:
            for form in formset.formset.forms:
                keep_files(form)
                tell_refused(request, form)
        tell_refused(request, context["adminform"].form)
        return super().render_change_form(request, context, *args, **kwargs)

    # --- deleting ---
    def why_kept(self, rows: list[Any]) -> str:
        """The sentence that refuses to delete ``rows``, and says what to do instead; empty where they may go."""
        return ""

    def parts_of(self, rows: list[Any]) -> list[Any]:
        """What goes with them and is shown as part of them."""
        return []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Nothing goes that must stay, nor what changed since the page of confirmation was shown."""
        rows = list(objs)
        found, counts, perms, protected = super().get_deleted_objects(objs, request)
        deletion = look(request, [*rows, *self.parts_of(rows)], self.why_kept(rows))
        request.deletion = deletion  # type: ignore[attr-defined]
        if deletion.why:
            return found, counts, set(), protected or [deletion.why]
        return found, counts, perms, protected or [change.what for change in deletion.changes]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        with transaction.atomic():
            if request.method == "POST":
                self._lock(request, object_id, is_deleting=True)
            return super().delete_view(request, object_id, extra_context)

    # --- a list ---
    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": ShownForm, **kwargs})

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_formset(request, **{"formset": ShownFormSet, **kwargs})

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and request.POST.get("action") == "delete_selected" and "post" in request.POST:
            return self._delete_selected(request, extra_context)
        if request.method != "POST" or "_save" not in request.POST or not self.list_editable:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown and getattr(shown["cl"].formset, "is_bound", False):
            # Drawn again with errors: each form beside its own row.
            for form in shown["cl"].formset.forms:
                tell_refused(request, form)
            shown["cl"].result_list = [form.instance for form in shown["cl"].formset.forms]
        return response

    def _delete_selected(self, request: HttpRequest, extra_context: Any) -> HttpResponse:
        with transaction.atomic():
            for object_id in sorted(set(request.POST.getlist(ACTION_CHECKBOX_NAME))):
                self._lock(request, object_id, is_deleting=True)
            return super().changelist_view(request, extra_context)

    def _get_list_editable_queryset(self, request: HttpRequest, prefix: str) -> QuerySet[Any]:
        pks = self._get_edited_object_pks(request, prefix)
        there = lock(self.list_rows_to_lock([pk for pk in pks if self._is_key(pk)]))
        gone = {pk for pk in pks if pk not in set(map(str, there))}
        if gone:
            leave_out(request, prefix, self.opts.pk.name, gone)
            tell_gone(request, len(gone))
        return super()._get_list_editable_queryset(request, prefix)


def lock(rows: QuerySet[Any], *, is_deleting: bool = False) -> list[Any]:
    """Nobody else changes them until this transaction ends; orders and carts may go on pointing at what stays."""
    return list(rows.select_for_update(no_key=not is_deleting, of=("self",)).values_list("pk", flat=True))


def leave_out(request: Any, prefix: str, key: str, gone: set[str]) -> None:
    """Take the forms of rows that are gone out of what was sent, and number the others anew."""
    sent, kept = request.POST, request.POST.copy()
    field = re.compile(rf"(initial-)?{re.escape(prefix)}-(\d+)-(.+)")
    found = {name: match for name in sent if (match := field.fullmatch(name))}
    numbers = sorted({int(match[2]) for match in found.values()})
    left = [number for number in numbers if sent.get(f"{prefix}-{number}-{key}") not in gone]
    for name in found:
        del kept[name]
    for name, match in found.items():
        if int(match[2]) in left:
            kept.setlist(f"{match[1] or ''}{prefix}-{left.index(int(match[2]))}-{match[3]}", sent.getlist(name))
    kept[f"{prefix}-TOTAL_FORMS"] = kept[f"{prefix}-INITIAL_FORMS"] = str(len(left))
    request.POST = kept


def as_new(sent: QueryDict, parts: Iterable[tuple[str, tuple[str, ...]]]) -> QueryDict:
    """What was sent to change something, as what makes a new one. ``parts``: the prefix of each of its lists, and the
    fields that say which row each was.
    """
    kept = sent.copy()
    for prefix, keys in parts:
        if f"{prefix}-INITIAL_FORMS" in kept:
            kept[f"{prefix}-INITIAL_FORMS"] = "0"
        says_which = re.compile(rf"{re.escape(prefix)}-\d+-({'|'.join(map(re.escape, keys))})")
        for name in filter(says_which.fullmatch, list(kept)):
            kept[name] = ""
    return kept


def keep_files(form: BaseForm) -> None:
    """Of a form that was sent: each file that is in order and was not kept before."""
    for name, file in form.chosen.items() if isinstance(form, ShownForm) else ():
        widget = form.fields[name].widget
        if isinstance(widget, KeptFileInput) and not widget.kept:
            widget.kept = keep(file)


def tell_refused(request: HttpRequest, form: BaseForm) -> None:
    """At the top of the page as well: the field may stand far below."""
    sentence = gettext("Not saved: somebody changed %(field)s of %(thing)s while you had it open: %(old)s → %(new)s.")
    if not isinstance(form, ShownForm):
        return
    for name in sorted(form.refused):
        old, new = form.moved[name]
        told = {"field": form.label_of(name), "thing": form.instance, "old": old, "new": new}
        messages.error(request, sentence % told)


def tell_gone(request: HttpRequest, count: int) -> None:
    sentence = ngettext(
        "Somebody deleted %(count)d row while you had the list open. Nothing of it could be saved.",
        "Somebody deleted %(count)d rows while you had the list open. Nothing of them could be saved.",
        count,
    )
    messages.warning(request, sentence % {"count": count})


def tell_what_stays(request: HttpRequest, form: BaseForm) -> None:
    """What somebody else changed in the meantime is as they left it; whoever saved beside it should know."""
    if not isinstance(form, ShownForm) or not form.moved or form.wants_deletion():
        return
    sentence = gettext("Somebody changed %(field)s of %(thing)s while you had it open: %(old)s → %(new)s. That stays.")
    for name, (old, new) in form.moved.items():
        if old == new or name in form.changed_data:
            continue
        told = {"field": form.label_of(name), "thing": form.instance, "old": old, "new": new}
        messages.info(request, sentence % told)
