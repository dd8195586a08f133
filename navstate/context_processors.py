from django.http import HttpRequest

from navstate.request.nav import Nav


def nav(request: HttpRequest) -> dict[str, Nav]:
    """Add ``nav``: ``request.nav``, or a new one on an error page that is rendered before the middleware ran."""
    return {"nav": getattr(request, "nav", None) or Nav(request)}
