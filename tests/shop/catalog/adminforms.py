"""What a change form of the admin would send if nothing was changed."""

from __future__ import annotations

from typing import Any

from django.forms import BoundField, CheckboxInput, FileInput, MultiWidget
from django.test import Client


def fields_of(client: Client, url: str) -> dict[str, Any]:
    response = client.get(url)
    assert response.status_code == 200
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    sent: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            sent |= _sent(bound)
    return sent


def _sent(bound: BoundField) -> dict[str, Any]:
    value, widget = bound.value(), bound.field.widget
    tells = getattr(bound.form, "tells", None)
    shown = {bound.html_initial_name: bound.form.showing(bound.name)} if tells and tells(bound.name) else {}
    if value is None or isinstance(widget, FileInput) or (isinstance(widget, CheckboxInput) and not value):
        return shown
    if isinstance(widget, MultiWidget):
        parts = value if isinstance(value, list) else widget.decompress(value)
        return shown | {f"{bound.html_name}_{place}": "" if part is None else part for place, part in enumerate(parts)}
    return {**shown, bound.html_name: value}
