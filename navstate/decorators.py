"""Decorators by which a view declares what it is. The middleware reads the declaration and enforces it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC, STAGE, PRIVATE = "public", "stage", "private"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a view declares.

    ``cache``: cache class of the responses (R8), empty when undeclared. ``flow``, ``stage``: names of the stage.
    ``is_by_name``: declared by URL name, so the view does not call navstate: navstate accepts its stage's form and
    marks its pages. ``once``: each press of its form is carried out once (R20).
    """

    cache: str = ""
    flow: str = ""
    stage: str = ""
    is_public_form: bool = False
    is_cross_site: bool = False
    is_passive: bool = False
    is_by_name: bool = False
    once: bool = False


UNDECLARED = Declaration()


def declaration_of(view: Callable[..., Any]) -> Declaration:
    """Return what a decorator declared, on the view or on the class that it was made from (``View.as_view()``)."""
    of_class = getattr(getattr(view, "view_class", None), "nav_declaration", UNDECLARED)
    declared: Declaration = getattr(view, "nav_declaration", of_class)
    return declared


def _declare(view: View, **changes: Any) -> View:
    """Note the declaration on a function, or on a class for all views that ``as_view()`` makes of it."""
    if not callable(view) or (isinstance(view, type) and not hasattr(view, "as_view")):
        raise TypeError(f"{view!r} is no view: navstate's decorators take functions and class-based views")
    view.nav_declaration = replace(declaration_of(view), **changes)  # type: ignore[attr-defined]
    return view


def _exempt(view: View) -> View:
    """Exempt a view from Django's CSRF check; of a class, its ``dispatch``."""
    if isinstance(view, type):
        return method_decorator(csrf_exempt, name="dispatch")(view)
    return csrf_exempt(view)


def public(view: View) -> View:
    """Declare a page that is the same for everybody: no session, no cookie, may come back from bfcache."""
    return _declare(view, cache=PUBLIC)


def private(view: View) -> View:
    """Declare one person's page: ``private, no-store``."""
    return _declare(view, cache=PRIVATE)


def stage(flow: str, name: str) -> Callable[[View], View]:
    """Declare the view of one stage. It runs only when the request is decided to be served or applied."""

    def declare(view: View) -> View:
        return _declare(view, cache=STAGE, flow=flow, stage=name)

    return declare


def public_form(view: View) -> View:
    """Declare the target of a form on public pages, whose requests carry no CSRF token.

    A token would set a cookie and forbid caching. So the browser's headers decide (``Sec-Fetch-Site``, ``Origin``);
    without them, a page with a token and one button asks for confirmation (R15).
    """
    return _declare(_exempt(view), is_public_form=True)


def once(view: View) -> View:
    """Declare that one rendered form has one effect, whatever the number of presses, tabs and retries (R20).

    A twin, which is the same form sent again, waits for the first submit and goes where that one led. A response that
    is no redirect (a form with its errors, an exception) is not remembered, so that the form can be corrected and sent
    again.
    """
    return _declare(view, once=True)


def cross_site(view: View) -> View:
    """Declare a view that other sites may send requests to (webhooks, payment returns). It verifies them itself."""
    return _declare(_exempt(view), is_cross_site=True)


def passive(view: View) -> View:
    """Declare a view that a page's scripts read from: a request for it never renews the session (R12).

    Its response is private and revalidated each time, but not ``no-store``: Chromium keeps no page for Back whose
    scripts received such a response.
    """
    return _declare(view, is_passive=True)
