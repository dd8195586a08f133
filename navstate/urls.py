"""The URLs of navstate's own views. Include them without a language prefix."""

from django.urls import path

from navstate.confirmation import unsent
from navstate.expiry.views import renew, valid
from navstate.revalidation.views import route

urlpatterns = [
    path("api/route", route, name="nav-route"),
    path("api/unsent", unsent, name="nav-unsent"),
    path("api/session/valid", valid, name="nav-session-valid"),
    path("api/session/renew", renew, name="nav-session-renew"),
]
