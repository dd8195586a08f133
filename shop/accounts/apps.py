from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from navstate.registry import register


class AccountsConfig(AppConfig):
    name = "shop.accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        # Models can only be imported once the apps are loaded.
        from shop.accounts import facts
        from shop.accounts.flow import FLOW

        register(FLOW, facts=facts.facts, describe=facts.describe, lead_url=facts.lead_url, seed=facts.seed)
