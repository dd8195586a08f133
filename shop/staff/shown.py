"""A staff form writes what its person changed, and nothing else; what somebody else changed meanwhile is told (R4).

Beside each field of a row that is there already, a hidden one carries what the form showed, as the browser would have sent
it. When the form comes back, three things are compared: shown, stored now, typed.

* only stored differs from shown: somebody else changed it. The form goes on with what is stored;
* only typed differs: it is written;
* both differ, and not in the same way: the form is refused, names old → new, and keeps what was typed. It shows what is
  stored now from then on, so that sending it again confirms.

A field without its hidden twin (a script, a page from before this release) is compared with what is stored, as Django does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import FileField, Model, QuerySet
from django.forms import BoundField
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext

Raw = str | list[str]
"""What a browser would send for a field: one text, or one for each of its parts or choices."""

NOTHING = "–"
MAX_TEXT_LENGTH = 120  # characters of a value in a sentence


class ShownField(BoundField):
    """A field that is drawn together with what it shows."""

    form: ShownForm

    def __str__(self) -> SafeString:
        if not self.form.tells(self.name):
            return SafeString(self.as_widget())
        hidden = format_html(
            '<input type="hidden" name="{}" value="{}">', self.html_initial_name, self.form.showing(self.name)
        )
        return SafeString(self.as_widget() + hidden)

    __html__ = __str__


class ShownForm(forms.ModelForm):  # type: ignore[type-arg]
    """``together``: fields that say one thing: who changes one of them has decided about all.

    ``moved``: what somebody else changed since it was shown, by field, as (old, new) in words. ``refused``: those of them
    that this person changed as well. ``is_gone``: the row was deleted meanwhile. ``is_kept``: it
    was to be deleted and must stay. ``chosen``: files that are in order, by field.
    """

    bound_field_class = ShownField
    data: Any
    together: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loaded = columns_of(self.instance)
        self.moved: dict[str, tuple[str, str]] = {}
        self.chosen: dict[str, UploadedFile[Any]] = {}
        self.refused: set[str] = set()
        self.is_gone = self.is_kept = self._is_rebased = False

    @cached_property
    def changed_data(self) -> list[str]:
        self._rebase()
        return list(super().changed_data)

    def full_clean(self) -> None:
        self._rebase()
        super().full_clean()
        entered = getattr(self, "cleaned_data", {}).items()
        self.chosen = {name: file for name, file in entered if isinstance(file, UploadedFile)}
        if self.is_gone:
            self._tell_gone()
        for name in self.refused:
            self.add_error(name, self._told(name))
        why = self.why_kept() if self.wants_deletion() else ""
        self.is_kept = bool(why)
        if why:
            self.add_error(None, why)
        if self.moved and self.wants_deletion():
            self.add_error(None, _not_deleted([f"{self.label_of(name)}: {self._told(name)}" for name in self.moved]))

    def why_kept(self) -> str:
        """The sentence that refuses to delete the row; empty where it may go."""
        return ""

    def wants_deletion(self) -> bool:
        return bool(getattr(self, "cleaned_data", {}).get(DELETION_FIELD_NAME))

    def is_touched(self) -> bool:
        """Whether this person changed anything of a row that is gone; also where nothing says what was shown."""
        names = [name for name in self.fields if self._is_compared(name)]
        return any((was := self._shown(name)) is None or self._is_changed(name, was) for name in names)

    def save(self, commit: bool = True) -> Any:
        """Write the columns that changed, and no other."""
        if not commit or self.errors or self.instance._state.adding:
            return super().save(commit)
        self.write()
        self._save_m2m()  # type: ignore[attr-defined]
        return self.instance

    def write(self) -> None:
        now = columns_of(self.instance)
        changed = [name for name, value in now.items() if value != self.loaded.get(name)]
        if changed:
            moving = [field.name for field in self.instance._meta.concrete_fields if getattr(field, "auto_now", False)]
            self.instance.save(update_fields={*changed, *moving})

    # --- what a page carries ---
    def tells(self, name: str) -> bool:
        has_row = self.instance.pk is not None or self.is_gone
        return has_row and self._is_compared(name)

    def showing(self, name: str) -> str:
        """What is hidden beside the field."""
        if self.is_gone:
            return str(self.data.get(self[name].html_initial_name, ""))
        raw = self._stored(name)
        return raw if isinstance(raw, str) else json.dumps(raw)

    # --- comparing ---
    def _rebase(self) -> None:
        """As if the person had opened the form just now, and typed no more than what they changed."""
        if self._is_rebased or not self.is_bound or self.instance.pk is None or self.is_gone:
            return
        self._is_rebased = True
        self.data = self.data.copy()
        stored = {name: self._stored(name) for name in self.fields if self._is_compared(name)}
        shown = {name: raw for name in stored if (raw := self._shown(name)) is not None}
        moved = {name for name in shown if _plain(shown[name]) != _plain(stored[name])}
        changed = {name for name in moved if self._is_changed(name, shown[name])}
        for group in self.together:
            if moved & set(group) and any(self._is_changed(name, shown[name]) for name in group if name in shown):
                changed |= moved & set(group)
        for name in moved:
            self.moved[name] = (self._words(name, shown[name]), self._words(name, stored[name]))
            if name not in changed:
                self._enter(name, stored[name])
            elif self._is_changed(name, stored[name]):
                self.refused.add(name)

    def _is_compared(self, name: str) -> bool:
        bound = self[name]
        return not (bound.field.disabled or bound.is_hidden or name == DELETION_FIELD_NAME)

    def _stored(self, name: str) -> Raw:
        return raw_of(self[name])

    def _shown(self, name: str) -> Raw | None:
        """``None`` when the form does not say, or says something that it cannot have shown."""
        bound = self[name]
        text = self.data.get(bound.html_initial_name)
        if text is None or not _has_parts(bound):
            return None if text is None else str(text)
        try:
            parts = json.loads(text)
        except ValueError:
            return None
        return [str(part) for part in parts] if isinstance(parts, list) else None

    def _is_changed(self, name: str, raw: Raw) -> bool:
        """Whether what was typed says something else than ``raw``."""
        bound = self[name]
        if isinstance(bound.field, forms.FileField):
            return bool(bound.data) or bound.data is False
        entered = bound.field.widget.value_from_datadict(entered_as(bound, raw), {}, bound.html_name)
        try:
            return bool(_meant(bound.field.clean(entered)) != _meant(bound.field.clean(bound.data)))
        except ValidationError:
            return bool(_plain(entered) != _plain(bound.data))

    def _enter(self, name: str, raw: Raw) -> None:
        bound = self[name]
        if isinstance(bound.field, forms.FileField):
            return
        fields = entered_as(bound, raw)
        for key in names_of(bound):
            self.data.pop(key, None)
            if key in fields:
                self.data.setlist(key, fields.getlist(key))

    # --- telling ---
    def _told(self, name: str) -> str:
        old, new = self.moved[name]
        if name not in self.refused:
            return f"{old} → {new}"
        sentence = gettext(
            "Somebody changed this while you had it open: %(old)s → %(new)s. Yours is kept here and not saved yet: "
            "save again to put it in place of theirs."
        )
        return sentence % {"old": old, "new": new}

    def _tell_gone(self) -> None:
        self._errors = forms.utils.ErrorDict()
        sentence = gettext(
            "Somebody deleted this row while you had it open. What you entered is kept here: tick “Delete” to leave it out."
        )
        self.add_error(None, sentence)

    def label_of(self, name: str) -> str:
        return str(capfirst(self[name].label))

    def _words(self, name: str, raw: Raw) -> str:
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return gettext("yes") if raw else gettext("no")
        parts = [raw] if isinstance(raw, str) else raw
        choices = getattr(field, "choices", None)
        if choices is not None:
            parts = [_choice_words(field, part) for part in parts]
        separator = " " if isinstance(field, forms.MultiValueField) else ", "
        text = separator.join(part for part in parts if part)
        return Truncator(text).chars(MAX_TEXT_LENGTH) if text else NOTHING


def columns_of(instance: Model) -> dict[str, Any]:
    """Every column that a save would write, by its field's name."""
    return {
        field.name: str(field.value_from_object(instance)) if isinstance(field, FileField) else _copied(field, instance)
        for field in instance._meta.concrete_fields
        if not field.primary_key
    }


