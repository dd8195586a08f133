"""The account flow, in order: log in, the dashboard, the orders, the profile. THE page to read about it.

The login is a gate that is shown once: nobody who is signed in gets the form again. The dashboard and the orders are
open after it. They show the state of orders, which changes without any act of the account. The profile is a form and
reads what it shows.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from navstate.flow import Facts, Flow, Stage
from shop.accounts.models import ADDRESS_FIELDS

NAME = "account"


def is_signed_in(facts: Facts) -> bool:
    return facts["user"] is not None


def always_done(facts: Facts) -> bool:
    return True


FLOW = Flow(
    name=NAME,
    recalls="accepted",
    stages=(
        Stage(
            name="login",
            url="account_login",
            title=_("Log in"),
            holds=is_signed_in,
            once=True,
            why=_("Please log in to see this page."),
        ),
        Stage(
            name="dashboard", url="dashboard", title=_("Your account"), reads=("user",), holds=always_done, moves=True
        ),
        Stage(name="orders", url="orders", title=_("Your orders"), reads=("user",), holds=always_done, moves=True),
        Stage(name="profile", url="profile", title=_("Your details"), reads=("user", *ADDRESS_FIELDS)),
    ),
)
