"""What a login brings along of the checkout: the room below knows of carts, not of addresses."""

from __future__ import annotations

from django.utils.translation import gettext as _

from checkout.services.drafts import join_drafts
from checkout.wording import group_names
from shop.accounts.adapter import AccountAdapter
from shop.cart.services import Joined


class CheckoutAccountAdapter(AccountAdapter):
    """The adapter of the whole shop. What was entered in this browser just now stays where it and an older entry meet."""

    def join_entries(self, older: int, newer: int) -> Joined:
        return join_drafts(older, newer)

    def entry_sentences(self, entries: Joined) -> list[str]:
        sentences = []
        if entries.kept:
            told = _("What you entered just now stays, and what was entered last time gave way to it: %(groups)s.")
            sentences.append(told % {"groups": group_names(entries.kept)})
        if entries.taken:
            told = _("Filled in as you entered it last time: %(groups)s.")
            sentences.append(told % {"groups": group_names(entries.taken)})
        return sentences
