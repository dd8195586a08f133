"""A project's own middleware on top of navstate's."""

from navstate.middleware import NavMiddleware


class DerivedNavMiddleware(NavMiddleware):
    pass
