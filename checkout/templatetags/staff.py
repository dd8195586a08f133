"""What staff are warned of on each of their pages."""

from __future__ import annotations

from django import template

from checkout.services.warnings import StaffWarning, staff_warnings

register = template.Library()


@register.simple_tag
def warnings_for_staff() -> list[StaffWarning]:
    return list(staff_warnings())
