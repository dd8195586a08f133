from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoGatewayConfig(AppConfig):
    name = "checkout.payments.demo"
    label = "demo_gateway"
    verbose_name = _("Demo payment provider")