def _copied(field: Any, instance: Model) -> Any:
    value = getattr(instance, field.attname)
    return list(value) if isinstance(value, list) else value


def raw_of(bound: BoundField) -> Raw:
    """What a browser would send if nobody touched the field."""
    value: Any = bound.field.prepare_value(bound.initial)
    widget = _bare(bound)
    if isinstance(widget, forms.FileInput):
        return str(value or "")
    if isinstance(widget, forms.CheckboxInput):
        return "on" if widget.check_test(value) else ""
    if isinstance(widget, forms.MultiWidget):
        parts: Any = value if isinstance(value, list) else widget.decompress(value)
        return [_text(each.format_value(part)) for each, part in zip(widget.widgets, parts, strict=True)]
    shown: Any = widget.format_value(value)
    if getattr(widget, "allow_multiple_selected", False):
        return sorted(map(str, shown))
    return _text(shown)


def entered_as(bound: BoundField, raw: Raw) -> QueryDict:
    """``raw`` as fields of a form, the counterpart of :func:`raw_of`."""
    fields = QueryDict(mutable=True)
    if isinstance(raw, str):
        if raw or not isinstance(_bare(bound), forms.CheckboxInput):
            fields[bound.html_name] = raw
    elif isinstance(_bare(bound), forms.MultiWidget):
        fields.update(dict(zip(names_of(bound), raw, strict=False)))
    else:
        fields.setlist(bound.html_name, raw)
    return fields


