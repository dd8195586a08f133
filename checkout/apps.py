from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from navstate.registry import register


class CheckoutConfig(AppConfig):
    name = "checkout"
    verbose_name = _("Checkout")

    def ready(self) -> None:
        # The facts come from models, which can only be imported once the apps are loaded.
        from checkout import facts, wording
        from checkout.flow import CHECKOUT

        register(
            CHECKOUT,
            facts=facts.gather,
            outcome_url=facts.outcome_url,
            find_outcome=facts.find_outcome,
            resume_url=facts.resume_url,
            describe=wording.describe,
            button=facts.button,
            needed=facts.needed,
            seed=facts.seed,
            find_attempt=facts.find_attempt,
        )
