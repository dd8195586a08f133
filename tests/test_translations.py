"""Every sentence of the project has its Simplified Chinese, compiled and with the same placeholders.

Works without the gettext tools: templates go through Django's own ``templatize``, Python through ``ast``.
"""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("checkout", "config", "navstate", "shop", "templates")
CATALOGUES = {"navstate": ROOT / "navstate/locale", "": ROOT / "locale"}

SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
STRING = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
IN_TEMPLATE = re.compile(rf"\b(n?gettext|_)\({STRING}(?:,\s*{STRING})?", re.DOTALL)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")

Sentence = tuple[str, ...]
"""``(singular,)`` or ``(singular, plural)``."""


class Untranslated(gettext.NullTranslations):
    """Asked only for what the catalogue lacks."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


def sources(suffixes: tuple[str, ...]) -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in suffixes and path.is_file() and "migrations" not in path.parts:
                yield path


def in_python(path: Path) -> Iterator[Sentence]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        count = 1 if name in SINGULAR else 2 if name in PLURAL else 0
        texts = tuple(a.value for a in node.args[:count] if isinstance(a, ast.Constant) and isinstance(a.value, str))
        if count and len(texts) == count:
            yield texts


def in_template(path: Path) -> Iterator[Sentence]:
    for function, first, second in IN_TEMPLATE.findall(templatize(path.read_text(encoding="utf-8"))):
        texts = (first, second) if function == "ngettext" else (first,)
        yield tuple(ast.literal_eval(text) for text in texts)


def sentences() -> Iterator[tuple[str, Sentence]]:
    """Pairs of catalogue and sentence."""
    for path in sources((".py",)):
        for sentence in in_python(path):
            yield "navstate" if path.is_relative_to(ROOT / "navstate") else "", sentence
    for path in sources((".html", ".txt")):
        for sentence in in_template(path):
            yield "navstate" if path.is_relative_to(ROOT / "navstate") else "", sentence


def compiled(catalogue: str) -> gettext.GNUTranslations:
    with (CATALOGUES[catalogue] / "zh_Hans/LC_MESSAGES/django.mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    translations.add_fallback(Untranslated())
    return translations


def translated(translations: gettext.GNUTranslations, sentence: Sentence) -> str:
    if len(sentence) == 2:
        return translations.ngettext(*sentence, 2)
    return translations.gettext(*sentence)


def test_the_search_finds_what_it_should() -> None:
    found = {sentence for _, sentence in sentences()}
    assert ("Add to cart",) in found  # from a template
    assert ("Please choose a way of delivery.",) in found  # from Python
    assert len(found) > 300


def test_every_sentence_is_translated() -> None:
    catalogues = {name: compiled(name) for name in CATALOGUES}
    missing = {sentence for name, sentence in sentences() if not translated(catalogues[name], sentence)}
    assert not missing


def test_translations_keep_the_placeholders() -> None:
    catalogues = {name: compiled(name) for name in CATALOGUES}
    wrong = {}
    for name, sentence in sentences():
        text = translated(catalogues[name], sentence)
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(sentence[-1])):
            wrong[sentence] = text
    assert not wrong


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_the_compiled_catalogue_is_that_of_the_source(catalogue: str) -> None:
    translations = compiled(catalogue)
    with (CATALOGUES[catalogue] / "zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    assert messages
    for message in messages:
        sentence = message.id if isinstance(message.id, tuple) else (message.id,)
        string = message.string[0] if isinstance(message.string, tuple) else message.string
        assert translated(translations, sentence) == string
        assert not message.fuzzy
