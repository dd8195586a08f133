"""Mail about accounts, sent by the worker.

The request only stores the address that was typed. The worker looks up whether an account has it, so that the answer
takes the same time either way, and makes the key of the link, so that no secret is stored in the table of tasks.
"""

from __future__ import annotations

from urllib.parse import urljoin

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django_tasks import task

from shop.accounts.models import User
from shop.accounts.queries import active_accounts


@task()
def send_password_reset(email: str, language: str, root: str) -> None:
    """Send the link for a new password to the account of ``email``; do nothing when there is none.

    ``root``: URL of the shop, such as ``https://shop.example/``.
    """
    user = active_accounts(email).first()
    if user is None:
        return
    with translation.override(language):
        _password_reset_mail(user, root).send()


def _password_reset_mail(user: User, root: str) -> EmailMultiAlternatives:
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    context = {
        "shop": settings.SHOP_NAME,
        "root": root,
        "email": user.email,
        "link": urljoin(root, reverse("account_reset_password_from_key", kwargs=key)),
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }
    subject = render_to_string("account/email/password_reset_subject.txt", context).strip()
    text = render_to_string("account/email/password_reset_message.txt", context)
    mail = EmailMultiAlternatives(subject, text, to=[user.email])
    mail.attach_alternative(render_to_string("account/email/password_reset_message.html", context), "text/html")
    return mail
