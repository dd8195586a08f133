"""How a view declares what it is. The middleware reads the declaration and enforces it; the view stays plain."""

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
    """``cache``: cache class of the answers (R8), empty when undeclared. ``flow``, ``stage``: what it stands for.

    ``is_by_name``: the view knows nothing of it; navstate accepts the form of a stage for it, and marks the page.
    ``once``: each press of its form is carried out once (R20).
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
    """What a decorator declared, on the view or on the class that it was made from (``View.as_view()``)."""
    of_class = getattr(getattr(view, "view_class", None), "nav_declaration", UNDECLARED)
    declared: Declaration = getattr(view, "nav_declaration", of_class)
    return declared


def _declare(view: View, **changes: Any) -> View:
    """Note it on a function, or on a class-based view for all that ``as_view()`` makes of it."""
    if not callable(view) or (isinstance(view, type) and not hasattr(view, "as_view")):
        raise TypeError(f"{view!r} is no view: navstate's decorators take functions and class-based views")
    view.nav_declaration = replace(declaration_of(view), **changes)  # type: ignore[attr-defined]
    return view


def _exempt(view: View) -> View:
    """Leave a view out of Django's CSRF check; of a class, its ``dispatch``."""
    if isinstance(view, type):
        return method_decorator(csrf_exempt, name="dispatch")(view)
    return csrf_exempt(view)


def public(view: View) -> View:
    """Same for everybody: no session, no cookie, may come back from bfcache."""
    return _declare(view, cache=PUBLIC)


def private(view: View) -> View:
    """One person's page: ``private, no-store``."""
    return _declare(view, cache=PRIVATE)


def stage(flow: str, name: str) -> Callable[[View], View]:
    """The view of one stage. It runs only when its request is to be served or applied."""

    def declare(view: View) -> View:
        return _declare(view, cache=STAGE, flow=flow, stage=name)

    return declare


def public_form(view: View) -> View:
    """An unsafe request that public pages send. They carry no token (it would set a cookie and forbid caching), so the
    browser's own word decides (``Sec-Fetch-Site``, ``Origin``); without it, a page with a token and one button asks (R15).
    """
    return _declare(_exempt(view), is_public_form=True)


def once(view: View) -> View:
    """One drawn form has one effect, whatever the number of presses, tabs and retries (R20).

    A twin waits for the first and goes where that one led. An answer that leads nowhere (a form drawn again with its
    errors, an exception) leaves no trace, so that the form can be corrected and sent again.
    """
    return _declare(view, once=True)


def cross_site(view: View) -> View:
    """Requests that other sites may send: webhooks and payment returns. The view proves by itself what they say."""
    return _declare(_exempt(view), is_cross_site=True)


def passive(view: View) -> View:
    """A view that scripts of a page ask, and that only looks: whoever calls it, the session is not renewed (R12).

    Its answer is one person's and asked for anew each time, but not ``no-store``: Chromium keeps no page for Back whose
    scripts got such an answer.
    """
    return _declare(view, is_passive=True)