def names_of(bound: BoundField) -> list[str]:
    widget = _bare(bound)
    if isinstance(widget, forms.MultiWidget):
        return [f"{bound.html_name}{suffix}" for suffix in widget.widgets_names]  # type: ignore[attr-defined]
    return [bound.html_name]


def _bare(bound: BoundField) -> Any:
    """Without what the staff pages put around it."""
    return getattr(bound.field.widget, "widget", bound.field.widget)


def _has_parts(bound: BoundField) -> bool:
    widget = _bare(bound)
    return isinstance(widget, forms.MultiWidget) or getattr(widget, "allow_multiple_selected", False)


def _meant(value: Any) -> Any:
    """Two querysets are never equal, whatever rows they have."""
    return set(value) if isinstance(value, QuerySet) else value


def _text(value: Any) -> str:
    """Choices are formatted as a list of one."""
    value = value[0] if isinstance(value, list | tuple) and value else value
    return "" if value is None or value == [] else str(value)


def _plain(raw: Any) -> Any:
    """Browsers write their own ends of lines."""
    if isinstance(raw, list):
        return sorted(map(_plain, raw)) if all(isinstance(part, str) for part in raw) else raw
    return "\n".join(raw.splitlines()) if isinstance(raw, str) else raw


def _choice_words(field: Any, raw: str) -> str:
    if isinstance(field, forms.ModelChoiceField):
        try:
            rows: Any = field.queryset
            found = rows.filter(**{field.to_field_name or "pk": raw}).first() if raw else None
        except (ValueError, ValidationError):
            found = None
        return str(found) if found is not None else raw
    return next((str(label) for value, label in _flat(field.choices) if str(value) == raw), raw)


def _flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield value, label


def _not_deleted(changes: list[str]) -> str:
    sentence = gettext(
        "It was not deleted: somebody changed it while you had it open (%(changes)s). Save again to delete it all the same."
    )
    return sentence % {"changes": "; ".join(changes)}
