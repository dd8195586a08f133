from django.http import HttpRequest

from navstate.request.nav import Nav


def nav(request: HttpRequest) -> dict[str, Nav]:
    """``nav`` in templates: ``request.nav``; a bare one where an error page is rendered before the middleware ran."""
    return {"nav": getattr(request, "nav", None) or Nav(request)}
